"""What the processes do: one starts a run and is killed in it, others find what it left and carry it on."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from langgraph.types import Durability

from signoff import Desk
from signoff.domain.audit import ChainHead
from signoff.domain.effect import EffectState, Settlement
from signoff.domain.errors import AuditBroken, NotFound, ThreadBusy
from signoff.domain.ids import ThreadId, WorkspaceId
from signoff.domain.review import Review, ReviewKind
from signoff.domain.run import RunStatus
from signoff.jobs import open_queue
from signoff.langgraph.calls import WORKSPACE_KEY
from signoff.langgraph.runner import LangGraphRunner
from signoff.langgraph.saver import Saver
from signoff.policy.load import load_policy
from signoff.services import audit, query, runs
from signoff.services.core import Core, ServiceSettings
from signoff.services.handle import handle
from signoff.services.judge import Judge
from signoff.services.reconcile import reconcile
from signoff.services.sweep import sweep
from tests.campaigns import crash_judge
from tests.campaigns.crash_judge import APPROVED, PASSED, REJECTED, Evidence, Report
from tests.campaigns.crash_points import Doom, Watch, WatchedDatabase, WatchedTarget
from tests.campaigns.flow import GREETING, NAME, POLICY, Turn, asks, build, on
from tests.campaigns.tools import tools_on

LEASE = timedelta(milliseconds=250)
HEARTBEAT_S, STALLED_AFTER_S = 0.1, 0.5
"""How often a worker on PostgreSQL gives a sign of life, and when its jobs are given to others."""

LINGERING = 0.3
"""Seconds that an effect takes where a heartbeat is awaited."""

ROUNDS = 100
PAUSE = 0.05


class Mode(StrEnum):
    """The durability that the caller gives LangGraph, and who wakes the thread.

    Under `sync` the desk does, under the thread's lease; under `async` and `exit` the caller's own invoke.
    A `worker` does everything by the jobs of its queue, under `sync`.
    """

    SYNC = "sync"
    ASYNC = "async"
    EXIT = "exit"
    WORKER = "worker"

    @property
    def durability(self) -> Durability:
        return _DURABILITY[self]


_DURABILITY: dict[Mode, Durability] = {
    Mode.SYNC: "sync",
    Mode.ASYNC: "async",
    Mode.EXIT: "exit",
    Mode.WORKER: "sync",
}


@dataclass(frozen=True)
class Errand:
    """Everything that a process needs to know."""

    url: str
    workspace: str
    directory: str
    mode: Mode
    tool: str
    person: str
    doom: Doom | None = None
    lingers: bool = False
    """Whether effects last until a heartbeat has come."""

    @property
    def thread(self) -> str:
        return f"thread of {self.workspace}"


class World:
    """One run as one process sees it: its thread, the person who decides, and the target of its effects."""

    def __init__(self, errand: Errand) -> None:
        self.errand = errand
        self.watch = Watch(errand.doom)
        self.forgotten: list[str] = []
        self._acknowledgements = Path(errand.directory) / "acknowledged"
        self.target = WatchedTarget(Path(errand.directory) / "target", self.watch)
        database = WatchedDatabase(errand.url, self.watch)
        core = Core(
            database=database,
            queue=open_queue(database, heartbeat=HEARTBEAT_S, stalled_after=STALLED_AFTER_S),
            judge=Judge(load_policy(POLICY)),
            settings=ServiceSettings(lease=LEASE),
        )
        self.desk = Desk(core, workspace=WorkspaceId(errand.workspace), on_commit=self.watch.reach)
        self.desk.lookup("traced", lambda _, arguments: self.has_happened(arguments["what"]))
        self.graph = build(self.desk, tools_on(self.target, self._reach_tool), self._script)
        self.config = on(errand.thread)
        self.config["configurable"][WORKSPACE_KEY] = errand.workspace

    def has_happened(self, what: str) -> bool:
        return self.target.count()[what] > 0

    def _script(self, _: str) -> list[Turn]:
        tool = self.errand.tool
        return [[asks(tool, PASSED, routine=True)], [asks(tool, APPROVED), asks(tool, REJECTED)]]

    def _reach_tool(self, moment: str) -> None:
        self.watch.reach(moment)
        if self.errand.lingers and moment == "tool.before":
            time.sleep(LINGERING)

    def carry_on(self) -> None:
        """Do whatever is left to do, from wherever the run stands, until nothing is.

        Raises:
            Stuck: it does not come to an end.
        """
        for _ in range(ROUNDS):
            sweep(self.desk.core)
            if not self._has_begun():
                self._begin()
            self._decide()
            if not self._is_over():
                self._wake()
            if self._is_over():
                return
            time.sleep(PAUSE)
        raise Stuck(f"not over after {ROUNDS} rounds; waits for {self.graph.get_state(self.config).tasks}")

    def tidy_up(self) -> None:
        """What a worker does beside: it serves the wake-ups that nobody took, and looks for orphans."""
        for _ in range(ROUNDS):
            if self._status() is RunStatus.FINISHED:
                break
            with suppress(ThreadBusy):
                self.desk.resume(self.graph, self.errand.thread)
                continue
            time.sleep(PAUSE)
        reconcile(self.desk.core, LangGraphRunner({NAME: self.graph}))

    def _status(self) -> RunStatus:
        with self.desk.read() as tx:
            return runs.get_run(tx, ThreadId(self.errand.thread)).status

    def _begin(self) -> None:
        """Give the run its input; a worker keeps it, so a second start under its key does nothing."""
        if self.errand.mode is not Mode.WORKER:
            self.graph.invoke(GREETING, self.config, durability=self.errand.mode.durability)
            return
        self.desk.start(NAME, GREETING, thread_id=self.errand.thread, dedupe_key="start")
        self._work()

    def _work(self) -> None:
        """What a worker does: the jobs that are due."""
        runner = LangGraphRunner({NAME: self.graph})
        self.desk.core.queue.run_due(partial(handle, self.desk.core, runner))

    def _has_begun(self) -> bool:
        """Whether any checkpoint is left; a run that died before gets its input again."""
        saver = self.graph.checkpointer
        assert isinstance(saver, Saver)
        return saver.get_tuple(self.config) is not None

    def _decide(self) -> None:
        for review in self.desk.reviews(self.errand.thread):
            if review.id in self._acknowledged():
                self.forgotten.append(review.title)
            self._vote(review, self.desk.review(review.id).current.arguments["what"])
            with self._acknowledgements.open("a") as file:
                file.write(f"{review.id}\n")

    def _vote(self, review: Review, what: str) -> None:
        ballot: dict[str, Any] = {"by": self.errand.person, "digest": review.digest}
        if review.kind is ReviewKind.SETTLEMENT:  # the person looks at the target itself
            seen = Settlement.HAPPENED if self.has_happened(what) else Settlement.DID_NOT_HAPPEN
            self.desk.vote(review.id, "answer", answer=seen.value, **ballot)
        elif what == APPROVED:
            self.desk.vote(review.id, "approve", **ballot)
        else:
            self.desk.vote(review.id, "reject", reason="Not this one.", **ballot)

    def _acknowledged(self) -> list[str]:
        """Reviews whose decision was acknowledged, in this process or in one that was killed."""
        file = self._acknowledgements
        return file.read_text().splitlines() if file.exists() else []

    def _wake(self) -> None:
        if self.errand.mode is Mode.WORKER:
            self._work()
            return
        if self.errand.mode is not Mode.SYNC:
            self.graph.invoke(None, self.config, durability=self.errand.mode.durability)
            return
        try:
            self.desk.resume(self.graph, self.errand.thread)
        except ThreadBusy:
            return  # the lease of the dead is not over yet
        except NotFound:  # it died before anything of it reached the desk
            self.graph.invoke(None, self.config, durability="sync")

    def _is_over(self) -> bool:
        if not self._has_begun() or self.graph.get_state(self.config).tasks:
            return False
        if self.errand.mode is Mode.WORKER and self._status() is not RunStatus.FINISHED:
            return False
        with self.desk.read() as tx:
            open_effects = [
                effect
                for state in (EffectState.STARTED, EffectState.UNKNOWN)
                for effect in query.list_effects(tx, state, limit=200).items
                if effect.settlement is None
            ]
        return not open_effects

    def close(self) -> None:
        """Give every connection back; processes that die do not come to this."""
        self.desk.close()
        saver = self.graph.checkpointer
        assert isinstance(saver, Saver)
        saver.close()

    def evidence(self) -> Evidence:
        """What the run left behind, for the judge."""
        state = self.graph.get_state(self.config)
        with self.desk.read() as tx:
            return Evidence(
                happened=self.target.count(),
                entries=tuple(audit.export(tx)),
                effects=tuple(query.list_effects(tx, limit=200).items),
                messages=tuple(state.values.get("messages", ())),
                tasks=len(state.tasks),
                status=self._status(),
                live=tuple(review.title for review in self.desk.reviews(self.errand.thread)),
                forgotten=tuple(self.forgotten),
                refuses_passed=self.errand.mode is Mode.EXIT,
                settles_itself=self.errand.tool != "plain",
            )


class Stuck(Exception):
    """The run does not come to an end."""


def live(errand: Errand) -> None:
    """The first process: the run from its start to its end, or to its doom. Never returns."""
    _run(errand, _start)


def recover(errand: Errand) -> None:
    """A later process: finds what the killed one left, and judges the end. Never returns."""
    _run(errand, _recover)


def _start(world: World) -> None:
    world.carry_on()
    _say(world, "points", [asdict(point) for point in world.watch.seen])


def _recover(world: World) -> None:
    chain = Chain(world)
    chain.check()
    try:
        world.carry_on()
        world.tidy_up()
        report = crash_judge.judge(world.evidence())
    except Stuck as stuck:
        report = crash_judge.judge(world.evidence())
        report.stuck.append(str(stuck))
    chain.check()
    report.broken += chain.faults
    _say(world, "report", asdict(report))


class Chain:
    """The audit chain against its head after the last kill, which stands in a file of its own."""

    def __init__(self, world: World) -> None:
        self.faults: list[str] = []
        self._desk = world.desk
        self._file = Path(world.errand.directory) / "head.json"

    def check(self) -> None:
        expected = ChainHead.model_validate_json(self._file.read_text()) if self._file.exists() else None
        try:
            with self._desk.read() as tx:
                head = audit.verify_chain(tx, expected)
        except AuditBroken as broken:
            self.faults.append(str(broken))
        else:
            if head is not None:
                self._file.write_text(head.model_dump_json())


def _run(errand: Errand, act: Callable[[World], None]) -> None:
    try:
        act(World(errand))
    except BaseException:  # noqa: BLE001 - whatever ends it is told to the process that waits for it
        (Path(errand.directory) / "error").write_text(traceback.format_exc())
        os._exit(1)
    sys.stdout.flush()
    os._exit(0)  # no goodbyes: pools and threads of the process end with it


def _say(world: World, name: str, what: object) -> None:
    (Path(world.errand.directory) / f"{name}.json").write_text(json.dumps(what))


def read_report(directory: Path) -> Report:
    return Report(**json.loads((directory / "report.json").read_text()))
