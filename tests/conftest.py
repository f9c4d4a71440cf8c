"""Databases for every test, and the profile that keeps generated tests deterministic."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from signoff.app import migrate
from signoff.store.database import Database
from tests.support.postgres import Postgres, fresh_database, postgres_server

# No test reports to a tracing service, whatever the developer's shell says.
os.environ["LANGSMITH_TRACING"] = "false"
os.environ["LANGCHAIN_TRACING_V2"] = "false"

settings.register_profile(
    "signoff",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("signoff")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One real PostgreSQL per test process, started on first use."""
    with postgres_server() as server:
        yield server


def migrated(url: str) -> str:
    """The database at `url`, with every table."""
    database = Database(url)
    migrate(database)
    database.dispose()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy, which takes a fiftieth of the time of the migrations."""
    file = tmp_path_factory.mktemp("template") / "signoff.db"
    migrated(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """URL of a migrated PostgreSQL database to copy."""
    return migrated(postgres.create_database())


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of an SQLite file with every table and no rows."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'signoff.db')}"


@pytest.fixture
def postgres_url(postgres: Postgres, postgres_template: str) -> Iterator[str]:
    """URL of a PostgreSQL database of this test's own, with every table and no rows."""
    with fresh_database(postgres, postgres_template) as url:
        yield url


@pytest.fixture
def bare_sqlite_url(tmp_path: Path) -> str:
    """URL of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'bare.db'}"


@pytest.fixture
def bare_postgres_url(postgres: Postgres) -> Iterator[str]:
    """URL of a PostgreSQL database without tables."""
    with fresh_database(postgres) as url:
        yield url


BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """The same test on both databases."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=BOTH)
def bare_database_url(request: pytest.FixtureRequest) -> str:
    """The same test on both databases, before the migrations."""
    url: str = request.getfixturevalue(f"bare_{request.param}_url")
    return url
