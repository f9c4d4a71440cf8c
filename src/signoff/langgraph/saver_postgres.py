"""The checkpoint saver on PostgreSQL."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from langgraph.checkpoint.postgres import PostgresSaver
from psycopg import Connection, Cursor
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from signoff.langgraph.saver import OnCommit, Place, Saver, in_thread
from signoff.langgraph.serializer import StrictSerializer

POOL_SIZE = 8
"""Connections of each pool."""
_SETUP_LOCK = 0x5349474E4F4646
"""Key of the advisory lock under which the tables are made: "SIGNOFF"."""

Pool = ConnectionPool[Connection[DictRow]]


class Pools(NamedTuple):
    """Connections whose commits wait for the disk, and some whose commits do not: to tell a connection
    so with every commit would cost a statement each time."""

    durable: Pool
    hasty: Pool

    def close(self) -> None:
        for pool in self:
            pool.close()


class PostgresCheckpoints(Saver, PostgresSaver):
    """Checkpoints in PostgreSQL, on connections of the process's pools for that address.

    Unlike the stock saver it holds no lock of its own, so calls of several threads run side by side,
    and a checkpoint is committed together with its values.
    """

    def __init__(self, url: str, *, serde: StrictSerializer, on_commit: OnCommit | None = None) -> None:
        self._share = _shares.take(url)
        self._is_ready = False
        super().__init__(self._share.pools.durable, serde=serde, on_commit=on_commit)

    def close(self) -> None:
        self._share.give_back()

    def setup(self) -> None:
        if self._is_ready:
            return
        with self._share.pools.durable.connection() as connection:
            if not _is_current(connection):
                _make_tables(connection)
        self._is_ready = True

    @contextmanager
    def _cursor(self, *, pipeline: bool = False) -> Iterator[Cursor[DictRow]]:
        self.setup()
        pools = self._share.pools
        with (pools.durable if self.is_durable else pools.hasty).connection() as connection:
            if not pipeline:
                with connection.cursor(binary=True, row_factory=dict_row) as cursor:
                    yield cursor
                return
            with connection.pipeline(), _all_or_nothing(connection):
                with connection.cursor(binary=True, row_factory=dict_row) as cursor:
                    yield cursor
                self.reach("before")
        self.reach("after")

    def _is_stored(self, place: Place) -> bool:
        query = "SELECT 1 FROM checkpoints WHERE thread_id = %s AND checkpoint_ns = %s AND checkpoint_id = %s"
        with self._cursor() as cursor:
            return cursor.execute(query, place).fetchone() is not None

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        super().prune(thread_ids, strategy=strategy)
        for thread_id in thread_ids:
            self._held.forget(str(thread_id))

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        await in_thread(self.prune, thread_ids, strategy=strategy)


@contextmanager
def _all_or_nothing(connection: Connection[DictRow]) -> Iterator[None]:
    """What one pipeline sends is one transaction, committed by its end, even when that is an error;
    only a connection that is gone takes back what was sent."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _is_current(connection: Connection[DictRow]) -> bool:
    known = connection.execute("SELECT to_regclass('checkpoint_migrations') IS NOT NULL AS known").fetchone()
    if known is None or not known["known"]:
        return False
    newest = connection.execute("SELECT max(v) AS v FROM checkpoint_migrations").fetchone()
    return newest is not None and newest["v"] == len(PostgresSaver.MIGRATIONS) - 1


def _make_tables(connection: Connection[DictRow]) -> None:
    """One process at a time. Waiting for the lock inside a statement would hold a snapshot, for which
    the other process's CREATE INDEX CONCURRENTLY waits in turn; so the lock is tried again and again."""
    while not _got_lock(connection):
        time.sleep(0.05)
    try:
        PostgresSaver(connection).setup()
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (_SETUP_LOCK,))


def _got_lock(connection: Connection[DictRow]) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s) AS got", (_SETUP_LOCK,)).fetchone()
    return row is not None and bool(row["got"])


class _Shares:
    """Pools for each process and address, open as long as a saver uses them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[tuple[int, str], tuple[Pools, int]] = {}

    def take(self, url: str) -> _Share:
        key = (os.getpid(), url)
        with self._lock:
            pools, users = self._open.get(key) or (Pools(_pool(url), _pool(url, _be_hasty)), 0)
            self._open[key] = (pools, users + 1)
        return _Share(pools, lambda: self._give_back(key))

    def _give_back(self, key: tuple[int, str]) -> None:
        with self._lock:
            pools, users = self._open.pop(key)
            if users > 1:
                self._open[key] = (pools, users - 1)
        if users == 1:
            pools.close()


class _Share:
    """A saver's right to the pools, given back once however often and by whichever copy."""

    def __init__(self, pools: Pools, give_back: Callable[[], None]) -> None:
        self.pools = pools
        self._give_back: Callable[[], None] | None = give_back

    def give_back(self) -> None:
        act, self._give_back = self._give_back, None
        if act is not None:
            act()


def _be_hasty(connection: Connection[DictRow]) -> None:
    connection.execute("SET synchronous_commit TO off")


def _pool(url: str, configure: Callable[[Connection[DictRow]], None] | None = None) -> Pool:
    options: dict[str, Any] = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    return ConnectionPool(
        url,
        kwargs=options,
        min_size=1,
        max_size=POOL_SIZE,
        open=True,
        name="signoff-checkpoints",
        configure=configure,
        check=_check,
    )


def _check(connection: Connection[DictRow]) -> None:
    """Ask the server only if the idle connection has something to say, such as that it was cut."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)


_shares = _Shares()
