"""The ledger: every move is one conditional update."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, or_, select, update

from signoff.domain import canonical
from signoff.domain.action import EffectClass
from signoff.domain.effect import MOVES, Effect, EffectState, Settlement
from signoff.domain.ids import ActionId, Digest, EffectId, ReviewId, ThreadId, WorkspaceId
from signoff.store.database import Tx
from signoff.store.prepared import Prepared
from signoff.store.rows import EffectRow, WorkspaceRow
from signoff.store.sql import send_new, table

_effects, _workspaces = table(EffectRow), table(WorkspaceRow)

_by_id = select(_effects).where(
    _effects.c.workspace == bindparam("of"), _effects.c.id == bindparam("with_id")
)
_BY_ID, _BY_ID_LOCKED = Prepared(_by_id), Prepared(_by_id.with_for_update())
_STOPPED = exists().where(_workspaces.c.id == bindparam("of"), _workspaces.c.stopped_at.is_not(None))
_START = Prepared(
    update(_effects)
    .where(
        _effects.c.workspace == bindparam("of"),
        _effects.c.id == bindparam("with_id"),
        _effects.c.state == EffectState.PLANNED,
        _effects.c.valid_until > bindparam("at", type_=_effects.c.valid_until.type),
        ~_STOPPED,
    )
    .values(
        state=EffectState.STARTED,
        attempt=_effects.c.attempt + 1,
        fence=_effects.c.fence + 1,
        started_at=bindparam("at", type_=_effects.c.valid_until.type),
        lease_until=bindparam("lease", type_=_effects.c.valid_until.type),
        awaited=False,
    )
    .returning(_effects.c.fence, _effects.c.attempt)
)
_FINISH = Prepared(
    update(_effects)
    .where(
        _effects.c.workspace == bindparam("of"),
        _effects.c.id == bindparam("with_id"),
        _effects.c.fence == bindparam("with_fence"),
        _effects.c.state == EffectState.STARTED,
    )
    .values(
        state=bindparam("new_state"),
        result=bindparam("new_result"),
        error=bindparam("new_error"),
        finished_at=bindparam("at", type_=_effects.c.valid_until.type),
        lease_until=None,
    )
    .returning(_effects.c.awaited)
)


def add(tx: Tx, effect: Effect, *, retryable: bool) -> None:
    """Put a planned effect into the ledger unless the action has one already."""
    send_new(tx, _effects, _values(tx, effect, retryable))


def get(tx: Tx, effect_id: EffectId, *, lock: bool = False) -> Effect | None:
    query = _BY_ID_LOCKED if lock else _BY_ID
    row = query.run(tx, {"of": tx.workspace, "with_id": effect_id}).one_or_none()
    return None if row is None else effect_of(row)


def of_review(tx: Tx, review_id: ReviewId) -> Effect | None:
    query = select(_effects).where(_effects.c.workspace == tx.workspace, _effects.c.review_id == review_id)
    row = tx.execute(query.order_by(_effects.c.created_at.desc()).limit(1)).one_or_none()
    return None if row is None else effect_of(row)


def of_thread(tx: Tx, thread: ThreadId) -> list[Effect]:
    """Every effect of a thread, oldest first."""
    query = select(_effects).where(_effects.c.workspace == tx.workspace, _effects.c.thread == thread)
    return [effect_of(row) for row in tx.execute(query.order_by(_effects.c.created_at, _effects.c.id))]


def is_retryable(tx: Tx, effect_id: EffectId) -> bool:
    """Whether attempts may repeat under the effect's id."""
    query = select(_effects.c.retryable).where(
        _effects.c.workspace == tx.workspace, _effects.c.id == effect_id
    )
    return bool(tx.execute(query).scalar_one())


def start(tx: Tx, effect_id: EffectId, lease_until: datetime) -> tuple[int, int] | None:
    """Claim the right to run: planned → started, valid and not stopped. Fence and attempt, or None."""
    parameters = {"of": tx.workspace, "with_id": effect_id, "at": tx.now, "lease": lease_until}
    row = _START.run(tx, parameters).one_or_none()
    return None if row is None else (row.fence, row.attempt)


def extend_lease(tx: Tx, effect_id: EffectId, fence: int, lease_until: datetime) -> bool:
    """Heartbeat; False when the claim is lost."""
    statement = (
        update(_effects)
        .where(
            _effects.c.workspace == tx.workspace,
            _effects.c.id == effect_id,
            _effects.c.fence == fence,
            _effects.c.state == EffectState.STARTED,
        )
        .values(lease_until=lease_until)
    )
    return tx.execute(statement).rowcount == 1


def finish(
    tx: Tx, effect_id: EffectId, fence: int, state: EffectState, result: str | None, error: str
) -> bool | None:
    """started → succeeded, failed or unknown by the holder of `fence`.

    Returns whether somebody waits for it; None when the claim was lost meanwhile.
    """
    parameters = {
        "of": tx.workspace,
        "with_id": effect_id,
        "with_fence": fence,
        "new_state": state,
        "new_result": result,
        "new_error": error,
        "at": tx.now,
    }
    awaited: bool | None = _FINISH.run(tx, parameters).scalar()
    return awaited


def move(tx: Tx, effect_id: EffectId, origin: EffectState, target: EffectState, **values: Any) -> bool:
    """A move outside the run itself; whether the effect was still in `origin`.

    Raises:
        ValueError: the ledger knows no such move.
    """
    if target not in MOVES[origin]:
        raise ValueError(f"no move {origin} → {target}")
    statement = (
        update(_effects)
        .where(_effects.c.workspace == tx.workspace, _effects.c.id == effect_id, _effects.c.state == origin)
        .values(state=target, **values)
    )
    return tx.execute(statement).rowcount == 1


def mark_awaited(tx: Tx, effect_id: EffectId) -> None:
    """Somebody met it in progress and wants to be woken when it settles."""
    tx.execute(
        update(_effects)
        .where(_effects.c.workspace == tx.workspace, _effects.c.id == effect_id)
        .values(awaited=True)
    )


def abandon(tx: Tx, effect_id: EffectId, result: str | None) -> bool:
    """Give up on learning what an unknown effect did; it stays unknown."""
    statement = (
        update(_effects)
        .where(
            _effects.c.workspace == tx.workspace,
            _effects.c.id == effect_id,
            _effects.c.state == EffectState.UNKNOWN,
            _effects.c.settlement.is_(None),
        )
        .values(
            settlement=Settlement.ABANDON,
            finished_at=tx.now,
            result=func.coalesce(_effects.c.result, result),
        )
    )
    return tx.execute(statement).rowcount == 1


def planned_under(tx: Tx, thread: ThreadId, key: str, except_digest: Digest | None = None) -> list[EffectId]:
    """Planned effects of a key, those of `except_digest` left out."""
    query = select(_effects.c.id).where(
        _effects.c.workspace == tx.workspace,
        _effects.c.thread == thread,
        _effects.c.key == key,
        _effects.c.state == EffectState.PLANNED,
    )
    if except_digest is not None:
        query = query.where(_effects.c.action_digest != except_digest)
    return [EffectId(id) for id in tx.execute(query).scalars()]


def planned_in(tx: Tx, thread: ThreadId | None = None) -> list[Effect]:
    """Planned effects of a thread, or of the whole workspace."""
    query = select(_effects).where(
        _effects.c.workspace == tx.workspace, _effects.c.state == EffectState.PLANNED
    )
    if thread is not None:
        query = query.where(_effects.c.thread == thread)
    return [effect_of(row) for row in tx.execute(query)]


def abandoned_leases(tx: Tx, limit: int = 100) -> list[tuple[WorkspaceId, EffectId]]:
    """Started effects, of every workspace, whose lease is over."""
    query = (
        select(_effects.c.workspace, _effects.c.id)
        .where(_effects.c.state == EffectState.STARTED, _effects.c.lease_until < tx.now)
        .limit(limit)
    )
    return [(WorkspaceId(row.workspace), EffectId(row.id)) for row in tx.execute(query)]


def page(
    tx: Tx, state: EffectState | None, after: str | None, limit: int, *, unsettled: bool = False
) -> list[Effect]:
    """Newest first, from behind the id `after`."""
    query = select(_effects).where(_effects.c.workspace == tx.workspace)
    if unsettled:
        query = query.where(_effects.c.settlement.is_(None))
    if state is not None:
        query = query.where(_effects.c.state == state)
    if after is not None:
        when, effect_id = after.rsplit("~", 1)
        cursor = datetime.fromisoformat(when)
        query = query.where(
            or_(
                _effects.c.created_at < cursor,
                (_effects.c.created_at == cursor) & (_effects.c.id < effect_id),
            )
        )
    query = query.order_by(_effects.c.created_at.desc(), _effects.c.id.desc()).limit(limit)
    return [effect_of(row) for row in tx.execute(query)]


def count_by_state(tx: Tx) -> dict[EffectState, int]:
    query = (
        select(_effects.c.state, func.count().label("n"))
        .where(_effects.c.workspace == tx.workspace)
        .group_by(_effects.c.state)
    )
    return {EffectState(row.state): row.n for row in tx.execute(query)}


def _values(tx: Tx, effect: Effect, retryable: bool) -> dict[str, Any]:
    return {
        "id": effect.id,
        "workspace": tx.workspace,
        "thread": effect.thread,
        "key": effect.key,
        "action_id": effect.action_id,
        "action_digest": effect.action_digest,
        "digest": effect.digest,
        "review_id": effect.review_id,
        "rule": effect.rule,
        "tool": effect.tool,
        "effect_class": effect.effect_class.value,
        "arguments": canonical.encode(effect.arguments),
        "retryable": retryable,
        "state": effect.state.value,
        "attempt": effect.attempt,
        "fence": effect.fence,
        "awaited": False,
        "valid_until": effect.valid_until,
        "lease_until": effect.lease_until,
        "started_at": effect.started_at,
        "finished_at": effect.finished_at,
        "result": effect.result,
        "error": effect.error,
        "settlement": effect.settlement,
        "created_at": tx.now,
    }


def effect_of(row: Any) -> Effect:
    return Effect(
        id=EffectId(row.id),
        workspace=WorkspaceId(row.workspace),
        thread=ThreadId(row.thread),
        key=row.key,
        action_id=ActionId(row.action_id),
        action_digest=Digest(row.action_digest),
        digest=Digest(row.digest),
        review_id=None if row.review_id is None else ReviewId(row.review_id),
        rule=row.rule,
        tool=row.tool,
        effect_class=EffectClass(row.effect_class),
        arguments=canonical.decode(row.arguments),
        state=EffectState(row.state),
        attempt=row.attempt,
        fence=row.fence,
        valid_until=row.valid_until,
        lease_until=row.lease_until,
        started_at=row.started_at,
        finished_at=row.finished_at,
        created_at=row.created_at,
        result=row.result,
        error=row.error,
        settlement=None if row.settlement is None else Settlement(row.settlement),
    )
