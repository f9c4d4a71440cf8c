"""What runs in another process: to be killed in the middle, or to race with a twin."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from signoff.testing.conformance.adapter import Door, Mode
from signoff.testing.conformance.ground import Ground
from signoff.testing.conformance.world import Broken, World

_PATIENCE_S = 60.0
_PRELOADED = (
    "signoff.testing.conformance.cells",
    "signoff.langgraph.ask",
    "signoff.langgraph.check",
    "signoff.langgraph.gate",
    "signoff.langgraph.middleware",
    "signoff.langgraph.saver_postgres",
    "signoff.langgraph.snapshot",
    "signoff.jobs.distributed",
    "signoff.jobs.embedded",
)
"""What children would import late; where one is missing, an extra is, and nobody needs it."""
_WAS_NOT_KILLED = 7


class Killer:
    """Kills this process at a commit of the saver, or at once."""

    def __init__(self) -> None:
        self._commit = ""
        self._when: Callable[[], bool] = lambda: True

    def at(self, commit: str, when: Callable[[], bool] = lambda: True) -> None:
        """Kill at the first commit of that name, such as `saver.put.before`, at which `when` says so."""
        self._commit, self._when = commit, when

    def reach(self, commit: str) -> None:
        """Told of every commit of the saver."""
        if commit == self._commit and self._when():
            self.now()

    def now(self) -> None:
        """Nothing of this process runs after this."""
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(_PATIENCE_S)


Act = Callable[[World, Killer], None]
ACTS: dict[str, Act] = {}
"""What a child does, by name."""


@dataclass(frozen=True)
class Errand:
    """Everything that a child needs to know; it is pickled, so a door is a class of some module."""

    act: str
    url: str
    directory: str
    door: Door
    mode: Mode
    name: str
    durability: str


def errand(w: World, act: str) -> Errand:
    """The errand of doing `act` in the cell of `w`."""
    return Errand(
        act=act,
        url=w.ground.url,
        directory=str(w.ground.directory),
        door=w.door,
        mode=w.mode,
        name=w.name,
        durability=w.durability,
    )


def run(errand: Errand) -> None:
    """The child's main function; it never returns."""
    killer = Killer()
    ground = Ground(errand.url, Path(errand.directory), on_commit=killer.reach)
    world = World(ground, errand.door, errand.mode, errand.name)
    world.durability = errand.durability
    ACTS[errand.act](world, killer)
    os._exit(_WAS_NOT_KILLED)


def start(errand: Errand) -> multiprocessing.process.BaseProcess:
    """Start a child that was forked from a clean process in which everything is imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    process = context.Process(target=run, args=(errand,), daemon=True)
    process.start()
    return process


def killed(w: World, act: str) -> None:
    """Have a child do `act`, in which it kills itself.

    Raises:
        Broken: it was not killed, or never came to an end.
    """
    process = start(errand(w, act))
    process.join(_PATIENCE_S)
    if process.exitcode is None:
        process.kill()
        raise Broken("the process that was to be killed came to no end")
    if process.exitcode != -signal.SIGKILL:
        raise Broken(f"the process that was to be killed ended by itself ({process.exitcode})")
