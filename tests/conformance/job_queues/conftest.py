"""Databases with the queues installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from signoff.jobs import install_queue
from signoff.services.ports import JobQueue
from signoff.store.database import Database
from tests.support.job_queues import (
    opened,
)
from tests.support.job_worker import quick_queue
from tests.support.postgres import Postgres, fresh_database


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "signoff.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> Iterator[str]:
    with fresh_database(postgres) as url:
        _migrate(url)
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    """A migrated database, copied because migrating takes longer than most of these tests."""
    shutil.copyfile(migrated_sqlite, tmp_path / "signoff.db")
    return f"sqlite:///{tmp_path / 'signoff.db'}"


@pytest.fixture
def postgres_url(migrated_postgres: str) -> str:
    """One database for all of these tests, emptied of jobs, since making one takes longer than a test."""
    with psycopg.connect(migrated_postgres) as connection:
        connection.execute("delete from procrastinate_jobs")
        connection.execute("delete from procrastinate_workers")
    return migrated_postgres


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


@pytest.fixture
def queue(database: Database) -> JobQueue:
    return quick_queue(database)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Database]:
    with opened(postgres_url) as found:
        yield found


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    with opened(sqlite_url) as found:
        yield found


def _migrate(url: str) -> None:
    with opened(url) as database:
        database.migrate()
        install_queue(database)
