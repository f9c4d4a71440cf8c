"""Databases with the queues installed."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from signoff.services.ports import JobQueue
from signoff.store.database import Database
from tests.support.job_queues import opened
from tests.support.job_worker import quick_queue
from tests.support.postgres import Postgres, fresh_database


@pytest.fixture(scope="session")
def shared_postgres(postgres: Postgres, postgres_template: str) -> Iterator[str]:
    with fresh_database(postgres, postgres_template) as url:
        yield url


@pytest.fixture
def postgres_url(shared_postgres: str) -> str:
    """One database for all of these tests, emptied of jobs, since making one takes longer than a test."""
    with psycopg.connect(shared_postgres) as connection:
        connection.execute("delete from procrastinate_jobs")
        connection.execute("delete from procrastinate_workers")
    return shared_postgres


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
