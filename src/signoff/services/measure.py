"""How deciding goes: what waits, how long it takes, what rules cost and catch, and who carries it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from signoff.domain.ids import PersonId
from signoff.domain.policy import RuleEffect
from signoff.domain.review import Outcome
from signoff.domain.tuning import Hint, RuleRecord, hints
from signoff.domain.value import Value
from signoff.store import figures
from signoff.store.database import Tx
from signoff.store.figures import Ended, Held, Ruled, Took, Waiting
from signoff.store.history import Wanted

PERIODS = (7, 30, 90)
"""Days that figures may look back."""


class Pace(Value):
    """How long people took at one step of a tool's reviews, in whole seconds."""

    tool: str
    step: str
    count: int
    median: int
    p90: int
    """Nine in ten took no longer."""


class Load(Value):
    """What one person decided in the period."""

    person: PersonId
    name: str
    reviews: int
    busiest_day: int
    """Reviews decided within the day with the most of them."""
    high: int
    """Approvals of drafts with a flag of high severity whose time is known."""
    hasty: int
    """Those of them that took less time than anybody needs to read."""


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
    took = figures.took(tx, wanted)
    rules = rule_records(figures.held(tx, wanted), figures.ruled(tx, wanted))
    return Figures(
        since=since,
        days=days,
        waiting=figures.waiting(tx, tool),
        closed_by_day=_by_day(ended, since, days),
        outcomes=_outcomes(ended),
        tools=_by_tool(ended),
        pace=_pace("", "", took) if took else None,
        paces=_paces(took),
        rules=rules,
        hints=hints(rules),
        loads=_loads(figures.loads(tx, wanted)),
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


def _paces(took: list[Took]) -> tuple[Pace, ...]:
    steps: dict[tuple[str, int, str], list[Took]] = defaultdict(list)
    for one in took:
        steps[one.tool, one.stage, one.step].append(one)
    return tuple(_pace(tool, step, ones) for (tool, _, step), ones in sorted(steps.items()))


def _pace(tool: str, step: str, took: list[Took]) -> Pace:
    count = sum(one.count for one in took)
    median, p90 = (_nearest_rank(took, math.ceil(count * tenths / 10)) for tenths in (5, 9))
    return Pace(tool=tool, step=step, count=count, median=median, p90=p90)


def _nearest_rank(took: list[Took], rank: int) -> int:
    """The seconds of the vote that comes as number `rank` when the quickest comes first."""
    for one in sorted(took, key=lambda one: one.seconds):
        rank -= one.count
        if rank <= 0:
            return one.seconds
    raise ValueError(f"there are not so many: {rank} too few")


def _loads(daily: list[figures.Load]) -> tuple[Load, ...]:
    of_person: dict[PersonId, list[figures.Load]] = defaultdict(list)
    for one in daily:
        of_person[one.person].append(one)
    found = (
        Load(
            person=person,
            name=max(days, key=lambda day: day.day).name,
            reviews=sum(day.reviews for day in days),
            busiest_day=max(day.reviews for day in days),
            high=sum(day.high for day in days),
            hasty=sum(day.hasty for day in days),
        )
        for person, days in of_person.items()
    )
    return tuple(sorted(found, key=lambda load: (-load.reviews, load.name)))


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
