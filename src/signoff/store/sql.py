"""Small helpers over SQLAlchemy shared by the query modules."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import Select, Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import SQLModel

from signoff.store.database import Tx
from signoff.store.prepared import Prepared


def table(row: type[SQLModel]) -> Table:
    """The table of a row class."""
    return cast("Table", row.__table__)  # type: ignore[attr-defined]  # set by SQLModel's metaclass


def insert_new(tx: Tx, into: Table, values: dict[str, Any]) -> bool:
    """Insert unless a unique key already holds; whether a row was inserted."""
    return _insert_new(into, tuple(values), tx.dialect.name).run(tx, values).rowcount == 1


def send_new(tx: Tx, into: Table, values: dict[str, Any]) -> None:
    """Like `insert_new`, where nobody asks whether a row was inserted."""
    _insert_new(into, tuple(values), tx.dialect.name).send(tx, values)


@cache
def _insert_new(into: Table, columns: tuple[str, ...], dialect: str) -> Prepared:
    make = sqlite_insert if dialect == "sqlite" else postgresql_insert
    return Prepared(make(into).on_conflict_do_nothing(), columns)


def locked(tx: Tx, query: Select[Any]) -> Select[Any]:
    """`query` with its rows locked until the commit."""
    return query.with_for_update() if tx.locks_rows else query
