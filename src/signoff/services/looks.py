"""Telling others that one has a review open. It never keeps anybody from deciding."""

from __future__ import annotations

from collections.abc import Sequence

from signoff.domain.ids import ReviewId
from signoff.domain.look import Look
from signoff.domain.person import Person
from signoff.domain.review import ReviewState
from signoff.services.eligible import may_cast
from signoff.services.query import review_file
from signoff.store import looks
from signoff.store.database import Tx


def look(tx: Tx, review_id: ReviewId, person: Person) -> tuple[Look, ...]:
    """Note that `person` has the review open, if it waits for them; the others who have it open.

    Raises:
        NotFound: no such review.
    """
    file = review_file(tx, review_id)
    if file.review.state is not ReviewState.OPEN:
        return ()
    if may_cast(file, person):
        looks.renew(tx, review_id, person.id)
    return others_at(tx, [review_id], person).get(review_id, ())


def others_at(tx: Tx, review_ids: Sequence[ReviewId], person: Person) -> dict[ReviewId, tuple[Look, ...]]:
    """Who else than `person` has each of these reviews open; those that nobody has are left out."""
    others = {
        review_id: tuple(look for look in found if look.person != person.id)
        for review_id, found in looks.at(tx, review_ids).items()
    }
    return {review_id: found for review_id, found in others.items() if found}
