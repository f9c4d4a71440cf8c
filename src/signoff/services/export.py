"""Decisions as records for evaluation and fine-tuning: what was asked, what people made of it, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from signoff.domain import canonical
from signoff.domain.audit import AuditEvent
from signoff.domain.person import Actor
from signoff.domain.review import Outcome, Resolution, ReviewFile, ReviewKind
from signoff.domain.tally import live_votes
from signoff.domain.value import Value
from signoff.domain.visibility import NOBODY, replaced
from signoff.risk.redaction import Redactor, known_values
from signoff.services import query
from signoff.services.core import Core
from signoff.services.sight import Sight
from signoff.store import history
from signoff.store.database import Tx
from signoff.store.history import Wanted


class VoteRecord(Value):
    """One vote that stood; who cast it is personal data."""

    kind: str
    stage: int
    reason: str
    person: str | None = None


class DecisionRecord(Value):
    """One decision. Arguments are JSON; values that JSON cannot carry exactly are tagged with their type."""

    review: str
    follows: str | None
    """The review whose requested changes this draft answers."""
    kind: ReviewKind
    tool: str
    outcome: Outcome
    resolution: Resolution | None
    reason: str
    before: Any
    """Arguments as the agent proposed them."""
    after: Any
    """Arguments as they were allowed to run; null where they were not."""
    flags: tuple[dict[str, Any], ...]
    """Of the agent's own draft."""
    rule: str | None
    """The rule that asked for people; null where none did, or the policy could not be evaluated."""
    summary: str
    errors: tuple[str, ...]
    policy: str
    policy_version: str
    policy_hash: str
    votes: tuple[VoteRecord, ...]
    opened_at: datetime
    closed_at: datetime | None
    requester: str | None = None
    thread: str | None = None
    """Chosen by the caller, so it may hold anything; only with personal data."""


def decisions(
    tx: Tx, core: Core, wanted: Wanted, *, with_personal_data: bool = False
) -> Iterator[DecisionRecord]:
    """Every closed review that is `wanted`, in the order of opening, read as it is asked for."""
    for review_id in history.decided(tx, wanted):
        file = query.review_file(tx, review_id)
        if with_personal_data:
            yield _record(file)
        else:
            seen = Sight(tx, core, NOBODY).of(file).file
            yield _redacted(tx, core, file, _record(seen))


def note_export(tx: Tx, actor: Actor, wanted: Wanted, *, with_personal_data: bool) -> None:
    """Write down that decisions left the house, and which."""
    content = {
        "since": wanted.since, "until": wanted.until, "tool": wanted.tool,
        "outcome": wanted.outcome and wanted.outcome.value, "with_personal_data": with_personal_data,
    }  # fmt: skip
    tx.record(AuditEvent(event="decisions.exported", actor=actor, channel="cli", content=content))


def _record(file: ReviewFile) -> DecisionRecord:
    review, first, last = file.review, file.original, file.current
    runs = review.outcome is not None and review.outcome.runs_the_tool
    return DecisionRecord(
        review=review.id,
        follows=review.follows,
        kind=review.kind,
        tool=review.tool,
        outcome=review.outcome or Outcome.WITHDRAWN,
        resolution=review.resolution,
        reason=review.reason,
        before=_written(first.arguments),
        after=_written(last.arguments) if runs else None,
        flags=tuple(flag.model_dump(mode="json") for flag in first.flags),
        rule=first.verdict.rule,
        summary=first.verdict.summary,
        errors=first.verdict.errors,
        policy=first.verdict.policy,
        policy_version=first.verdict.policy_version,
        policy_hash=first.verdict.policy_hash,
        votes=tuple(
            VoteRecord(kind=vote.kind.value, stage=vote.stage, reason=vote.reason, person=vote.person_name)
            for vote in live_votes(file.votes)
        ),
        opened_at=review.opened_at,
        closed_at=review.closed_at,
        requester=review.requester,
        thread=review.thread,
    )


def _written(arguments: dict[str, Any]) -> Any:
    """Arguments as JSON; a hidden one as the mark in its place."""
    return canonical.tagged(replaced(arguments, str))


def _redacted(tx: Tx, core: Core, file: ReviewFile, record: DecisionRecord) -> DecisionRecord:
    policy = core.judge_of(tx, file.original.verdict.policy_hash).policy
    known = known_values(file.action, policy.flags.get("personal_data", {}))
    requester = [file.review.requester] if file.review.requester else []
    people = [vote.person_name for vote in file.votes]
    redactor = Redactor([*known, *requester, *people])
    return record.model_copy(
        update={
            "reason": redactor.text(record.reason),
            "before": redactor.value(record.before),
            "after": redactor.value(record.after),
            "flags": tuple(_without_offsets(redactor, flag) for flag in record.flags),
            "errors": tuple(redactor.text(error) for error in record.errors),
            "votes": tuple(
                vote.model_copy(update={"person": None, "reason": redactor.text(vote.reason)})
                for vote in record.votes
            ),
            "requester": None,
            "thread": None,
        }
    )


def _without_offsets(redactor: Redactor, flag: dict[str, Any]) -> dict[str, Any]:
    """The offsets of a flag point into the text as it was, which is not there any more."""
    return {name: redactor.value(value) for name, value in flag.items() if name not in ("start", "end")}
