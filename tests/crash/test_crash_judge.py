"""The judge of the crash campaign finds each thing that may go wrong, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage

from signoff.domain.action import EffectClass
from signoff.domain.audit import GENESIS, AuditEntry, AuditEvent, ChainHead, link
from signoff.domain.effect import Effect, EffectState, Settlement
from signoff.domain.ids import DEFAULT_WORKSPACE, ActionId, Digest, EffectId, ReviewId, ThreadId
from signoff.domain.person import AGENT, SYSTEM, Actor, ActorKind
from signoff.domain.run import RunStatus
from tests.campaigns.crash_judge import APPROVED, PASSED, REJECTED, Evidence, judge

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RULE = Actor(kind=ActorKind.RULE, id="routine")
PERSON = Actor(kind=ActorKind.PERSON, id="per_1", name="Me")


def event(name: str, what: str, actor: Actor, **content: Any) -> AuditEvent:
    review = None if what == PASSED else f"rev_{what}"
    effect = f"eff_{what}" if name.startswith("effect.") else None
    return AuditEvent(
        event=name, actor=actor, thread="t", action_id=f"act_{what}", review_id=review, effect_id=effect,
        digest=Digest(what), content=content,
    )  # fmt: skip


def chain(*events: AuditEvent) -> tuple[AuditEntry, ...]:
    head = ChainHead(workspace=DEFAULT_WORKSPACE, size=0, hash=GENESIS)
    entries: list[AuditEntry] = []
    for one in events:
        entries.append(link(DEFAULT_WORKSPACE, head, one, NOW, "00"))
        head = ChainHead(workspace=DEFAULT_WORKSPACE, size=entries[-1].seq, hash=entries[-1].hash)
    return tuple(entries)


def effect(what: str, state: EffectState = EffectState.SUCCEEDED, **values: Any) -> Effect:
    return Effect(
        id=EffectId(f"eff_{what}"), workspace=DEFAULT_WORKSPACE, thread=ThreadId("t"), key=what,
        action_id=ActionId(f"act_{what}"), action_digest=Digest(what), digest=Digest(what),
        review_id=None if what == PASSED else ReviewId(f"rev_{what}"), rule=None, tool="plain",
        effect_class=EffectClass.IRREVERSIBLE, arguments={"what": what}, state=state, valid_until=NOW,
        **values,
    )  # fmt: skip


PASS = event("action.passed", PASSED, RULE)
START_PASSED = event("effect.started", PASSED, RULE)
APPROVE = event("review.approved", APPROVED, PERSON)
START_APPROVED = event("effect.started", APPROVED, PERSON)

GOOD = Evidence(
    happened=Counter({PASSED: 1, APPROVED: 1}),
    entries=chain(PASS, START_PASSED, APPROVE, START_APPROVED),
    effects=(effect(PASSED), effect(APPROVED)),
    messages=(
        *(ToolMessage(content="", tool_call_id=what) for what in (PASSED, APPROVED, REJECTED)),
        AIMessage("done"),
    ),
    tasks=0,
    status=RunStatus.FINISHED,
    live=(),
    forgotten=(),
    refuses_passed=False,
    settles_itself=False,
)
ABSENT = replace(
    GOOD,
    happened=Counter({PASSED: 1}),
    effects=(effect(PASSED), effect(APPROVED, EffectState.FAILED, settlement=Settlement.DID_NOT_HAPPEN)),
)
REFUSED = replace(
    GOOD, refuses_passed=True, happened=Counter({APPROVED: 1}), effects=(effect(APPROVED),),
    entries=chain(APPROVE, START_APPROVED),
)  # fmt: skip


@pytest.mark.parametrize("evidence", [GOOD, ABSENT, REFUSED], ids=["good", "reported absent", "refused"])
def test_a_good_run_has_no_faults(evidence: Evidence) -> None:
    assert judge(evidence).faults == []


BAD: dict[str, tuple[str, Callable[[], Evidence]]] = {
    "twice": ("repeated", lambda: replace(GOOD, happened=Counter({PASSED: 1, APPROVED: 2}))),
    "never": ("lost", lambda: replace(GOOD, happened=Counter({PASSED: 1}))),
    "decision forgotten": ("lost", lambda: replace(GOOD, forgotten=("Do approved",))),
    "absent although the tool takes a key": ("lost", lambda: replace(ABSENT, settles_itself=True)),
    "rejected": ("against", lambda: replace(GOOD, happened=GOOD.happened + Counter({REJECTED: 1}))),
    "refused and done": ("against", lambda: replace(REFUSED, happened=GOOD.happened)),
    "no decision": ("undecided", lambda: replace(GOOD, entries=chain(PASS, START_PASSED, START_APPROVED))),
    "decided later": (
        "undecided", lambda: replace(GOOD, entries=chain(PASS, START_PASSED, START_APPROVED, APPROVE)),
    ),
    "decided by nobody": (
        "undecided",
        lambda: replace(
            GOOD, entries=chain(PASS, START_PASSED, event("review.approved", APPROVED, AGENT), START_APPROVED)
        ),
    ),
    "no rule": (
        "undecided",
        lambda: replace(
            GOOD, entries=chain(event("action.passed", PASSED, SYSTEM), START_PASSED, APPROVE, START_APPROVED)
        ),
    ),
    "never started": ("undecided", lambda: replace(GOOD, entries=chain(PASS, START_PASSED, APPROVE))),
    "tasks left": ("stuck", lambda: replace(GOOD, tasks=1)),
    "run left": ("stuck", lambda: replace(GOOD, status=RunStatus.RUNNING)),
    "review left": ("stuck", lambda: replace(GOOD, live=("Do approved",))),
    "started for ever": (
        "stuck", lambda: replace(GOOD, effects=(effect(PASSED), effect(APPROVED, EffectState.STARTED))),
    ),
    "unknown for ever": (
        "stuck", lambda: replace(GOOD, effects=(effect(PASSED), effect(APPROVED, EffectState.UNKNOWN))),
    ),
    "not at the end": ("stuck", lambda: replace(GOOD, messages=GOOD.messages[:-1])),
    "answered twice": ("stuck", lambda: replace(GOOD, messages=(GOOD.messages[0], *GOOD.messages))),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_run_is_found_out(name: str) -> None:
    kind, evidence = BAD[name]
    assert {fault.partition(":")[0] for fault in judge(evidence()).faults} >= {kind}


def test_unknown_outcomes_are_counted_by_how_they_were_settled() -> None:
    settled = "effect.settled"
    events = (
        *(event("effect.unknown", APPROVED, SYSTEM) for _ in range(4)),
        event(settled, APPROVED, PERSON, settlement="happened"),
        event(settled, APPROVED, PERSON, settlement="did_not_happen"),
        event(settled, APPROVED, SYSTEM, settlement="happened"),
        event("effect.planned_again", APPROVED, SYSTEM),
    )
    report = judge(replace(GOOD, entries=chain(PASS, START_PASSED, APPROVE, START_APPROVED, *events)))
    assert (report.unknown, report.happened, report.absent, report.found, report.again) == (4, 1, 1, 1, 1)
