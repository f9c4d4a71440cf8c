"""How deciding goes: what waits, how long it takes, what rules cost and catch, and who carries it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from signoff.domain.policy import RuleEffect
from signoff.domain.review import Outcome
from signoff.domain.tuning import Hint, RuleRecord, hints
from signoff.domain.value import Value
from signoff.store import figures
from signoff.store.database import Tx
from signoff.store.figures import Ended, Held, Load, Pace, Ruled, Waiting
from signoff.store.history import Wanted

PERIODS = (7, 30, 90)
"""Days that figures may look back."""


class ToolFigures(Value):
    """How the reviews of one tool ended."""

    tool: str
    outcomes: dict[Outcome, int]

    @property
    def closed(self) -> int:
        return sum(self.outcomes.values())

    @property
    def revised_share(self) -> float | None:
        """Approved with edits, of all that was approved; None where nothing was."""
        revised = self.outcomes.get(Outcome.REVISED, 0)
        approved = revised + self.outcomes.get(Outcome.APPROVED, 0)
        return revised / approved if approved else None


class Figures(Value):
    """The figures of one period."""

    since: datetime
    days: int
    waiting: Waiting
    closed_by_day: tuple[tuple[str, int], ...]
    """Every day of the period, the empty ones too."""
    outcomes: dict[Outcome, int]
    tools: tuple[ToolFigures, ...]
    pace: Pace | None
    paces: tuple[Pace, ...]
    rules: tuple[RuleRecord, ...]
    hints: tuple[Hint, ...]
    loads: tuple[Load, ...]

    @property
    def closed(self) -> int:
        return sum(self.outcomes.values())


def period(now: datetime, days: int) -> datetime:
    """The midnight (UTC) with which the last `days` days begin, today among them."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)


def measure(tx: Tx, days: int, tool: str | None = None) -> Figures:
    """The figures of the last `days` days, of one tool or of all."""
    since = period(tx.now, days)
    wanted = Wanted(since=since, tool=tool)
    ended = figures.ended(tx, wanted)
    rules = rule_records(figures.held(tx, wanted), figures.ruled(tx, wanted))
    return Figures(
        since=since,
        days=days,
        waiting=figures.waiting(tx, tool),
        closed_by_day=_by_day(ended, since, days),
        outcomes=_outcomes(ended),
        tools=_by_tool(ended),
        pace=figures.pace(tx, wanted),
        paces=tuple(figures.paces(tx, wanted)),
        rules=rules,
        hints=hints(rules),
        loads=tuple(figures.loads(tx, wanted)),
    )


def tools(tx: Tx) -> list[str]:
    """Tools that figures can be narrowed to."""
    return figures.tools(tx)


def rule_records(held: Iterable[Held], ruled: Iterable[Ruled]) -> tuple[RuleRecord, ...]:
    """What each rule passed, held and denied, and what people made of what it held."""
    counts: dict[tuple[str, str | None], Counter[str]] = defaultdict(Counter)
    for one in held:
        counts[one.policy, one.rule][_PARTS.get(one.outcome, "undecided")] += one.count
    for said in ruled:
        counts[said.policy, said.rule][_RULINGS[said.ruling]] += said.count
    records = (RuleRecord(policy=policy, rule=rule, **count) for (policy, rule), count in counts.items())
    return tuple(sorted(records, key=lambda r: (r.policy, -r.held, -r.decided, -r.passed, r.rule or "")))


_RULINGS = {RuleEffect.ALLOW: "passed", RuleEffect.REVIEW: "held", RuleEffect.DENY: "denied"}
_PARTS = {
    Outcome.APPROVED: "approved",
    Outcome.REVISED: "revised",
    Outcome.CHANGES_REQUESTED: "changes_requested",
    Outcome.REJECTED: "rejected",
}


def _by_day(ended: list[Ended], since: datetime, days: int) -> tuple[tuple[str, int], ...]:
    count: Counter[str] = Counter()
    for one in ended:
        count[one.day] += one.count
    every = (f"{since + timedelta(days=n):%Y-%m-%d}" for n in range(days))
    return tuple((day, count[day]) for day in every)


def _outcomes(ended: Iterable[Ended]) -> dict[Outcome, int]:
    count: Counter[Outcome] = Counter()
    for one in ended:
        count[one.outcome] += one.count
    return {outcome: count[outcome] for outcome in Outcome if count[outcome]}


def _by_tool(ended: list[Ended]) -> tuple[ToolFigures, ...]:
    of_tool: dict[str, list[Ended]] = defaultdict(list)
    for one in ended:
        of_tool[one.tool].append(one)
    found = (ToolFigures(tool=tool, outcomes=_outcomes(ones)) for tool, ones in of_tool.items())
    return tuple(sorted(found, key=lambda one: (-one.closed, one.tool)))
