"""What pages, API and CLI read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from signoff.domain.audit import AuditEntry
from signoff.domain.effect import Effect, EffectState
from signoff.domain.errors import NotFound, VoteInvalid
from signoff.domain.ids import EffectId, ReviewId, ThreadId
from signoff.domain.person import Person
from signoff.domain.review import Review, ReviewFile
from signoff.domain.tally import Standing, standing
from signoff.services.eligible import why_not
from signoff.store import audit, catalog, effects, files, neighbours, pulse, reviews
from signoff.store.database import Tx
from signoff.store.reviews import ReviewFilter

T = TypeVar("T")
MAX_PAGE = 200


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items, and the cursor of the page after them; None at the end."""

    items: list[T]
    next: str | None


def list_reviews(tx: Tx, wanted: ReviewFilter, *, after: str | None = None, limit: int = 25) -> Page[Review]:
    """Live reviews by deadline, others newest first.

    Raises:
        VoteInvalid: the cursor or the limit is not one of ours.
    """
    size = _size(limit)
    try:
        found = reviews.page(tx, wanted, after, size + 1)
    except ValueError as error:
        raise VoteInvalid("after", "not a cursor of this list") from error
    more = len(found) > size
    items = found[:size]
    return Page(items, reviews.cursor_of(items[-1], wanted) if more else None)


def count_reviews(tx: Tx, wanted: ReviewFilter, cap: int = 1000) -> int:
    """How many match, counted no further than `cap`."""
    return reviews.count(tx, wanted, cap)


def count_live(tx: Tx, cap: int = 1000) -> int:
    return reviews.count(tx, ReviewFilter(state="live"), cap)


def review_file(tx: Tx, review_id: ReviewId) -> ReviewFile:
    """A review with action, revisions, stages and votes.

    Raises:
        NotFound: no such review in this workspace.
    """
    file = files.load(tx, review_id)
    if file is None:
        raise NotFound("review", review_id)
    return file


def standing_of(file: ReviewFile) -> Standing:
    """How the review stands by its votes."""
    return standing(
        file.stages,
        file.votes,
        file.current.digest,
        file.authors(),
        is_original=file.current.number == 1,
    )


def eligibility(file: ReviewFile, person: Person) -> str | None:
    """Why the person may not approve now, in words; None when they may."""
    return why_not(file, person)


def neighbours_of(tx: Tx, review: Review) -> tuple[ReviewId | None, ReviewId | None]:
    """The open reviews before and after this one, by deadline."""
    return neighbours.neighbours(tx, review)


def pulse_of(tx: Tx, ids: Collection[str]) -> dict[str, tuple[int, EffectState | None]]:
    """For each review: its version, and the state of the effect that belongs to it."""
    return pulse.pulse(tx, ids)


def history(tx: Tx, review_id: ReviewId) -> tuple[AuditEntry, ...]:
    return tuple(audit.entries(tx, review_id=review_id))


def tool_schema(tx: Tx, fingerprint: str) -> dict[str, Any]:
    """JSON schema of a tool's arguments as it was proposed; an empty one when it is not known."""
    return catalog.tool_schema(tx, fingerprint) or {"type": "object", "properties": {}}


def effect_of(tx: Tx, review_id: ReviewId) -> Effect | None:
    """The effect that a review authorised, or that a settlement is about."""
    settled = reviews.place(tx, review_id).effect_id
    return effects.get(tx, settled) if settled else effects.of_review(tx, review_id)


def effect(tx: Tx, effect_id: str) -> Effect | None:
    return effects.get(tx, EffectId(effect_id))


def answer_of(tx: Tx, review_id: ReviewId) -> Any:
    """The answer that closed a review; None when it was closed another way."""
    deciding = standing_of(review_file(tx, review_id)).deciding_vote
    return None if deciding is None else deciding.answer


def list_effects(
    tx: Tx,
    state: EffectState | None = None,
    *,
    unsettled: bool = False,
    after: str | None = None,
    limit: int = 25,
) -> Page[Effect]:
    """Effects, newest first.

    Args:
        unsettled: only those about which nobody has said anything.

    Raises:
        VoteInvalid: the cursor or the limit is not one of ours.
    """
    size = _size(limit)
    try:
        found = effects.page(tx, state, after, size + 1, unsettled=unsettled)
    except ValueError as error:
        raise VoteInvalid("after", "not a cursor of this list") from error
    items = found[:size]
    last = items[-1] if len(found) > size else None
    return Page(items, f"{last.created_at.isoformat()}~{last.id}" if last and last.created_at else None)


def effects_of_thread(tx: Tx, thread: ThreadId) -> list[Effect]:
    """Every effect of a thread, oldest first."""
    return effects.of_thread(tx, thread)


def thread_history(tx: Tx, thread: ThreadId) -> list[AuditEntry]:
    """Every audit entry of a thread, in the order of the chain."""
    return list(audit.entries(tx, thread=thread))


def audit_entries(
    tx: Tx, *, after: int = 0, limit: int = 100, review_id: str | None = None, thread: str | None = None
) -> Page[AuditEntry]:
    """Audit entries in the order of the chain, from behind the sequence number `after`."""
    size = _size(limit)
    found = list(audit.entries(tx, after=after, limit=size + 1, review_id=review_id, thread=thread))
    items = found[:size]
    return Page(items, str(items[-1].seq) if len(found) > size else None)


def _size(limit: int) -> int:
    if not 1 <= limit <= MAX_PAGE:
        raise VoteInvalid("limit", f"must be between 1 and {MAX_PAGE}")
    return limit
