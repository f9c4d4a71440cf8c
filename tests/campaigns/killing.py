"""Processes that die by SIGKILL at a chosen moment, and what tells them where they are."""

from __future__ import annotations

import json
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from signoff.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from signoff.store.database import Database, Tx

HANGS_AFTER = 60.0
"""Seconds after which a child counts as hanging."""


class Killer:
    """Counts the points that a process passes, and kills it at one of them.

    Args:
        at: number of the fatal point; None lets the process live.
        note: where the name of the fatal point is written before the process dies.
    """

    def __init__(self, at: int | None, note: int) -> None:
        self.passed: list[str] = []
        self._at = at
        self._note = note
        self._lock = threading.Lock()

    def reach(self, point: str) -> None:
        with self._lock:
            self.passed.append(point)
            if len(self.passed) - 1 == self._at:
                _write(self._note, {"killed_at": point})
                os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(HANGS_AFTER)


class WatchedDatabase(Database):
    """A database that tells of every commit, by the audit events that the transaction records."""

    def __init__(self, url: str, reach: Callable[[str], None]) -> None:
        super().__init__(url)
        self._reach = reach
        self._doing = threading.local()
        event.listen(self._engine, "commit", lambda _: reach(f"{self._name}.before"))

    @property
    def _name(self) -> str:
        return str(getattr(self._doing, "name", "ledger"))

    @contextmanager
    def begin(self, workspace: WorkspaceId = DEFAULT_WORKSPACE) -> Iterator[Tx]:
        with super().begin(workspace) as tx:
            yield tx
            events = " ".join(dict.fromkeys(e.event for e in tx._events))
            self._doing.name = f"ledger: {events or 'lease'}"
        self._reach(f"{self._name}.after")


@dataclass(frozen=True)
class End:
    """How a child ended."""

    killed_at: str | None = None
    result: Any = None
    error: str | None = None


def in_child(act: Callable[[Killer], Any], at: int | None = None) -> End:
    """Run `act` in a child that is killed at point `at`; its result must be JSON."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _be_child(act, Killer(at, writing), writing)
    os.close(writing)
    said = _read_all(reading, pid)
    os.waitpid(pid, 0)
    if not said:
        return End(error="the child died without a word")
    return End(**said)


def _be_child(act: Callable[[Killer], Any], killer: Killer, writing: int) -> None:
    try:
        _write(writing, {"result": act(killer)})
    except BaseException as error:  # noqa: BLE001 - the parent judges it
        _write(writing, {"error": f"{type(error).__name__}: {error}"})
    finally:
        os._exit(0)


def _read_all(reading: int, pid: int) -> dict[str, Any]:
    data = b""
    deadline = time.monotonic() + HANGS_AFTER
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        while select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
            chunk = pipe.read(65536)
            if not chunk:
                break
            data += chunk
        else:
            os.kill(pid, signal.SIGKILL)
            return {"error": "hung"}
    said: dict[str, Any] = json.loads(data) if data else {}
    return said


def _write(handle: int, message: dict[str, Any]) -> None:
    data = json.dumps(message).encode()
    while data:
        data = data[os.write(handle, data) :]
