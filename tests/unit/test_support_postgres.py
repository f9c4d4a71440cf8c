from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from tests.support.postgres import Postgres

pytestmark = pytest.mark.postgres


def _tables(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    assert row is not None
    return int(row[0])


def test_each_database_is_empty_and_of_its_own(postgres: Postgres, bare_postgres_url: str) -> None:
    with psycopg.connect(bare_postgres_url) as connection:
        connection.execute("create table note (body text)")
    other = postgres.create_database()
    assert (_tables(bare_postgres_url), _tables(other)) == (1, 0)
    postgres.drop_database(other)


def test_a_database_can_be_copied_from_a_template(postgres: Postgres, bare_postgres_url: str) -> None:
    with psycopg.connect(bare_postgres_url) as connection:
        connection.execute("create table note (body text)")
    copy = postgres.create_database(template=bare_postgres_url)
    assert _tables(copy) == 1
    postgres.drop_database(copy)


def test_the_url_serves_sqlalchemy_too(bare_postgres_url: str) -> None:
    engine = create_engine(make_url(bare_postgres_url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        assert connection.execute(text("select 1")).scalar_one() == 1
    engine.dispose()


def test_a_crash_keeps_what_was_committed(postgres: Postgres, bare_postgres_url: str) -> None:
    with psycopg.connect(bare_postgres_url) as connection:
        connection.execute("create table note (body text)")
        connection.execute("insert into note values ('kept')")
    postgres.crash()
    with psycopg.connect(bare_postgres_url) as connection:
        assert connection.execute("select body from note").fetchall() == [("kept",)]
