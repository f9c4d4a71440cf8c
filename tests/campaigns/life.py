"""The life of a thread that may be cut short anywhere, and how it is picked up again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Literal

from langchain_core.messages import ToolMessage

from signoff import Desk
from signoff.domain.audit import AuditEntry
from signoff.domain.effect import Effect, EffectState, Settlement
from signoff.domain.errors import NotFound, ThreadBusy
from signoff.domain.ids import PersonId, ThreadId
from signoff.jobs import open_queue
from signoff.langgraph.runner import LangGraphRunner
from signoff.policy.load import load_policy
from signoff.services import audit, people, runs
from signoff.services.core import Core, ServiceSettings
from signoff.services.judge import Judge
from signoff.services.lookup import Lookups
from signoff.services.reconcile import reconcile
from signoff.services.sweep import sweep
from signoff.store import effects
from tests.campaigns.flow import GREETING, NAME, POLICY, Graph, Turn, asks, build, on
from tests.campaigns.killing import Killer, WatchedDatabase
from tests.campaigns.target import Target
from tests.campaigns.tools import tools_on

LEASE = timedelta(seconds=0.3)
PATIENCE = 30.0
"""Seconds after which a thread that is not finished counts as stuck."""


class Durability(StrEnum):
    """What the caller gives LangGraph."""

    SYNC = "sync"
    ASYNC = "async"
    EXIT = "exit"


class Tool(StrEnum):
    """What the target is like."""

    PLAIN = "plain"
    KEYED = "keyed"
    TRACED = "traced"


@dataclass(frozen=True)
class Place:
    """Where threads live: a database, the file of the target, and the person who decides."""

    url: str
    target: Path
    person: str


@dataclass(frozen=True)
class Life:
    """One thread: it has one call that a person approves and, but for `exit`, one that a rule passes."""

    place: Place
    thread: str
    tool: Tool
    durability: Durability

    @property
    def calls(self) -> Turn:
        approved = asks(self.tool, f"{self.thread}-approved")
        if self.durability is Durability.EXIT:
            return [approved]
        return [asks(self.tool, f"{self.thread}-passed", routine=True), approved]


@cache
def judge() -> Judge:
    return Judge(load_policy(POLICY))


def open_desk(place: Place, killer: Killer) -> Desk:
    """A desk whose every commit is a point of `killer`."""
    database = WatchedDatabase(place.url, killer.reach)
    core = Core(
        database=database,
        queue=open_queue(database),
        judge=judge(),
        settings=ServiceSettings(lease=LEASE),
        lookups=Lookups(),
    )
    desk = Desk(core, on_commit=killer.reach)
    target = Target(place.target)
    desk.lookup("traced", lambda _, arguments: target.count()[arguments["what"]] > 0)
    return desk


def graph_of(desk: Desk, life: Life, killer: Killer) -> Graph:
    """The agent asks for its calls, and asks again for each that it is told was not done."""

    def script(_: str, messages: Sequence[Any]) -> Turn | None:
        told = [m for m in messages if isinstance(m, ToolMessage)]
        if not told:
            return life.calls
        again = [m for m in told if m.status == "error" and str(m.content).startswith("Not done")]
        repeated = {f"{m.tool_call_id}+": m for m in again}
        answered = {m.tool_call_id for m in told}
        missing = [key for key in repeated if key not in answered]
        by_id = {call["args"]["what"]: call for call in life.calls}
        return [{**by_id[key.rstrip("+")], "id": key} for key in missing]

    return build(desk, tools_on(Target(life.place.target), killer.reach), script)


def live(life: Life, killer: Killer) -> dict[str, Any]:
    """The whole life in one process, as long as nothing kills it."""
    desk = open_desk(life.place, killer)
    graph = graph_of(desk, life, killer)
    mode: Literal["sync", "async", "exit"] = life.durability.value
    graph.invoke(GREETING, on(life.thread), durability=mode)
    _approve(desk, life)
    graph.invoke(None, on(life.thread), durability=mode)
    return {"points": list(killer.passed), "finished": _is_finished(graph, life)}


def recover(life: Life, killer: Killer) -> dict[str, Any]:
    """What happens after a restart: sweep, settle, decide and resume, until the thread is finished."""
    desk = open_desk(life.place, killer)
    graph = graph_of(desk, life, killer)
    deadline = time.monotonic() + PATIENCE
    while not _is_finished(graph, life) and time.monotonic() < deadline:
        sweep(desk.core)
        _settle(desk, life)
        _approve(desk, life)
        if not _move_on(desk, graph, life):
            time.sleep(0.03)
    reconcile(desk.core, LangGraphRunner({NAME: graph}))
    return asdict(_judged(desk, graph, life))


def _move_on(desk: Desk, graph: Graph, life: Life) -> bool:
    """Wake the thread, or start it again where it left nothing; whether that was possible now."""
    state = graph.get_state(on(life.thread))
    if state.metadata is None:
        graph.invoke(GREETING, on(life.thread), durability="sync")
        return True
    try:
        desk.resume(graph, life.thread)
    except NotFound:
        graph.invoke(None, on(life.thread), durability="sync")
    except ThreadBusy:
        return False
    return not graph.get_state(on(life.thread)).tasks


def _is_finished(graph: Graph, life: Life) -> bool:
    state = graph.get_state(on(life.thread))
    messages = state.values.get("messages", []) if state.values else []
    return bool(messages) and not state.tasks and messages[-1].content == "done"


def _approve(desk: Desk, life: Life) -> None:
    for review in desk.reviews(life.thread):
        if review.kind == "tool_call" and review.state == "open":
            desk.vote(review.id, "approve", by=life.place.person, digest=review.digest)


def _settle(desk: Desk, life: Life) -> None:
    """A person looks at the real target and says what happened."""
    happened = Target(life.place.target).count()
    for effect in _effects(desk, life):
        if effect.state is EffectState.UNKNOWN and effect.settlement is None:
            did = happened[effect.arguments["what"]] > 0
            said = Settlement.HAPPENED if did else Settlement.DID_NOT_HAPPEN
            desk.settle(effect.id, said, by=life.place.person, reason="I looked.")


def _effects(desk: Desk, life: Life) -> list[Effect]:
    with desk.read() as tx:
        return [e for e in effects.page(tx, None, None, 20) if e.thread == life.thread]


@dataclass(frozen=True)
class Judged:
    """What became of a thread."""

    stuck: bool
    repeated: int
    lost: int
    unauthorised: int
    unknown: int
    left_open: int
    status: str


def _judged(desk: Desk, graph: Graph, life: Life) -> Judged:
    happened = Target(life.place.target).count()
    wanted = [call["args"]["what"] for call in life.calls]
    with desk.read() as tx:
        entries = list(audit.audit.entries(tx, thread=life.thread))
        status = _status(desk, life)
    return Judged(
        stuck=not _is_finished(graph, life),
        repeated=sum(happened[what] > 1 for what in wanted),
        lost=sum(happened[what] == 0 for what in wanted),
        unauthorised=_unauthorised(entries, _effects(desk, life), happened),
        unknown=sum(entry.event == "effect.unknown" for entry in entries),
        left_open=len(desk.reviews(life.thread)),
        status=status,
    )


def _status(desk: Desk, life: Life) -> str:
    with desk.read() as tx:
        return runs.get_run(tx, ThreadId(life.thread)).status.value


_AUTHORITIES = ("review.approved", "action.passed")


def _unauthorised(entries: list[AuditEntry], ledger: list[Effect], happened: Counter[str]) -> int:
    """Effects in the target whose start does not follow a decision or a rule for exactly that action."""
    allowed: dict[str | None, int] = {}
    started: dict[str | None, list[AuditEntry]] = {}
    for entry in entries:
        if entry.event in _AUTHORITIES:
            allowed.setdefault(entry.action_id, entry.seq)
        if entry.event == "effect.started":
            started.setdefault(entry.effect_id, []).append(entry)
    covered = {
        effect.arguments["what"]
        for effect in ledger
        for start in started.get(effect.id, ())
        if start.seq > allowed.get(effect.action_id, start.seq)
    }
    starts = [start for found in started.values() for start in found]
    bare = sum(start.seq <= allowed.get(start.action_id, start.seq) for start in starts)
    mine = [what for what in happened if any(what == e.arguments["what"] for e in ledger)]
    return bare + sum(what not in covered for what in mine)


def add_person(place_url: str) -> str:
    """The person who decides and settles."""
    database = WatchedDatabase(place_url, lambda _: None)
    with database.begin() as tx:
        person = people.add_person(tx, email="me@example.com", name="Me")
    database.dispose()
    return PersonId(person.id)
