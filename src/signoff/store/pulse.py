"""How far many reviews have come, in one small question."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, or_, select

from signoff.domain.effect import EffectState
from signoff.store.database import Tx
from signoff.store.rows import EffectRow, ReviewRow
from signoff.store.sql import table

_reviews, _effects = table(ReviewRow), table(EffectRow)
_PULSE = (
    select(_reviews.c.id, _reviews.c.version, _effects.c.state)
    .outerjoin(
        _effects,
        and_(
            _effects.c.workspace == _reviews.c.workspace,
            _effects.c.thread == _reviews.c.thread,  # by this there is an index
            or_(_effects.c.review_id == _reviews.c.id, _effects.c.id == _reviews.c.effect_id),
        ),
    )
    .order_by(_effects.c.created_at)
)


def pulse(tx: Tx, ids: Collection[str]) -> dict[str, tuple[int, EffectState | None]]:
    """For each review of this workspace: its version, and the state of the effect that belongs to it."""
    query = _PULSE.where(_reviews.c.workspace == tx.workspace, _reviews.c.id.in_(ids))
    return {
        row.id: (row.version, None if row.state is None else EffectState(row.state))
        for row in tx.execute(query)
    }
