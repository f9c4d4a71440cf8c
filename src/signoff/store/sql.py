"""Small helpers over SQLAlchemy shared by the query modules."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Select, Table, literal
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import SQLModel

from signoff.store.database import Tx


def table(row: type[SQLModel]) -> Table:
    """The table of a row class."""
    return cast("Table", row.__table__)  # type: ignore[attr-defined]  # set by SQLModel's metaclass


def insert_new(tx: Tx, into: Table, values: dict[str, Any]) -> bool:
    """Insert unless a unique key already holds; whether a row was inserted."""
    insert = postgresql_insert if tx.locks_rows else sqlite_insert
    statement = insert(into).values(**values).on_conflict_do_nothing().returning(literal(1))
    return tx.execute(statement).scalar_one_or_none() is not None


def locked(tx: Tx, query: Select[Any]) -> Select[Any]:
    """`query` with its rows locked until the commit."""
    return query.with_for_update() if tx.locks_rows else query
