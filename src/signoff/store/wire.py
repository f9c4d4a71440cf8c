"""One transaction on a connection of the pool, by the driver's own means."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine


class Mode(StrEnum):
    """What a transaction is for."""

    READ = "read"
    WRITE = "write"
    HASTY = "hasty"
    """A write whose commit does not wait for the disk."""


class Wire:
    """A transaction from its begin to its end. SQLAlchemy's own way to one costs as much as the
    statements inside, so it serves only statements that are not prepared."""

    def __init__(self, engine: Engine, mode: Mode) -> None:
        self._engine = engine
        self._pooled = engine.raw_connection()
        self._connection: Connection | None = None
        self.driver: Any = self._pooled.driver_connection
        self._cursor: Any = self._pooled.cursor()
        self._mode = mode
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def run(self, text: str, arguments: Any = None) -> Any:
        """Run a statement; the cursor holds its answer until the next one."""
        if arguments is None:
            return self._cursor.execute(text)
        return self._cursor.execute(text, arguments)

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's view of this very transaction."""
        if self._connection is None:
            self._connection = Connection(self._engine, connection=self._pooled)
            self._connection.begin()
        return self._connection

    def commit(self) -> None:
        self.driver.commit()

    def close(self) -> None:
        """Give the connection back; what was not committed is undone."""
        if self._connection is not None:
            self._connection.close()
        else:
            self._pooled.close()

    @property
    def is_broken(self) -> bool:
        """Whether the database has hung up."""
        return False

    def _begin(self) -> None:
        if self._mode is Mode.READ:
            self.driver.execute("BEGIN")
            return
        self.driver.execute(f"PRAGMA synchronous={'FULL' if self._mode is Mode.WRITE else 'NORMAL'}")
        self.driver.execute("BEGIN IMMEDIATE")


class PostgresWire(Wire):
    """PostgreSQL's transactions begin with their first statement. A read needs none: under READ COMMITTED
    every statement has a snapshot of its own anyway."""

    def close(self) -> None:
        if self._mode is Mode.READ and not self.is_broken:
            self.driver.autocommit = False
        super().close()

    @property
    def is_broken(self) -> bool:
        return bool(self.driver.closed or self.driver.broken)

    def _begin(self) -> None:
        if self._mode is Mode.READ:
            self.driver.autocommit = True
        elif self._mode is Mode.HASTY:
            self.driver.execute("SET LOCAL synchronous_commit TO off")


def open_wire(engine: Engine, mode: Mode) -> Wire:
    return Wire(engine, mode) if engine.dialect.name == "sqlite" else PostgresWire(engine, mode)
