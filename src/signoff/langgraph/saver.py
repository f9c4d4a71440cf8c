"""LangGraph's checkpoint savers as this product uses them: durable, strict, and good for sync and async."""

from __future__ import annotations

import asyncio
import builtins
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
)
from langgraph.checkpoint.sqlite import SqliteSaver

from signoff.domain.errors import DatabaseUnready
from signoff.langgraph.serializer import StrictSerializer, prove_harmless

BUSY_TIMEOUT_S = 30.0
REMEMBERED = 4096
"""How many checkpoints a saver remembers to have committed."""

Place = tuple[str, str, str]
"""Thread, namespace and id of a checkpoint."""

OnCommit = Callable[[str], None]
"""Called with `saver.put.before`, `saver.put.after`, `saver.put_writes.before` and
`saver.put_writes.after` right around each commit."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class _Commit:
    """What this thread is about to commit."""

    what: str
    durable: bool
    """Whether the commit waits for the disk. What a finished task wrote does not: the checkpoint that
    takes it in does, and flushes the same log. A power cut in between has the task run again, and the
    ledger knows what it did; the death of a process undoes neither."""


_committing: ContextVar[_Commit | None] = ContextVar("signoff_saver_committing", default=None)


class Saver(BaseCheckpointSaver[str]):
    """The part shared by both databases: async twins, and knowledge of what is durably stored.

    Every async method runs its sync twin in a thread, so there is one implementation.
    """

    serde: StrictSerializer
    on_commit: OnCommit | None = None

    def __init__(self, *args: Any, serde: StrictSerializer, on_commit: OnCommit | None) -> None:
        super().__init__(*args, serde=serde)
        self.on_commit = on_commit
        self._held = _Memory(REMEMBERED)

    def holds(self, config: RunnableConfig) -> bool:
        """Whether the checkpoint that `config` names is durably stored; false if it names none."""
        place = _place(config)
        if place is None:
            return False
        if place in self._held:
            return True
        if not self._is_stored(place):
            return False
        self._held.add(place)
        return True

    def close(self) -> None:
        """Let go of the database; the saver cannot be used afterwards."""
        raise NotImplementedError

    def _is_stored(self, place: Place) -> bool:
        raise NotImplementedError

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        with _commits_as("saver.put", durable=True):
            stored = super().put(config, checkpoint, metadata, new_versions)
        place = _place(stored)
        if place is not None:
            self._held.add(place)
        return stored

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        with _commits_as("saver.put_writes", durable=any(name in WRITES_IDX_MAP for name, _ in writes)):
            super().put_writes(config, writes, task_id, task_path)

    def delete_thread(self, thread_id: str) -> None:
        super().delete_thread(thread_id)
        self._held.forget(str(thread_id))

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        # Read to the end at once: a half-read cursor would keep the saver's lock while its reader thinks.
        return iter(builtins.list(super().list(config, filter=filter, before=before, limit=limit)))

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return await in_thread(self.get_tuple, config)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        for found in await in_thread(self.list, config, filter=filter, before=before, limit=limit):
            yield found

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        return await in_thread(self.put, config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        await in_thread(self.put_writes, config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        await in_thread(self.delete_thread, thread_id)

    async def aget_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        return await in_thread(self.get_delta_channel_history, config=config, channels=channels)

    def reach(self, moment: str) -> None:
        """Tell `on_commit` that the current commit is at `moment`, "before" or "after"."""
        commit = _committing.get()
        if self.on_commit is not None and commit is not None:
            self.on_commit(f"{commit.what}.{moment}")

    @property
    def is_durable(self) -> bool:
        """Whether the commit that this thread is at waits for the disk."""
        commit = _committing.get()
        return commit is None or commit.durable


class SqliteCheckpoints(Saver, SqliteSaver):
    """Checkpoints in an SQLite file, on a connection of this saver's own."""

    def __init__(self, path: Path, *, serde: StrictSerializer, on_commit: OnCommit | None = None) -> None:
        # "IMMEDIATE" has sqlite3 take the write lock with the first change and not while values are
        # still being serialized.
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level="IMMEDIATE", check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode=WAL")
        self._synchronous: bool | None = None
        super().__init__(connection, serde=serde, on_commit=on_commit)
        self.jsonplus_serde = serde

    def close(self) -> None:
        with self.lock:
            self.conn.close()

    @contextmanager
    def cursor(self, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
        with self.lock:
            self.setup()
            if transaction:
                self._set_synchronous(self.is_durable)
            cursor = self.conn.cursor()
            try:
                yield cursor
                if transaction:
                    self.reach("before")
                    self.conn.commit()
            except BaseException:
                self.conn.rollback()
                raise
            finally:
                cursor.close()
        if transaction:
            self.reach("after")

    def _set_synchronous(self, full: bool) -> None:
        if full is not self._synchronous:
            self.conn.execute(f"PRAGMA synchronous={'FULL' if full else 'NORMAL'}")
            self._synchronous = full

    def _is_stored(self, place: Place) -> bool:
        query = "SELECT 1 FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ?"
        with self.cursor(transaction=False) as cursor:
            return cursor.execute(query, place).fetchone() is not None


class _Memory:
    """The places last added, up to `size`; safe to use from several threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._places: OrderedDict[Place, None] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, place: Place) -> None:
        with self._lock:
            self._places[place] = None
            self._places.move_to_end(place)
            if len(self._places) > self._size:
                self._places.popitem(last=False)

    def forget(self, thread: str) -> None:
        with self._lock:
            for place in [place for place in self._places if place[0] == thread]:
                del self._places[place]

    def __contains__(self, place: Place) -> bool:
        with self._lock:
            return place in self._places

    def __len__(self) -> int:
        return len(self._places)


def open_saver(
    url: str, *, allow: Iterable[type | tuple[str, str]] = (), on_commit: OnCommit | None = None
) -> Saver:
    """A checkpoint saver on the database at `url`: `sqlite:///file.db` or `postgresql://…`.

    Its tables are made on first use. Serves `invoke` and `ainvoke`. On SQLite it has a connection of
    its own; on PostgreSQL the savers of one process share a pool per address.

    Args:
        allow: types of the caller's own that may stand in graph state, beside LangGraph's safe ones.

    Raises:
        DatabaseUnready: the address names neither database, or the packages for it are missing.
        SerializerUnsafe: the installed serializer does not refuse a payload that names a callable.
    """
    serde = StrictSerializer(allow)
    prove_harmless(serde)
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return SqliteCheckpoints(_file(rest, url), serde=serde, on_commit=on_commit)
    if scheme.partition("+")[0] in ("postgresql", "postgres"):
        try:
            from signoff.langgraph.saver_postgres import PostgresCheckpoints  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise DatabaseUnready(
                "PostgreSQL needs more packages: pip install 'signoff[postgres]'.", url=scheme
            ) from error
        return PostgresCheckpoints(f"postgresql://{rest}", serde=serde, on_commit=on_commit)
    raise DatabaseUnready(f"{scheme!r} is not supported; use sqlite:///file.db or postgresql://…", url=scheme)


def _file(rest: str, url: str) -> Path:
    name = rest.partition("?")[0].removeprefix("/")
    if name in ("", ":memory:"):
        raise DatabaseUnready("An in-memory SQLite database cannot be shared; name a file.", url=url)
    return Path(name)


def _place(config: RunnableConfig) -> Place | None:
    values = config.get("configurable", {})
    if not values.get("thread_id") or not values.get("checkpoint_id"):
        return None
    return str(values["thread_id"]), str(values.get("checkpoint_ns", "")), str(values["checkpoint_id"])


@contextmanager
def _commits_as(what: str, *, durable: bool) -> Iterator[None]:
    token = _committing.set(_Commit(what, durable))
    try:
        yield
    finally:
        _committing.reset(token)


@cache
def _threads() -> ThreadPoolExecutor:
    """Threads for the async methods alone: LangGraph runs sync nodes in the loop's own executor, where
    nodes that wait for a checkpoint could keep its writing from ever getting a thread."""
    return ThreadPoolExecutor(max_workers=16, thread_name_prefix="signoff-saver")


async def in_thread(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`act` in a thread of the savers' own, in the caller's context."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads(), partial(copy_context().run, act, *args, **kwargs))
