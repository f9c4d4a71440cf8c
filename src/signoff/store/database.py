"""One database, and the transactions on it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Executable, create_engine, event
from sqlalchemy.engine import URL, CursorResult, Dialect, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from signoff.domain.audit import AuditEvent
from signoff.domain.errors import DatabaseUnready
from signoff.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from signoff.store.clock import Clock, DatabaseClock
from signoff.store.wire import Lines, Mode, Wire, open_wire

BUSY_TIMEOUT_MS = 30_000


class Tx:
    """One open transaction: a connection, an instant and a workspace.

    Audit events recorded here are linked into the chain when the transaction commits, in the same
    commit; if that fails, nothing of the transaction remains.
    """

    def __init__(self, wire: Wire, dialect: Dialect, clock: Clock, workspace: WorkspaceId) -> None:
        self.wire = wire
        self.dialect = dialect
        self.workspace = workspace
        self._clock = clock
        self._events: list[AuditEvent] = []
        self._afterwards: list[Callable[[], None]] = []

    @cached_property
    def now(self) -> datetime:
        """The instant of this transaction: asked for once, when it is first needed."""
        return self._clock.now(self)

    @property
    def connection(self) -> Connection:
        return self.wire.connection

    @property
    def locks_rows(self) -> bool:
        """Whether rows must be locked one by one; SQLite locks the whole database instead."""
        return self.dialect.name != "sqlite"

    def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        return self.connection.execute(statement, parameters)

    def record(self, audit_event: AuditEvent) -> None:
        """Put `audit_event` into the chain when this transaction commits."""
        self._events.append(audit_event)

    def after_commit(self, act: Callable[[], None]) -> None:
        """Have `act` called once this transaction is committed; never if it is rolled back."""
        self._afterwards.append(act)

    def committed(self) -> None:
        for act in self._afterwards:
            act()

    def flush(self) -> None:
        from signoff.store import audit  # noqa: PLC0415 - audit needs Tx

        if self._events:
            audit.append(self, self._events)
            self._events = []


class Database:
    """Opens transactions on SQLite (`sqlite:///file.db`) or PostgreSQL (`postgresql://…`).

    An in-memory SQLite is refused: several connections would see several databases.
    """

    def __init__(self, url: str, clock: Clock | None = None) -> None:
        self.url = _driver_url(url)
        self._clock = clock or DatabaseClock()
        self._engine = _engine(self.url)
        self._lines = Lines(self._engine)
        self._turn = nullcontext() if self.path is None else _turn_on(self.path.resolve())

    @property
    def dialect(self) -> str:
        return self._engine.dialect.name

    @property
    def path(self) -> Path | None:
        """The SQLite file; None on PostgreSQL."""
        return Path(str(self.url.database)) if self.dialect == "sqlite" else None

    @property
    def display_url(self) -> str:
        """The address without its password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def begin(self, workspace: WorkspaceId = DEFAULT_WORKSPACE, *, durable: bool = True) -> Iterator[Tx]:
        """A write transaction; on SQLite it takes the write lock at once (BEGIN IMMEDIATE).

        Args:
            durable: whether the commit waits for the disk. One that does not is never undone by the
                death of this process; a power cut may undo it until any later commit is durable.
        """
        with self._turn, self._opened(workspace, Mode.WRITE if durable else Mode.HASTY) as tx:
            yield tx
            tx.flush()
            tx.wire.commit()
        tx.committed()

    @contextmanager
    def read(self, workspace: WorkspaceId = DEFAULT_WORKSPACE) -> Iterator[Tx]:
        """A read-only snapshot; it commits nothing."""
        with self._opened(workspace, Mode.READ) as tx:
            yield tx
            tx.wire.end_read()

    @contextmanager
    def _opened(self, workspace: WorkspaceId, mode: Mode) -> Iterator[Tx]:
        wire = open_wire(self._lines, mode)
        try:
            yield Tx(wire, self._engine.dialect, self._clock, workspace)
        except Exception:
            if wire.is_broken:
                self._lines.drop()  # the other connections of the pool are gone as well
            raise
        finally:
            wire.close()

    def migrate(self) -> None:
        """Create or upgrade the schema."""
        from alembic.util.exc import CommandError  # noqa: PLC0415 - alembic loads only when asked for

        from signoff.store.migrate import upgrade  # noqa: PLC0415 - as above

        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            upgrade(self._engine)
        except (DatabaseError, OSError) as error:
            raise self._unready("cannot be opened", error) from error
        except CommandError as error:
            raise self._unready("was made by a newer Signoff", error) from error

    def check_ready(self) -> None:
        """Make sure that the database is there and of this version.

        Raises:
            DatabaseUnready: it is missing, empty, or of another version; the message names the mend.
        """
        from signoff.store.migrate import current_and_head  # noqa: PLC0415

        if self.path is not None and not self.path.exists():
            raise self._unready("does not exist")
        try:
            current, head = current_and_head(self._engine)
        except DatabaseError as error:
            raise self._unready("cannot be reached", error) from error
        if current is None:
            raise self._unready("is empty")
        if current != head:
            raise self._unready(f"has schema version {current}, this Signoff needs {head}")

    def dispose(self) -> None:
        self._lines.drop()

    def _unready(self, what: str, error: Exception | None = None) -> DatabaseUnready:
        mend = "Create or upgrade it with `signoff migrate`."
        if error is not None:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()
            mend = reason[0] if reason else type(error).__name__
            what += ":"
        else:
            what += "."
        return DatabaseUnready(f"The database {self.display_url} {what} {mend}", url=self.display_url)


_turns: dict[Path, threading.RLock] = {}
_turns_lock = threading.Lock()


def _turn_on(path: Path) -> AbstractContextManager[object]:
    """What the writers of this process queue for. SQLite itself has them sleep and try again, up to
    a tenth of a second at a time, so with many of them each would wait far longer than they all work."""
    with _turns_lock:
        return _turns.setdefault(path, threading.RLock())


def _driver_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUnready(
            "The database address cannot be read; use sqlite:///file.db or postgresql://…", url=""
        ) from error
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "sqlite" and not parsed.drivername.startswith("postgresql+psycopg"):
        raise DatabaseUnready(
            f"{parsed.drivername!r} is not supported; use sqlite:///file.db or postgresql://…", url=str(url)
        )
    if parsed.drivername == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise DatabaseUnready("An in-memory SQLite database cannot be shared; name a file.", url=str(url))
    return parsed


def _engine(url: URL) -> Engine:
    if url.drivername != "sqlite":
        try:
            return create_engine(url, isolation_level="READ COMMITTED", pool_size=10, pool_pre_ping=False)
        except ImportError as error:
            raise DatabaseUnready(
                "PostgreSQL needs more packages: pip install 'signoff[postgres]'.",
                url=url.render_as_string(hide_password=True),
            ) from error
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event sends BEGIN itself
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    driver: Any = connection.connection.driver_connection
    if not driver.in_transaction:
        driver.execute("BEGIN IMMEDIATE")
