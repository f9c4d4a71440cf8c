"""Whether a run that was killed did what was decided: each thing once, nothing else, and all on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, ToolMessage

from signoff.domain.audit import AuditEntry
from signoff.domain.effect import Effect, EffectState, Settlement
from signoff.domain.person import ActorKind
from signoff.domain.run import RunStatus

PASSED, APPROVED, REJECTED = "passed", "approved", "rejected"


@dataclass(frozen=True)
class Evidence:
    """What a run left behind: in the target, the ledger, the audit chain, and its thread."""

    happened: Counter[str]
    entries: Sequence[AuditEntry]
    effects: Sequence[Effect]
    messages: Sequence[Any]
    tasks: int
    status: RunStatus
    live: Sequence[str]
    forgotten: Sequence[str]
    """Reviews that waited for a decision again after one was acknowledged."""
    refuses_passed: bool
    """Whether the call that the rules pass must be refused for the durability of the run."""
    settles_itself: bool
    """Whether no person is needed to learn what became of an effect."""


@dataclass
class Report:
    """What was counted, and what fell short, in words."""

    unknown: int = 0
    happened: int = 0
    """Unknown effects that a person found done."""
    absent: int = 0
    """Unknown effects that a person found not done; reported to the agent so, they are not lost."""
    again: int = 0
    """Unknown effects that were tried again under their key, or after a lookup found nothing."""
    found: int = 0
    """Unknown effects that a lookup found done."""
    repeated: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        kinds = ("repeated", "lost", "undecided", "against", "broken", "stuck")
        return [f"{kind}: {text}" for kind in kinds for text in getattr(self, kind)]


def judge(evidence: Evidence) -> Report:
    """Everything that fell short in one run."""
    report = Report()
    _count(report, evidence)
    happened = evidence.happened
    report.repeated += [f"{what} happened {times} times" for what, times in happened.items() if times > 1]
    report.lost += _lost(evidence)
    report.undecided += _undecided(evidence)
    if happened[REJECTED]:
        report.against.append("the rejected call had an effect")
    if evidence.refuses_passed and happened[PASSED]:
        report.against.append("a call that had to be refused had an effect")
    report.stuck += _stuck(evidence)
    return report


def _count(report: Report, evidence: Evidence) -> None:
    for entry in evidence.entries:
        content = entry.content or {}
        match entry.event, content.get("settlement"):
            case "effect.unknown", _:
                report.unknown += 1
            case "effect.planned_again", _:
                report.again += 1
            case "effect.settled", _ if entry.actor.kind is not ActorKind.PERSON:
                report.found += 1
            case "effect.settled", Settlement.HAPPENED:
                report.happened += 1
            case "effect.settled", Settlement.DID_NOT_HAPPEN:
                report.absent += 1


def _lost(evidence: Evidence) -> Iterator[str]:
    """What was allowed and never happened, unless a person who looked said just that."""
    yield from (f"the acknowledged decision on {title!r}" for title in evidence.forgotten)
    wanted = (APPROVED,) if evidence.refuses_passed else (PASSED, APPROVED)
    for what in wanted:
        if evidence.happened[what]:
            continue
        if evidence.settles_itself or not any(
            _is_reported_absent(effect, what) for effect in evidence.effects
        ):
            yield f"{what} never happened"


def _is_reported_absent(effect: Effect, what: str) -> bool:
    return effect.arguments["what"] == what and effect.settlement is Settlement.DID_NOT_HAPPEN


def _undecided(evidence: Evidence) -> Iterator[str]:
    """Effects, in the target or in the chain, that no earlier entry of the chain allows."""
    effects: dict[str, Effect] = {effect.id: effect for effect in evidence.effects}
    started: set[str] = set()
    for start in (entry for entry in evidence.entries if entry.event == "effect.started"):
        effect = effects.get(start.effect_id or "")
        if effect is None or not any(_allows(entry, effect, start) for entry in evidence.entries):
            yield f"effect {start.effect_id} started without a decision or rule before it"
        if effect is not None:
            started.add(effect.arguments["what"])
    yield from (f"{what} happened and never started" for what in evidence.happened if what not in started)


def _allows(entry: AuditEntry, effect: Effect, start: AuditEntry) -> bool:
    """Whether the entry is the decision of a person, or of a rule, for exactly what was started later."""
    if entry.seq >= start.seq or entry.digest != start.digest:
        return False
    if effect.review_id is None:
        return (
            entry.event == "action.passed"
            and entry.actor.kind is ActorKind.RULE
            and entry.action_id == start.action_id
        )
    return (
        entry.event == "review.approved"
        and entry.actor.kind is ActorKind.PERSON
        and entry.review_id == effect.review_id
    )


def _stuck(evidence: Evidence) -> Iterator[str]:
    if evidence.tasks:
        yield f"{evidence.tasks} tasks are left"
    if evidence.status is not RunStatus.FINISHED:
        yield f"the run is still {evidence.status}"
    yield from (f"still open: {title}" for title in evidence.live)
    for effect in evidence.effects:
        if effect.state is EffectState.STARTED:
            yield f"effect {effect.id} is still started"
        if effect.state is EffectState.UNKNOWN and effect.settlement is None:
            yield f"effect {effect.id} is still unknown"
    last = evidence.messages[-1] if evidence.messages else None
    if not (isinstance(last, AIMessage) and last.content == "done"):
        yield "the agent did not come to its end"
    answers = Counter(m.tool_call_id for m in evidence.messages if isinstance(m, ToolMessage))
    for what in (PASSED, APPROVED, REJECTED):
        if answers[what] != 1:
            yield f"the agent got {answers[what]} answers to the {what} call"
