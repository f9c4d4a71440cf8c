"""Saying something about a review without deciding it: comments, and asking for it back.

Both stand in the history of the review, where everybody who may read it finds them; neither gives a right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from signoff.domain.audit import AuditEntry
from signoff.domain.errors import NotEligible, NotFound, VoteInvalid
from signoff.domain.ids import ReviewId
from signoff.domain.person import Person, as_actor
from signoff.domain.review import Review, ReviewFile, ReviewState
from signoff.domain.sentence import sentence
from signoff.domain.vote import VoteKind
from signoff.services import entries
from signoff.services.ballots import MAX_REASON
from signoff.services.close import already_decided
from signoff.services.eligible import may_cast
from signoff.services.query import history, review_file
from signoff.services.staffing import MAY_VOTE
from signoff.store import files, reviews
from signoff.store.database import Tx

COMMENTED, ASKED_BACK = "review.commented", "review.asked_back"


def comment(
    tx: Tx, review_id: ReviewId, person: Person, text: str, *, instead_of: VoteKind | None = None
) -> Review:
    """Write a comment, on a decided review too; the same one twice in a row is one.

    Args:
        instead_of: the vote that the text was written for, where it came too late.

    Raises:
        NotFound: no such review.
        VoteInvalid: it is empty or too long.
    """
    if not text.strip():
        raise VoteInvalid("comment", sentence("write something"))
    if len(text) > MAX_REASON:
        raise VoteInvalid("comment", sentence("longer than %(most)s characters", most=f"{MAX_REASON:,}"))
    review = _locked(tx, review_id).review
    said = {"comment": text, "instead_of": instead_of.value if instead_of else None}
    last = history(tx, review_id)[-1:]
    if last and last[0].actor.id == person.id and last[0].content == said:
        return review
    return _said(tx, review, COMMENTED, person, **said)


def ask_back(tx: Tx, review_id: ReviewId, person: Person, text: str = "") -> Review:
    """Ask those who have the review now to leave it to `person`, who took part in it before.

    Raises:
        NotFound: no such review.
        AlreadyDecided: it waits for nobody any more.
        NotEligible: they never had it, or still have it.
        VoteInvalid: the text is too long.
    """
    if len(text) > MAX_REASON:
        raise VoteInvalid("comment", sentence("longer than %(most)s characters", most=f"{MAX_REASON:,}"))
    file = _locked(tx, review_id)
    if file.review.state is not ReviewState.OPEN:
        raise already_decided(file.review)
    if not may_ask_back(file, person):
        raise NotEligible(review_id, person.email, sentence("This review was not taken from you."))
    return _said(tx, file.review, ASKED_BACK, person, comment=text)


def may_ask_back(file: ReviewFile, person: Person) -> bool:
    """Whether the review went on to others after `person` had it."""
    if file.review.state is not ReviewState.OPEN or not (person.active and person.roles & MAY_VOTE):
        return False
    if may_cast(file, person):
        return False
    earlier = file.stages[: file.review.stage - 1]
    was_candidate = any(stage.candidates and person.id in stage.candidates for stage in earlier)
    return was_candidate or any(vote.person == person.id for vote in file.votes)


def asked_back(entries_of_review: Sequence[AuditEntry]) -> AuditEntry | None:
    """The newest wish to have the review back that no vote came after."""
    for entry in reversed(entries_of_review):
        if entry.event == ASKED_BACK:
            return entry
        if entry.event == "vote.cast":
            return None
    return None


def _said(tx: Tx, review: Review, event: str, person: Person, **content: Any) -> Review:
    """Write it into the history; the new version of the review tells open pages."""
    changed = reviews.change(tx, review)
    if changed is None:
        raise already_decided(review_file(tx, review.id).review)
    entries.about_review(tx, event, review, as_actor(person), channel="page", **content)
    return changed


def _locked(tx: Tx, review_id: ReviewId) -> ReviewFile:
    file = files.load(tx, review_id, lock=True)
    if file is None:
        raise NotFound("review", review_id)
    return file
