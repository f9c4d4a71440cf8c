"""Fresh databases of both kinds for one campaign, migrated and with their queue."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from signoff.jobs import install_queue
from signoff.store.database import Database
from tests.support.postgres import postgres_server


class Kind(StrEnum):
    """Which database; `both` runs a campaign on one after the other."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"
    BOTH = "both"

    @property
    def each(self) -> tuple[Kind, ...]:
        return (Kind.SQLITE, Kind.POSTGRES) if self is Kind.BOTH else (self,)


@contextmanager
def database(kind: Kind, *, durable: bool = False) -> Iterator[tuple[str, Path]]:
    """The URL of a migrated database and a directory beside it; both are gone afterwards.

    Args:
        durable: whether PostgreSQL's commits reach the disk. SQLite's always do.
    """
    with tempfile.TemporaryDirectory(prefix="signoff-campaign-") as name:
        directory = Path(name)
        if kind is Kind.SQLITE:
            url = f"sqlite:///{directory / 'signoff.db'}"
            migrate(url)
            yield url, directory
            return
        with postgres_server(durable=durable) as server:
            url = server.create_database()
            migrate(url)
            yield url, directory


def migrate(url: str) -> None:
    opened = Database(url)
    opened.migrate()
    install_queue(opened)
    opened.dispose()
