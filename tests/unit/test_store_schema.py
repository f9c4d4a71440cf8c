"""The schema: built by the migrations, equal to the rows, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, select
from sqlalchemy.exc import StatementError

from signoff.domain.errors import DatabaseUnready
from signoff.domain.run import Run, RunStatus
from signoff.store import runs
from signoff.store.database import Database
from signoff.store.rows import Row

_RUN = Row.metadata.tables["run"]


def test_an_upgrade_from_empty_equals_the_rows(bare_database_url: str) -> None:
    database = Database(bare_database_url)
    database.migrate()
    engine = create_engine(database.url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []
    engine.dispose()
    database.check_ready()
    database.migrate()
    database.dispose()


def test_a_missing_file_is_named_with_the_mend(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(DatabaseUnready, match=r"none\.db does not exist.*signoff migrate"):
        database.check_ready()
    assert not (tmp_path / "none.db").exists()


def test_an_empty_database_is_named_with_the_mend(bare_database_url: str) -> None:
    database = Database(bare_database_url)
    if database.path is not None:
        database.path.touch()
    with pytest.raises(DatabaseUnready, match=r"is empty.*signoff migrate"):
        database.check_ready()
    database.dispose()


@pytest.mark.parametrize("url", ["mysql://host/db", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(DatabaseUnready):
        Database(url)


def test_a_password_never_shows(postgres_url: str) -> None:
    database = Database(postgres_url.replace("://", "://someone:secret@", 1).replace("postgres:@", "", 1))
    assert "secret" not in database.display_url


def test_instants_come_back_in_utc(database_url: str) -> None:
    database = Database(database_url)
    tokyo = datetime(2026, 3, 29, 3, 30, 1, 123456, tzinfo=timezone(timedelta(hours=9)))
    run = Run.model_validate(
        {
            "id": "run_1",
            "workspace": "default",
            "thread": "t",
            "graph": "g",
            "status": RunStatus.QUEUED,
            "created_at": tokyo,
            "updated_at": tokyo,
        }
    )
    with database.begin() as tx:
        assert runs.add(tx, run)
    with database.read() as tx:
        found = runs.get(tx, run.thread)
        assert found is not None
        assert found.created_at == tokyo
        assert found.created_at.tzinfo is UTC
        with pytest.raises(StatementError, match="no time zone"):
            tx.execute(select(_RUN.c.id).where(_RUN.c.created_at == datetime(2026, 1, 1)))  # noqa: DTZ001 - naive on purpose
    database.dispose()


def test_a_failed_transaction_leaves_no_row(database_url: str) -> None:
    database = Database(database_url)

    def insert_and_fail() -> None:
        with database.begin() as tx:
            tx.execute(Row.metadata.tables["workspace"].insert().values(id="w", created_at=tx.now))
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        insert_and_fail()
    with database.read() as tx:
        assert tx.execute(select(Row.metadata.tables["workspace"])).all() == []
    database.dispose()
