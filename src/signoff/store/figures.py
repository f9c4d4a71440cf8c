"""Counts over what was decided: grouped in the database, so that a page may ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, select

from signoff.domain.flag import Severity
from signoff.domain.ids import PersonId
from signoff.domain.policy import RuleEffect
from signoff.domain.review import Outcome, ReviewKind, ReviewState
from signoff.store.database import Tx
from signoff.store.history import Wanted
from signoff.store.portable import utc_day
from signoff.store.reviews import APPROVING, DECIDED, HASTY
from signoff.store.rows import LIVE, ActionRow, PolicyRow, ReviewRow, VoteRow
from signoff.store.sql import table

_actions, _reviews, _votes = table(ActionRow), table(ReviewRow), table(VoteRow)
_policies = table(PolicyRow)


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
class Took:
    """How many votes at one step of a tool's reviews came after so many whole seconds."""

    tool: str
    stage: int
    step: str
    seconds: int
    count: int


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
    """What one person decided on one day."""

    person: PersonId
    name: str
    day: str
    reviews: int
    high: int
    """Approvals of drafts with a flag of high severity whose time is known."""
    hasty: int
    """Those of them that took less than `HASTY` seconds."""


def waiting(tx: Tx, tool: str | None) -> Waiting:
    of = _reviews.c
    late = and_(of.state == ReviewState.OPEN, of.due_at < tx.now)
    query = select(
        func.count().label("live"), func.coalesce(func.sum(case((late, 1), else_=0)), 0).label("late")
    ).where(of.workspace == tx.workspace, LIVE, *_of_tool(of.tool, tool))
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


def took(tx: Tx, wanted: Wanted) -> list[Took]:
    """How long votes on what people decided took, from the opening or the end of the step before."""
    seconds = cast(func.floor(_votes.c.waited), Integer).label("seconds")
    grouped = (_reviews.c.tool, _votes.c.stage, _votes.c.step, seconds)
    query = (
        select(*grouped, func.count().label("n"))
        .join(_votes, _votes.c.review_id == _reviews.c.id)
        .where(*_closed(tx, wanted), _reviews.c.outcome.in_(DECIDED), _votes.c.retracted_at.is_(None))
        .group_by(*grouped)
        .order_by(*grouped)
    )
    return [Took(row.tool, row.stage, row.step, row.seconds, row.n) for row in tx.execute(query)]


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
    """What each person decided, by the day of their last vote on it."""
    is_timed = and_(
        _reviews.c.severity == Severity.HIGH, _votes.c.kind.in_(APPROVING), _votes.c.seconds.is_not(None)
    )
    is_hasty = and_(is_timed, _votes.c.seconds < HASTY)
    decided = (
        select(
            _votes.c.person,
            func.max(_votes.c.person_name).label("name"),
            func.max(_votes.c.cast_at).label("at"),
            func.max(case((is_timed, 1), else_=0)).label("high"),
            func.max(case((is_hasty, 1), else_=0)).label("hasty"),
        )
        .join(_reviews, _reviews.c.id == _votes.c.review_id)
        .where(*_closed(tx, wanted), _votes.c.retracted_at.is_(None))
        .group_by(_votes.c.person, _votes.c.review_id)
        .subquery()
    )
    of = decided.c
    day = utc_day(of.at).label("day")
    query = select(
        of.person,
        day,
        func.max(of.name).label("name"),
        func.count().label("n"),
        func.sum(of.high).label("high"),
        func.sum(of.hasty).label("hasty"),
    ).group_by(of.person, day)
    return [
        Load(PersonId(row.person), row.name, row.day, row.n, row.high, row.hasty) for row in tx.execute(query)
    ]


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
        of.closed_at.is_not(None),
        *_of_tool(of.tool, wanted.tool),
        *_between(wanted, of.closed_at),
    ]


def _of_tool(column: ColumnElement[str], tool: str | None) -> list[ColumnElement[bool]]:
    return [] if tool is None else [column == tool]


def _between(wanted: Wanted, at: ColumnElement[datetime]) -> list[ColumnElement[bool]]:
    since = [] if wanted.since is None else [at >= wanted.since]
    return since if wanted.until is None else [*since, at < wanted.until]
