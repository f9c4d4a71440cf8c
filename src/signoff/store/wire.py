"""One transaction on a connection of the pool, by the driver's own means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.pool import PoolProxiedConnection

READY_LINES = 4


class Mode(StrEnum):
    """What a transaction is for."""

    READ = "read"
    WRITE = "write"
    HASTY = "hasty"
    """A write whose commit does not wait for the disk."""


@dataclass(slots=True)
class Line:
    """A connection with the cursor that its transactions share."""

    pooled: PoolProxiedConnection
    driver: Any
    cursor: Any
    synchronous: str = ""
    """What SQLite was last told about waiting for the disk; it keeps to it until it is told otherwise."""


class Lines:
    """Connections of an engine that are kept ready between transactions: to take one out of SQLAlchemy's
    pool and give it back takes as long as several statements."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._ready: list[Line] = []

    def take(self) -> Line:
        try:
            return self._ready.pop()
        except IndexError:
            pooled = self.engine.raw_connection()
            driver: Any = pooled.driver_connection
            return Line(pooled, driver, driver.cursor())

    def keep(self, line: Line) -> None:
        """Have `line`, on which no transaction is open, ready for the next."""
        if len(self._ready) < READY_LINES:
            self._ready.append(line)
        else:
            line.pooled.close()

    def drop(self) -> None:
        """Close every connection that is not in use."""
        while self._ready:
            self._ready.pop().pooled.close()
        self.engine.dispose()


class Wire:
    """A transaction from its begin to its end. SQLAlchemy's own way to one costs as much as the
    statements inside, so it serves only statements that are not prepared."""

    def __init__(self, lines: Lines, mode: Mode) -> None:
        self._lines = lines
        self._line = line = lines.take()
        self._connection: Connection | None = None
        self._is_over = False
        self.driver: Any = line.driver
        self._cursor: Any = line.cursor
        self.mode = mode
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def run(self, text: str, arguments: Any = ()) -> Any:
        """Run a statement; the cursor holds its answer until the next one."""
        return self._cursor.execute(text, arguments)

    def run_all(self, statements: Iterable[tuple[str, Any]]) -> Iterator[Any]:
        """Run statements in their order; each cursor is read before the next is asked for."""
        for text, arguments in statements:
            yield self.run(text, arguments)

    def send(self, text: str, arguments: Any) -> None:
        """Run a statement whose answer nobody wants; its error may come with a later one, or the commit."""
        self._cursor.execute(text, arguments)

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's view of this very transaction."""
        if self._connection is None:
            self._connection = Connection(self._lines.engine, connection=self._line.pooled)
            self._connection.begin()
        return self._connection

    def handed_out(self) -> Any:
        """The driver's connection, for code that runs statements of its own in this transaction."""
        return self.driver

    def commit(self) -> None:
        self.driver.commit()
        self._is_over = True

    def end_read(self) -> None:
        """Let go of what was read."""
        self.driver.rollback()
        self._is_over = True

    def close(self) -> None:
        """Give the connection back; what was not committed is undone."""
        if self._connection is not None:
            self._connection.close()
        elif self._is_over and not self.is_broken:
            self._lines.keep(self._line)
        else:
            self._line.pooled.close()

    @property
    def is_broken(self) -> bool:
        """Whether the database has hung up."""
        return False

    def _begin(self) -> None:
        if self.mode is Mode.READ:
            self._cursor.execute("BEGIN")
            return
        synchronous = "FULL" if self.mode is Mode.WRITE else "NORMAL"
        if synchronous != self._line.synchronous:
            self._cursor.execute(f"PRAGMA synchronous={synchronous}")
            self._line.synchronous = synchronous
        self._cursor.execute("BEGIN IMMEDIATE")


class PostgresWire(Wire):
    """PostgreSQL's transactions begin with their first statement. A read needs none: under READ COMMITTED
    every statement has a snapshot of its own anyway.

    A write sends statements in a pipeline, where only those with an answer are waited for.
    """

    _pipeline: Any = None

    def run(self, text: str, arguments: Any = ()) -> Any:
        super().run(text, arguments)
        if self._pipeline is not None:
            self._pipeline.sync()
        return self._cursor

    def run_all(self, statements: Iterable[tuple[str, Any]]) -> Iterator[Any]:
        with self.driver.pipeline() if self._pipeline is None else nullcontext():
            cursors = [self.driver.cursor().execute(text, arguments) for text, arguments in statements]
            if self._pipeline is not None:
                self._pipeline.sync()
        return iter(cursors)

    def send(self, text: str, arguments: Any) -> None:
        self._sender.execute(text, arguments)

    @property
    def connection(self) -> Connection:
        self._leave_pipeline()
        return super().connection

    def handed_out(self) -> Any:
        self._leave_pipeline()
        return self.driver

    def commit(self) -> None:
        super().commit()
        self._leave_pipeline()

    def end_read(self) -> None:
        self.driver.autocommit = False
        self._is_over = True

    def close(self) -> None:
        try:
            self._leave_pipeline()
        finally:
            if self.mode is Mode.READ and not self._is_over and not self.is_broken:
                self.driver.autocommit = False
            super().close()

    @property
    def is_broken(self) -> bool:
        return bool(self.driver.closed or self.driver.broken)

    def _begin(self) -> None:
        self._sender = self.driver.cursor()
        """Beside the cursor whose answer is read: a pipeline gives a cursor the answers in their order."""
        if self.mode is Mode.READ:
            self.driver.autocommit = True
            return
        self._pipelined = self.driver.pipeline()
        self._pipeline = self._pipelined.__enter__()
        if self.mode is Mode.HASTY:
            self._sender.execute("SET LOCAL synchronous_commit TO off")

    def _leave_pipeline(self) -> None:
        if self._pipeline is not None:
            self._pipeline = None
            self._pipelined.__exit__(None, None, None)


def open_wire(lines: Lines, mode: Mode) -> Wire:
    return Wire(lines, mode) if lines.engine.dialect.name == "sqlite" else PostgresWire(lines, mode)
