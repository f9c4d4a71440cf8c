"""Moments at which a process can be killed, and the death at one of them."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from signoff.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from signoff.store.database import Database, Tx
from tests.campaigns.target import Target

HEARTBEAT = "heartbeat"
"""Part of the name of what comes by the clock, and not by the course of the run."""

HANGING = 0.5
"""Seconds in which a run that is not held back gets from its first step to its first effect."""


@dataclass(frozen=True, order=True)
class Point:
    """A moment of a run: the so-manieth commit, or effect, of its kind, and when around it."""

    what: str
    ordinal: int
    moment: str

    def __str__(self) -> str:
        return f"{self.what} {self.ordinal}, {self.moment}"

    @property
    def is_heartbeat(self) -> bool:
        return HEARTBEAT in self.what


@dataclass(frozen=True)
class Doom:
    """Where a process dies: at a point, or at the so-manieth moment, whatever it is.

    Where the saver works in the background its writing hangs for a while before the process dies, so
    that the run can get ahead of its checkpoints if anything lets it.
    """

    point: Point | None = None
    nth: int = 0
    saver_hangs: bool = False


class Watch:
    """Sees every moment of this process go by, from whichever thread, and lets it die at its doom."""

    def __init__(self, doom: Doom | None = None) -> None:
        self.seen: list[Point] = []
        self._doom = doom
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def reach(self, what_and_when: str) -> None:
        """The moment behind the last dot, of what stands before it."""
        what, _, moment = what_and_when.rpartition(".")
        doom = self._doom
        with self._lock:
            self._counts[what, moment] += 1
            point = Point(what, self._counts[what, moment], moment)
            self.seen.append(point)
            is_doom = doom is not None and (point == doom.point or len(self.seen) == doom.nth)
        if doom is not None and is_doom:
            if doom.saver_hangs and what.startswith("saver"):
                time.sleep(HANGING)
            die()


def die() -> None:
    """End this process at once; nothing of it runs after this."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


class WatchedDatabase(Database):
    """A database whose every commit is watched: when everything is written, and when it is durable."""

    def __init__(self, url: str, watch: Watch) -> None:
        super().__init__(url)
        self._watch = watch

    @contextmanager
    def begin(self, workspace: WorkspaceId = DEFAULT_WORKSPACE, *, durable: bool = True) -> Iterator[Tx]:
        name = _heartbeat() or _asked_by()
        with super().begin(workspace, durable=durable) as tx:
            tx.after_commit(lambda: self._watch.reach(f"{name}.after"))
            yield tx
            name = _named_after_entries(tx) or name
            tx.flush()
            self._watch.reach(f"{name}.before")


def _named_after_entries(tx: Tx) -> str:
    """What the commit says in the audit chain."""
    return "ledger " + " + ".join(dict.fromkeys(e.event for e in tx._events)) if tx._events else ""


def _asked_by() -> str:
    """The function that asks for the transaction: a commit without an audit entry is named after it."""
    frame = sys._getframe(1)
    while frame.f_globals["__name__"] in (__name__, "contextlib", "signoff.app"):
        if frame.f_back is None:
            break
        frame = frame.f_back
    module = frame.f_globals["__name__"].rpartition(".")[2]
    return f"ledger ({module}: {frame.f_code.co_name.lstrip('_')})"


def _heartbeat() -> str:
    thread = threading.current_thread().name
    if thread.startswith("signoff-leases"):
        return f"ledger {HEARTBEAT} of the effect"
    return f"ledger {HEARTBEAT} of the thread" if thread.startswith("signoff-drive") else ""


class WatchedTarget(Target):
    """A target that tells how far an effect is: reached but untouched, and written but not let go."""

    def __init__(self, path: Path, watch: Watch) -> None:
        super().__init__(path)
        self._watch = watch

    @contextmanager
    def _opened(self) -> Iterator[int]:
        with super()._opened() as handle:
            self._watch.reach("tool.reached")
            yield handle
            self._watch.reach("tool.written")
