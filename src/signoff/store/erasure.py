"""Taking out what threads said, while that it happened stays: values, texts and contents, never rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, exists, or_, select, update

from signoff.domain.effect import EffectState
from signoff.domain.ids import ReviewId, ThreadId, WorkspaceId
from signoff.domain.review import ReviewState
from signoff.domain.run import RunStatus
from signoff.store.database import Tx
from signoff.store.rows import (
    ActionRow,
    AuditContentRow,
    AuditRow,
    EffectRow,
    ReviewRow,
    RevisionRow,
    RunRow,
    RunSnapshotRow,
    VoteRow,
)
from signoff.store.sql import table

_actions, _reviews, _revisions, _votes = (table(row) for row in (ActionRow, ReviewRow, RevisionRow, VoteRow))
_runs, _snapshots, _effects = table(RunRow), table(RunSnapshotRow), table(EffectRow)
_entries, _contents = table(AuditRow), table(AuditContentRow)

ERASED = "(erased)"
"""Stands in the place of a title."""
_NO_OBJECT, _NO_LIST, _NOTHING = "{}", "[]", "null"
_GONE: Mapping[Table, Mapping[str, Any]] = {
    _runs: {"input": None, "config": _NO_OBJECT, "requester": None, "error": ""},
    _actions: {"arguments": _NO_OBJECT, "bound": _NO_OBJECT, "context": _NO_OBJECT, "flags": _NO_LIST},
    _effects: {"arguments": _NO_OBJECT, "result": None, "error": ""},
    _reviews: {"title": ERASED, "reason": "", "requester": None, "not_for": None},
}
"""What the rows of a thread hold afterwards."""
_GONE_OF_REVIEWS: Mapping[Table, Mapping[str, Any]] = {
    _revisions: {"arguments": _NO_OBJECT, "flags": _NO_LIST},
    _votes: {"reason": "", "answer": _NOTHING, "acknowledged": _NO_LIST},
}
_ENDED = (RunStatus.FINISHED, RunStatus.FAILED, RunStatus.CANCELLED)
_IS_LIVE = _reviews.c.state != ReviewState.CLOSED
_IS_OPEN_ENDED = or_(
    _effects.c.state.in_((EffectState.PLANNED, EffectState.STARTED)),
    (_effects.c.state == EffectState.UNKNOWN) & _effects.c.settlement.is_(None),
)

_GOING_ON = ((_reviews, _IS_LIVE), (_effects, _IS_OPEN_ENDED))


def still_live(tx: Tx, thread: ThreadId) -> str | None:
    """What of a thread is still going on, in words; None where nothing is."""
    if _any(tx, _reviews, thread, _IS_LIVE):
        return "a review of it is not closed"
    if _any(tx, _effects, thread, _IS_OPEN_ENDED):
        return "an effect of it is not settled"
    return None


def reviews_of(tx: Tx, thread: ThreadId) -> list[ReviewId]:
    """Every review of a thread, in the order in which they were opened."""
    query = select(_reviews.c.id).where(*_of(tx, _reviews, thread)).order_by(_reviews.c.opened_at)
    return [ReviewId(row.id) for row in tx.execute(query)]


def erase(tx: Tx, thread: ThreadId) -> None:
    """Take out everything that the thread said."""
    for of, values in _GONE.items():
        tx.execute(update(of).where(*_of(tx, of, thread)).values(**values))
    ids = select(_reviews.c.id).where(*_of(tx, _reviews, thread))
    for of, values in _GONE_OF_REVIEWS.items():
        tx.execute(update(of).where(of.c.review_id.in_(ids)).values(**values))
    tx.execute(update(_actions).where(*_of(tx, _actions, thread)).values(erased_at=tx.now))
    drop_snapshot(tx, thread)
    told = select(_entries.c.seq).where(*_of(tx, _entries, thread))
    tx.execute(delete(_contents).where(_contents.c.workspace == tx.workspace, _contents.c.seq.in_(told)))


def mark_erased(tx: Tx, thread: ThreadId) -> None:
    """Note that nothing of what the thread said is left, in this database and in its saver."""
    tx.execute(update(_runs).where(*_of(tx, _runs, thread)).values(erased_at=tx.now))


def drop_snapshot(tx: Tx, thread: ThreadId) -> None:
    tx.execute(delete(_snapshots).where(*_of(tx, _snapshots, thread)))


def ended_before(tx: Tx, moment: datetime, limit: int) -> list[tuple[WorkspaceId, ThreadId]]:
    """Threads of every workspace that ended before `moment` and are not erased, the oldest first."""
    return _ended(tx, _runs.c.updated_at, moment, limit, _runs.c.erased_at.is_(None))


def snapshots_before(tx: Tx, moment: datetime, limit: int) -> list[tuple[WorkspaceId, ThreadId]]:
    """Threads of every workspace that ended, with a snapshot from before `moment`, the oldest first."""
    return _ended(tx, _snapshots.c.taken_at, moment, limit, _of_run(_snapshots))


def _ended(
    tx: Tx, at: ColumnElement[datetime], moment: datetime, limit: int, condition: ColumnElement[bool]
) -> list[tuple[WorkspaceId, ThreadId]]:
    is_callers = (_runs.c.status == RunStatus.RUNNING) & _runs.c.lease_until.is_(None)
    query = select(_runs.c.workspace, _runs.c.thread).where(
        at < moment,
        condition,
        or_(_runs.c.status.in_(_ENDED), is_callers),
        *(~exists().where(_of_run(of), goes_on) for of, goes_on in _GOING_ON),
    )
    found = tx.execute(query.order_by(at).limit(limit))
    return [(WorkspaceId(row.workspace), ThreadId(row.thread)) for row in found]


def _any(tx: Tx, of: Table, thread: ThreadId, condition: ColumnElement[bool]) -> bool:
    query = select(of.c.id).where(*_of(tx, of, thread), condition).limit(1)
    return tx.execute(query).one_or_none() is not None


def _of_run(of: Table) -> ColumnElement[bool]:
    return and_(of.c.workspace == _runs.c.workspace, of.c.thread == _runs.c.thread)


def _of(tx: Tx, of: Table, thread: ThreadId) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return of.c.workspace == tx.workspace, of.c.thread == thread
