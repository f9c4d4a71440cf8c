"""What stands before and after a review in the list of open ones."""

from __future__ import annotations

from sqlalchemy import bindparam, select, tuple_

from signoff.domain.ids import ReviewId
from signoff.domain.review import Review, ReviewState
from signoff.store.database import Tx
from signoff.store.prepared import Prepared
from signoff.store.rows import ReviewRow
from signoff.store.sql import table

_reviews = table(ReviewRow)
_place = tuple_(_reviews.c.due_at, _reviews.c.id)
_here = tuple_(bindparam("at", type_=_reviews.c.due_at.type), bindparam("beside"))
_open = select(_reviews.c.id).where(
    _reviews.c.workspace == bindparam("of"),
    _reviews.c.state != ReviewState.CLOSED,  # as the index has it
    _reviews.c.state == ReviewState.OPEN,
)
_AFTER = Prepared(_open.where(_place > _here).order_by(_reviews.c.due_at, _reviews.c.id).limit(1))
_BEFORE = Prepared(
    _open.where(_place < _here).order_by(_reviews.c.due_at.desc(), _reviews.c.id.desc()).limit(1)
)
_FIRST = Prepared(_open.order_by(_reviews.c.due_at, _reviews.c.id).limit(2))


def neighbours(tx: Tx, review: Review) -> tuple[ReviewId | None, ReviewId | None]:
    """The open reviews before and after this one, by deadline."""
    if review.due_at is None:
        return None, first_beside(tx, review)
    here = {"of": tx.workspace, "at": review.due_at, "beside": review.id}
    before, after = (query.run(tx, here).one_or_none() for query in (_BEFORE, _AFTER))
    return before and ReviewId(before.id), after and ReviewId(after.id)


def first_beside(tx: Tx, review: Review) -> ReviewId | None:
    """The most urgent open review that is not this one."""
    rows = _FIRST.run(tx, {"of": tx.workspace})
    return next((ReviewId(row.id) for row in rows if row.id != review.id), None)
