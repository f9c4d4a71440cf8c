"""What was recorded, in the order of time: actions with what became of them, read page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, select

from signoff.domain.ids import ReviewId, question_key
from signoff.domain.review import Outcome, Resolution, ReviewKind, ReviewState
from signoff.store.actions import StoredAction, stored_action
from signoff.store.database import Tx
from signoff.store.portable import json_text
from signoff.store.rows import ActionRow, PolicyRow, ReviewRow, RunRow
from signoff.store.sql import table

_actions, _reviews, _runs, _policies = table(ActionRow), table(ReviewRow), table(RunRow), table(PolicyRow)
_PAGE = 500
_IN_SHADOW = '%"shadow":{%'
"""How a verdict says so: quotes inside its texts are escaped, so no text can."""


@dataclass(frozen=True)
class Wanted:
    """Which records are read; every field that is None does not narrow it."""

    since: datetime | None = None
    until: datetime | None = None
    """The first instant that is left out."""
    tool: str | None = None
    outcome: Outcome | None = None
    in_shadow: bool = False
    """Only actions that passed because their tool was in shadow mode."""
    last_decided: int | None = None
    """Only actions of so many reviews that people decided, the newest ones."""

    def in_shadow_only(self) -> Wanted:
        return replace(self, in_shadow=True)


@dataclass(frozen=True)
class Asked:
    """The newest review of an action: whether and how it ended."""

    id: ReviewId
    outcome: Outcome | None
    resolution: Resolution | None
    reason: str


@dataclass(frozen=True)
class Recorded:
    """An action, when it was proposed, for whom, and the review of it if there was one."""

    stored: StoredAction
    at: datetime
    requester: str | None
    review: Asked | None


def count_in_shadow(tx: Tx, since: datetime, cap: int) -> int:
    """How many calls passed in shadow mode, counted no further than `cap`.

    Cheap where no policy ever had a shadow mode, so that every page may ask.
    """
    had_any = select(_policies.c.hash).where(_policies.c.source.like("%shadow%")).limit(1)
    if tx.execute(had_any).one_or_none() is None:
        return 0
    some = select(_actions.c.id).where(*_about_actions(tx, Wanted(since=since, in_shadow=True))).limit(cap)
    return int(tx.execute(select(func.count()).select_from(some.subquery())).scalar_one())


@dataclass(frozen=True)
class InShadow:
    """Calls of a tool that passed in shadow mode and that one rule would have held."""

    tool: str
    rule: str | None
    calls: int
    failed: int
    first_at: datetime
    last_at: datetime


def in_shadow(tx: Tx, wanted: Wanted) -> list[InShadow]:
    """What passed in shadow mode, by tool and by the rule that would have held it, the most first."""
    of = _actions.c
    rule = json_text(of.verdict, "shadow", "rule").label("would")
    failed = case((json_text(of.verdict, "shadow", "errors") == "[]", 0), else_=1)
    query = (
        select(
            of.tool,
            rule,
            func.count().label("calls"),
            func.sum(failed).label("failed"),
            func.min(of.created_at).label("first_at"),
            func.max(of.created_at).label("last_at"),
        )
        .where(*_about_actions(tx, wanted.in_shadow_only()))
        .group_by(of.tool, rule)
        .order_by(func.count().desc(), of.tool, rule)
    )
    return [
        InShadow(row.tool, row.would, row.calls, row.failed, row.first_at, row.last_at)
        for row in tx.execute(query)
    ]


def count_actions(tx: Tx, wanted: Wanted) -> int:
    query = select(func.count()).select_from(_actions).where(*_about_actions(tx, wanted))
    return int(tx.execute(query).scalar_one())


def actions(tx: Tx, wanted: Wanted) -> Iterator[Recorded]:
    """Tool calls, oldest first; questions are none."""
    query = (
        select(_actions, _runs.c.requester)
        .join(
            _runs,
            and_(_runs.c.workspace == _actions.c.workspace, _runs.c.thread == _actions.c.thread),
            isouter=True,
        )
        .where(*_about_actions(tx, wanted))
    )
    for rows in _pages(tx, query, _actions.c.id):
        asked = _reviews_of(tx, {row.thread for row in rows})
        for row in rows:
            yield Recorded(stored_action(row), row.created_at, row.requester, asked.get(row.id))


def _reviews_of(tx: Tx, threads: set[str]) -> dict[str, Asked]:
    of = _reviews.c
    query = (
        select(of.action_id, of.id, of.outcome, of.resolution, of.reason)
        .where(of.workspace == tx.workspace, of.thread.in_(sorted(threads)), of.kind != ReviewKind.SETTLEMENT)
        .order_by(of.id)
    )
    return {
        row.action_id: Asked(
            ReviewId(row.id),
            Outcome(row.outcome) if row.outcome else None,
            Resolution(row.resolution) if row.resolution else None,
            row.reason,
        )
        for row in tx.execute(query)
    }


def count_decided(tx: Tx, wanted: Wanted) -> int:
    query = select(func.count()).select_from(_reviews).where(*_about_reviews(tx, wanted))
    return int(tx.execute(query).scalar_one())


def decided(tx: Tx, wanted: Wanted) -> Iterator[ReviewId]:
    """Closed reviews of tool calls and questions, in the order in which they were opened."""
    query = select(_reviews.c.id).where(*_about_reviews(tx, wanted))
    return (ReviewId(row.id) for rows in _pages(tx, query, _reviews.c.id) for row in rows)


def _pages(tx: Tx, query: Select[Any], key: ColumnElement[str]) -> Iterator[Sequence[Any]]:
    after = ""
    while True:
        rows = tx.execute(query.where(key > after).order_by(key).limit(_PAGE)).all()
        yield rows
        if len(rows) < _PAGE:
            return
        after = rows[-1].id


def _about_actions(tx: Tx, wanted: Wanted) -> list[ColumnElement[bool]]:
    of = _actions.c
    conditions = [
        of.workspace == tx.workspace,
        of.key.not_like(f"{question_key('')}%"),
        of.erased_at.is_(None),  # a rule would judge what is no longer there
    ]
    if wanted.in_shadow:
        conditions.append(of.verdict.like(_IN_SHADOW))
    if wanted.last_decided is not None:
        conditions.append(of.id.in_(select(_newest_decided(tx, wanted).c.action_id)))
    return conditions + _narrowed(wanted, of.created_at, of.tool)


def _newest_decided(tx: Tx, wanted: Wanted) -> Subquery:
    of = _reviews.c
    query = select(of.action_id).where(
        of.workspace == tx.workspace,
        of.kind == ReviewKind.TOOL_CALL,
        of.state == ReviewState.CLOSED,
        of.resolution.in_((Resolution.DECIDED, Resolution.OVERRIDE)),
        *_narrowed(wanted, of.opened_at, of.tool),
    )
    return query.order_by(of.opened_at.desc(), of.id.desc()).limit(wanted.last_decided).subquery()


def _about_reviews(tx: Tx, wanted: Wanted) -> list[ColumnElement[bool]]:
    of = _reviews.c
    conditions = [
        of.workspace == tx.workspace,
        of.state == ReviewState.CLOSED,
        of.kind != ReviewKind.SETTLEMENT,
    ]
    if wanted.outcome is not None:
        conditions.append(of.outcome == wanted.outcome)
    return conditions + _narrowed(wanted, of.closed_at, of.tool)


def _narrowed(
    wanted: Wanted, at: ColumnElement[datetime], tool: ColumnElement[str]
) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.since is not None:
        conditions.append(at >= wanted.since)
    if wanted.until is not None:
        conditions.append(at < wanted.until)
    if wanted.tool is not None:
        conditions.append(tool == wanted.tool)
    return conditions
