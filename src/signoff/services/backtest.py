"""A policy over what is on record: what it would do now, beside what happened.

Every recorded call is judged anew, with the facts that were recorded with it. Nothing is written.
What people decided is known only of what waited: calls that passed have no label, so a policy that lets
more pass is judged on the calls that people looked at, and can be advised for only in as far as those
are like the others (the problem of selective labels, Lakkaraju et al., KDD 2017).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from signoff.domain.ids import ActionId, ReviewId
from signoff.domain.policy import RuleEffect, Verdict
from signoff.domain.proportion import least_without_any, upper_bound
from signoff.domain.review import Outcome, Resolution
from signoff.domain.value import Value
from signoff.services.judge import Judge
from signoff.store import history
from signoff.store.database import Tx
from signoff.store.history import Asked, Recorded, Wanted

MOST_EXAMPLES = 100


class Happened(StrEnum):
    """What became of a recorded call."""

    PASSED = "passed"
    IN_SHADOW = "passed in shadow"
    DENIED = "denied"
    APPROVED = "approved"
    REVISED = "approved with edits"
    CHANGES_REQUESTED = "changes requested"
    REJECTED = "rejected"
    UNDECIDED = "not decided"
    """Expired, withdrawn, superseded, answered instead, or still open."""


_BY_OUTCOME = {
    Outcome.APPROVED: Happened.APPROVED,
    Outcome.REVISED: Happened.REVISED,
    Outcome.CHANGES_REQUESTED: Happened.CHANGES_REQUESTED,
    Outcome.REJECTED: Happened.REJECTED,
}
OBJECTED = (Happened.REVISED, Happened.CHANGES_REQUESTED, Happened.REJECTED)
"""What a person would not have let run as it was."""
DECIDED = (Happened.APPROVED, *OBJECTED)


class Demands(Value):
    """When a backtest may advise."""

    tolerance: float = Field(default=0.05, gt=0, lt=1)
    """The share of newly passing calls that people may have objected to."""
    confidence: float = Field(default=0.95, gt=0, lt=1)
    """How sure it must be that the share is no larger."""
    least: int | None = Field(default=None, ge=1)
    """Decisions by people below which it refuses to advise; None: as many as it takes, without a single
    objection, to be that sure: 59 at 5 % and 95 %."""

    @property
    def least_decisions(self) -> int:
        return self.least or least_without_any(self.tolerance, self.confidence)


class Cell(Value):
    """How many calls of which this happened would end so now."""

    happened: Happened
    now: RuleEffect
    calls: int


class Objection(Value):
    """A call that would pass now, and that a person had rejected or changed."""

    action: ActionId
    review: ReviewId
    tool: str
    happened: Happened
    reason: str
    rule: str | None
    """The rule that would let it pass."""


class Advice(Value):
    """Whether the record speaks for letting the newly passing calls pass."""

    decided: int
    """Newly passing calls that a person had decided."""
    objected: int
    undecided: int
    """Newly passing calls that waited, and that no person decided; they say nothing."""
    least: int
    bound: float | None
    """The share of objections is no larger than this, as sure as was demanded; None where none is decided."""
    speaks_for_it: bool | None
    """None: too few decisions to advise, or nothing would newly pass."""
    text: str


class Backtest(Value):
    """What a policy would do with the calls on record."""

    policy: str
    version: str
    calls: int
    left_out: int
    """Calls of tools that the policy does not classify."""
    failed: int
    """Calls that it cannot judge: mostly for facts that were not recorded. They would wait."""
    first_at: datetime | None
    last_at: datetime | None
    cells: tuple[Cell, ...]
    newly_pausing: int
    """Calls that passed, and would wait now."""
    objections: tuple[Objection, ...]
    """The first `MOST_EXAMPLES` of them."""
    advice: Advice


def backtest(
    tx: Tx,
    judge: Judge,
    wanted: Wanted,
    demands: Demands,
    on_each: Callable[[], None] = lambda: None,
) -> Backtest:
    """Judge every recorded call that is `wanted` anew; `on_each` is called after each."""
    count: Counter[tuple[Happened, RuleEffect]] = Counter()
    objections: list[Objection] = []
    left_out = failed = 0
    first_at = last_at = None
    for recorded in history.actions(tx, wanted):
        on_each()
        if recorded.stored.action.tool not in judge.policy.tools:
            left_out += 1
            continue
        first_at, last_at = first_at or recorded.at, recorded.at
        happened, verdict = _happened(recorded), _now(judge, recorded)
        count[happened, verdict.effect] += 1
        failed += bool(verdict.errors)
        passes = verdict.effect is RuleEffect.ALLOW
        if passes and happened in OBJECTED and recorded.review and len(objections) < MOST_EXAMPLES:
            objections.append(_objection(recorded, recorded.review, happened, verdict))
    return Backtest(
        policy=judge.policy.name,
        version=judge.policy.version,
        calls=count.total(),
        left_out=left_out,
        failed=failed,
        first_at=first_at,
        last_at=last_at,
        cells=tuple(
            Cell(happened=happened, now=effect, calls=calls)
            for happened in Happened
            for effect in RuleEffect
            if (calls := count[happened, effect])
        ),
        newly_pausing=count[Happened.PASSED, RuleEffect.REVIEW],
        objections=tuple(objections),
        advice=_advice(count, demands),
    )


def _now(judge: Judge, recorded: Recorded) -> Verdict:
    action = recorded.stored.action
    classed = action.model_copy(update={"effect_class": judge.policy.tool(action.tool).effect})
    return judge.judge(classed, recorded.requester).verdict


def _happened(recorded: Recorded) -> Happened:
    verdict, review = recorded.stored.verdict, recorded.review
    if verdict.shadow is not None:
        return Happened.IN_SHADOW
    if verdict.effect is RuleEffect.ALLOW:
        return Happened.PASSED
    if verdict.effect is RuleEffect.DENY:
        return Happened.DENIED
    by_people = review is not None and review.resolution in (Resolution.DECIDED, Resolution.OVERRIDE)
    if review is None or review.outcome is None or not by_people:
        return Happened.UNDECIDED
    return _BY_OUTCOME.get(review.outcome, Happened.UNDECIDED)


def _objection(recorded: Recorded, review: Asked, happened: Happened, verdict: Verdict) -> Objection:
    return Objection(
        action=recorded.stored.id,
        review=review.id,
        tool=recorded.stored.action.tool,
        happened=happened,
        reason=review.reason,
        rule=verdict.rule,
    )


def _advice(count: Counter[tuple[Happened, RuleEffect]], demands: Demands) -> Advice:
    decided = sum(count[happened, RuleEffect.ALLOW] for happened in DECIDED)
    objected = sum(count[happened, RuleEffect.ALLOW] for happened in OBJECTED)
    undecided = count[Happened.UNDECIDED, RuleEffect.ALLOW]
    least = demands.least_decisions
    bound = upper_bound(objected, decided, demands.confidence) if decided else None
    speaks = None if bound is None or decided < least else bound <= demands.tolerance
    return Advice(
        decided=decided, objected=objected, undecided=undecided, least=least, bound=bound,
        speaks_for_it=speaks, text=_advice_text(decided, objected, undecided, least, bound, demands),
    )  # fmt: skip


def _advice_text(
    decided: int, objected: int, undecided: int, least: int, bound: float | None, demands: Demands
) -> str:
    if decided == 0 and undecided == 0:
        return "Nothing that waited would pass now, so there is nothing to advise on."
    seen = f"people decided {decided} of the calls that would newly pass and objected to {objected}"
    if bound is None or decided < least:
        return f"No advice: {seen}; {least} decisions are the least to say anything."
    sure = f"at {demands.confidence:.0%} confidence no more than {bound:.1%} of such calls are objectionable"
    if bound <= demands.tolerance:
        return f"The record speaks for it: {seen}; {sure} ({demands.tolerance:.0%} was allowed)."
    return f"The record does not speak for it: {seen}; {sure}, and {demands.tolerance:.0%} was allowed."
