"""Counts over what was decided: grouped in the database, so that a page may ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, select

from signoff.domain.flag import Severity
from signoff.domain.ids import PersonId
from signoff.domain.policy import RuleEffect
from signoff.domain.review import Outcome, ReviewKind, ReviewState
from signoff.store.database import Tx
from signoff.store.history import Wanted
from signoff.store.portable import json_text, seconds_between, utc_day
from signoff.store.reviews import APPROVING, DECIDED, HASTY
from signoff.store.rows import ActionRow, PolicyRow, ReviewRow, StageRow, VoteRow
from signoff.store.sql import table

_actions, _reviews, _votes = table(ActionRow), table(ReviewRow), table(VoteRow)
_stages, _policies = table(StageRow), table(PolicyRow)


@dataclass(frozen=True)
class Waiting:
    """What is not closed now."""

    live: int
    late: int


@dataclass(frozen=True)
class Ended:
    """How many reviews of a tool were closed on a day with an outcome."""

    day: str
    tool: str
    outcome: Outcome
    count: int


@dataclass(frozen=True)
class Pace:
    """How long people took, in seconds, by nearest rank."""

    tool: str
    stage: str
    count: int
    median: float
    p90: float


@dataclass(frozen=True)
class Held:
    """How many reviews that a rule opened were closed with an outcome."""

    policy: str
    rule: str | None
    outcome: Outcome
    count: int


@dataclass(frozen=True)
class Ruled:
    """How many calls a rule of one version passed, held or denied."""

    policy: str
    policy_hash: str
    rule: str | None
    ruling: RuleEffect
    count: int


@dataclass(frozen=True)
class Load:
    """What one person decided."""

    person: PersonId
    name: str
    reviews: int
    busiest_day: int
    """Reviews voted on within the day with the most of them."""
    high: int
    """Approvals of drafts with a flag of high severity whose time is known."""
    hasty: int
    """Those of them that took less than `HASTY` seconds."""


def waiting(tx: Tx, tool: str | None) -> Waiting:
    of = _reviews.c
    late = and_(of.state == ReviewState.OPEN, of.due_at < tx.now)
    query = select(
        func.count().label("live"), func.coalesce(func.sum(case((late, 1), else_=0)), 0).label("late")
    ).where(of.workspace == tx.workspace, of.state != ReviewState.CLOSED, *_of_tool(of.tool, tool))
    found = tx.execute(query).one()
    return Waiting(live=found.live, late=found.late)


def ended(tx: Tx, wanted: Wanted) -> list[Ended]:
    """Closed reviews by day, tool and outcome."""
    day = utc_day(_reviews.c.closed_at).label("day")
    query = (
        select(day, _reviews.c.tool, _reviews.c.outcome, func.count().label("n"))
        .where(*_closed(tx, wanted))
        .group_by(day, _reviews.c.tool, _reviews.c.outcome)
        .order_by(day)
    )
    return [Ended(row.day, row.tool, Outcome(row.outcome), row.n) for row in tx.execute(query)]


def paces(tx: Tx, wanted: Wanted) -> list[Pace]:
    """Time to decide by tool and step: from the opening, or from the end of the step before."""
    of = _reviews.c
    head = (of.id, of.tool, of.opened_at, of.revision, _votes.c.stage)
    steps = (
        select(
            of.id, of.tool, of.opened_at, of.revision, _votes.c.stage, func.max(_votes.c.cast_at).label("at")
        )
        .join(_votes, _votes.c.review_id == of.id)
        .where(*_closed(tx, wanted), of.outcome.in_(DECIDED), _votes.c.retracted_at.is_(None))
        .group_by(*head)
        .subquery()
    )
    before = func.lag(steps.c.at).over(partition_by=steps.c.id, order_by=steps.c.stage)
    name = json_text(_stages.c.content, "spec", "name")
    taken = (
        select(
            steps.c.tool,
            steps.c.stage.label("number"),
            name.label("stage"),
            seconds_between(func.coalesce(before, steps.c.opened_at), steps.c.at).label("seconds"),
        )
        .join(
            _stages,
            and_(
                _stages.c.review_id == steps.c.id,
                _stages.c.revision == steps.c.revision,
                _stages.c.number == steps.c.stage,
            ),
        )
        .subquery()
    )
    return _paces(tx, taken)


def pace(tx: Tx, wanted: Wanted) -> Pace | None:
    """Time to decide over everything: from the opening to the vote that decided; None without any."""
    of = _reviews.c
    last = (
        select(func.max(_votes.c.cast_at))
        .where(_votes.c.review_id == of.id, _votes.c.retracted_at.is_(None))
        .scalar_subquery()
    )
    ends = (
        select(of.opened_at, last.label("at")).where(*_closed(tx, wanted), of.outcome.in_(DECIDED)).subquery()
    )
    taken = (
        select(
            literal("").label("tool"),
            literal(1).label("number"),
            literal("").label("stage"),
            seconds_between(ends.c.opened_at, ends.c.at).label("seconds"),
        )
        .where(ends.c.at.is_not(None))
        .subquery()
    )
    found = _paces(tx, taken)
    return found[0] if found else None


def _paces(tx: Tx, taken: Any) -> list[Pace]:
    """Median and ninth decile of `seconds` by tool and stage: no aggregate for them is on both databases."""
    of = taken.c
    within = (of.tool, of.number, of.stage)
    ranked = select(
        *within,
        of.seconds,
        func.row_number().over(partition_by=within, order_by=of.seconds).label("rank"),
        func.count().over(partition_by=within).label("n"),
    ).subquery()
    at = ranked.c
    query = (
        select(
            at.tool,
            at.stage,
            func.max(at.n).label("n"),
            func.max(case((at.rank * 2 <= at.n + 1, at.seconds))).label("median"),
            func.max(case((at.rank * 10 <= at.n * 9 + 9, at.seconds))).label("p90"),
        )
        .group_by(at.tool, at.number, at.stage)
        .order_by(at.tool, at.number, at.stage)
    )
    return [Pace(row.tool, row.stage, row.n, row.median, row.p90) for row in tx.execute(query)]


def held(tx: Tx, wanted: Wanted) -> list[Held]:
    """Closed reviews of tool calls by the rule that opened them and their outcome."""
    of = _reviews.c
    query = (
        select(of.policy, of.rule, of.outcome, func.count().label("n"))
        .where(*_closed(tx, wanted), of.kind == ReviewKind.TOOL_CALL)
        .group_by(of.policy, of.rule, of.outcome)
        .order_by(of.policy, of.rule, of.outcome)
    )
    return [Held(row.policy, row.rule, Outcome(row.outcome), row.n) for row in tx.execute(query)]


def ruled(tx: Tx, wanted: Wanted) -> list[Ruled]:
    """Calls by the rule that spoke and what it said."""
    of = _actions.c
    narrowed = [*_of_tool(of.tool, wanted.tool), *_between(wanted, of.created_at)]
    said = (
        select(of.policy_hash, of.rule, of.ruling, func.count().label("n"))
        .where(of.workspace == tx.workspace, *narrowed)
        .group_by(of.policy_hash, of.rule, of.ruling)
        .subquery()
    )
    query = (
        select(_policies.c.name, said.c.policy_hash, said.c.rule, said.c.ruling, said.c.n)
        .join(_policies, _policies.c.hash == said.c.policy_hash)
        .order_by(_policies.c.name, said.c.rule, said.c.ruling)
    )
    return [
        Ruled(row.name, row.policy_hash, row.rule, RuleEffect(row.ruling), row.n) for row in tx.execute(query)
    ]


def loads(tx: Tx, wanted: Wanted) -> list[Load]:
    """What each person decided, the most first."""
    day = utc_day(_votes.c.cast_at)
    cast = (*_closed(tx, wanted), _votes.c.retracted_at.is_(None))
    is_timed = and_(
        _reviews.c.severity == Severity.HIGH, _votes.c.kind.in_(APPROVING), _votes.c.seconds.is_not(None)
    )
    high = case((is_timed, _reviews.c.id))
    hasty = case((and_(is_timed, _votes.c.seconds < HASTY), _reviews.c.id))
    of_person = (
        select(
            _votes.c.person,
            func.max(_votes.c.person_name).label("name"),
            func.count(_reviews.c.id.distinct()).label("n"),
            func.count(high.distinct()).label("high"),
            func.count(hasty.distinct()).label("hasty"),
        )
        .join(_reviews, _reviews.c.id == _votes.c.review_id)
        .where(*cast)
        .group_by(_votes.c.person)
    )
    daily = (
        select(_votes.c.person, func.count(_reviews.c.id.distinct()).label("n"))
        .join(_reviews, _reviews.c.id == _votes.c.review_id)
        .where(*cast)
        .group_by(_votes.c.person, day)
        .subquery()
    )
    most = select(daily.c.person, func.max(daily.c.n).label("n")).group_by(daily.c.person)
    busiest = {row.person: row.n for row in tx.execute(most)}
    return sorted(
        (
            Load(PersonId(row.person), row.name, row.n, busiest[row.person], row.high, row.hasty)
            for row in tx.execute(of_person)
        ),
        key=lambda load: (-load.reviews, load.name),
    )


def tools(tx: Tx) -> list[str]:
    """Tools that a review was ever opened for, by name."""
    query = (
        select(_reviews.c.tool)
        .where(_reviews.c.workspace == tx.workspace)
        .distinct()
        .order_by(_reviews.c.tool)
    )
    return [row.tool for row in tx.execute(query)]


def _closed(tx: Tx, wanted: Wanted) -> list[ColumnElement[bool]]:
    of = _reviews.c
    return [
        of.workspace == tx.workspace,
        of.state == ReviewState.CLOSED,
        *_of_tool(of.tool, wanted.tool),
        *_between(wanted, of.closed_at),
    ]


def _of_tool(column: ColumnElement[str], tool: str | None) -> list[ColumnElement[bool]]:
    return [] if tool is None else [column == tool]


def _between(wanted: Wanted, at: ColumnElement[datetime]) -> list[ColumnElement[bool]]:
    since = [] if wanted.since is None else [at >= wanted.since]
    return since if wanted.until is None else [*since, at < wanted.until]
