"""One transaction on a connection of the pool, by the driver's own means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
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


class Line:
    """A connection with the cursor that its transactions share."""

    def __init__(self, pooled: PoolProxiedConnection) -> None:
        driver: Any = pooled.driver_connection
        self.pooled = pooled
        self.driver = driver
        self.cursor = driver.cursor()
        self.synchronous = ""
        """What SQLite was last told about waiting for the disk; it keeps to it until it is told otherwise."""

    def close(self) -> None:
        """Give the connection back; what is not committed is undone."""
        self.pooled.close()


class PostgresLine(Line):
    """A connection that stays in a pipeline, where only statements with an answer are waited for.

    It begins transactions by statements of its own: psycopg would wait for each BEGIN.
    """

    def __init__(self, pooled: PoolProxiedConnection) -> None:
        super().__init__(pooled)
        self._cursors: dict[tuple[str, int], Any] = {}
        self.driver.autocommit = True
        self._pipelined = self.driver.pipeline()
        self.pipeline: Any = self._pipelined.__enter__()

    def send(self, text: str, arguments: Any = (), nth: int = 0) -> Any:
        """Each statement has a cursor of its own: psycopg looks types up anew when a cursor gets another.

        Args:
            nth: how many times it was sent before whose answers are not read yet.
        """
        cursor = self._cursors.get((text, nth))
        if cursor is None:
            cursor = self._cursors[text, nth] = self.driver.cursor()
        return cursor.execute(text, arguments)

    def sync(self) -> None:
        """Wait for the answers to everything that was sent; the first error among them is raised."""
        if self.pipeline is not None:
            self.pipeline.sync()

    def leave_pipeline(self) -> None:
        """Make the connection one as others expect it, inside its transaction."""
        if self.pipeline is not None:
            self.pipeline = None
            self._pipelined.__exit__(None, None, None)

    def close(self) -> None:
        try:
            self.leave_pipeline()
            self.driver.rollback()
            self.driver.autocommit = False
        except Exception:  # noqa: BLE001 - whatever is wrong with the connection, nobody gets it again
            self.pooled.invalidate()
        super().close()


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
            return Line(pooled) if self.engine.dialect.name == "sqlite" else PostgresLine(pooled)

    def keep(self, line: Line) -> None:
        """Have `line`, on which no transaction is open, ready for the next."""
        if len(self._ready) < READY_LINES:
            self._ready.append(line)
        else:
            line.close()

    def drop(self) -> None:
        """Close every connection that is not in use."""
        while self._ready:
            self._ready.pop().close()
        self.engine.dispose()


class Wire:
    """A transaction from its begin to its end. SQLAlchemy's own way to one costs as much as the
    statements inside, so it serves only statements that are not prepared."""

    def __init__(self, lines: Lines, mode: Mode) -> None:
        self._lines = lines
        self._line = lines.take()
        self._connection: Connection | None = None
        self._is_shared = False
        """Whether others worked on the connection, too; it is not kept ready then."""
        self._is_over = False
        self.driver: Any = self._line.driver
        self.mode = mode
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def run(self, text: str, arguments: Any = ()) -> Any:
        """Run a statement; the cursor holds its answer until the next one."""
        return self._line.cursor.execute(text, arguments)

    def run_all(self, statements: Iterable[tuple[str, Any]]) -> Iterator[Any]:
        """Run statements in their order; each cursor is read before the next is asked for."""
        for text, arguments in statements:
            yield self.run(text, arguments)

    def send(self, text: str, arguments: Any) -> None:
        """Run a statement whose answer nobody wants; its error may come with a later one, or the commit."""
        self._line.cursor.execute(text, arguments)

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's view of this very transaction."""
        if self._connection is None:
            self._is_shared = True
            self._connection = Connection(self._lines.engine, connection=self._line.pooled)
            self._connection.begin()
        return self._connection

    def handed_out(self) -> Any:
        """The driver's connection, for code that runs statements of its own in this transaction."""
        self._is_shared = True
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
        if self._is_over and not self._is_shared and not self.is_broken:
            self._lines.keep(self._line)
        else:
            self._line.close()

    @property
    def is_broken(self) -> bool:
        """Whether the database has hung up."""
        return False

    def _begin(self) -> None:
        if self.mode is Mode.READ:
            self._line.cursor.execute("BEGIN")
            return
        synchronous = "FULL" if self.mode is Mode.WRITE else "NORMAL"
        if synchronous != self._line.synchronous:
            self._line.cursor.execute(f"PRAGMA synchronous={synchronous}")
            self._line.synchronous = synchronous
        self._line.cursor.execute("BEGIN IMMEDIATE")


class PostgresWire(Wire):
    """A transaction on a line that stays in a pipeline. A read needs none: under READ COMMITTED every
    statement has a snapshot of its own anyway."""

    _line: PostgresLine

    def run(self, text: str, arguments: Any = ()) -> Any:
        cursor = self._line.send(text, arguments)
        self._line.sync()
        return cursor

    def run_all(self, statements: Iterable[tuple[str, Any]]) -> Iterator[Any]:
        sent = Counter[str]()
        cursors = []
        for text, arguments in statements:
            cursors.append(self._line.send(text, arguments, nth=sent[text]))
            sent[text] += 1
        self._line.sync()
        return iter(cursors)

    def send(self, text: str, arguments: Any) -> None:
        self._line.send(text, arguments)

    @property
    def connection(self) -> Connection:
        self._line.leave_pipeline()
        return super().connection

    def handed_out(self) -> Any:
        self._line.leave_pipeline()
        return super().handed_out()

    def commit(self) -> None:
        self.run("COMMIT")
        self._is_over = True

    def end_read(self) -> None:
        self._is_over = True

    @property
    def is_broken(self) -> bool:
        return bool(self.driver.closed or self.driver.broken)

    def _begin(self) -> None:
        if self.mode is not Mode.READ:
            self._line.send("BEGIN ISOLATION LEVEL READ COMMITTED")
        if self.mode is Mode.HASTY:
            self._line.send("SET LOCAL synchronous_commit TO off")


def open_wire(lines: Lines, mode: Mode) -> Wire:
    return Wire(lines, mode) if lines.engine.dialect.name == "sqlite" else PostgresWire(lines, mode)
