"""Taking a question back, as one whose question it is or who may take any back."""

from __future__ import annotations

from signoff.domain.errors import NotAllowed, NotFound
from signoff.domain.ids import ReviewId
from signoff.domain.permission import Permission
from signoff.domain.person import Person, as_actor
from signoff.domain.review import Review
from signoff.services import decide
from signoff.services.close import already_decided
from signoff.services.core import Core
from signoff.services.eligible import may_withdraw
from signoff.store import reviews
from signoff.store.database import Tx


def withdraw_own(tx: Tx, core: Core, review_id: ReviewId, person: Person, reason: str) -> Review:
    """Like `decide.withdraw`, for somebody who is asked whether they may.

    Raises:
        NotFound, AlreadyDecided, VoteInvalid: as there.
        NotAllowed: the question is not theirs, and they may not take back any.
    """
    review = reviews.get(tx, review_id, lock=True)
    if review is None:
        raise NotFound("review", review_id)
    if not review.is_live:
        raise already_decided(review)
    if not may_withdraw(review, person):
        raise NotAllowed(Permission.WITHDRAW.value)
    return decide.withdraw(tx, core, review_id, as_actor(person), reason)
