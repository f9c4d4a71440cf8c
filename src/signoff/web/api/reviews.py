"""Reviews: list, read, vote, take back, withdraw."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from signoff.domain import canonical
from signoff.domain.account import KeyHolder
from signoff.domain.errors import VoteInvalid
from signoff.domain.ids import Digest, ReviewId
from signoff.domain.person import Scope
from signoff.domain.vote import Ballot
from signoff.services import decide, query
from signoff.services.sight import Sight
from signoff.store.reviews import ReviewFilter
from signoff.web.api.params import Id
from signoff.web.api.review_schemas import (
    ReviewFileOut,
    ReviewOut,
    ReviewQuery,
    VotedOut,
    VoteIn,
    VoteOut,
)
from signoff.web.api.schemas import AuditEntryOut, NothingIn, PageOut, ReasonIn
from signoff.web.api.strict import StrictRoute
from signoff.web.auth import CoreDep, needs, person_of
from signoff.web.errors import declared

router = APIRouter(prefix="/reviews", tags=["reviews"], route_class=StrictRoute)

Reader = Annotated[KeyHolder, Depends(needs(Scope.REVIEWS_READ))]
Voter = Annotated[KeyHolder, Depends(needs(Scope.REVIEWS_VOTE))]
Withdrawer = Annotated[KeyHolder, Depends(needs(Scope.REVIEWS_WITHDRAW))]


@router.get("", responses=declared(401, 403, 422))
def list_reviews(
    core: CoreDep, holder: Reader, wanted: Annotated[ReviewQuery, Query()]
) -> PageOut[ReviewOut]:
    """Reviews: those that are open or settling by deadline, others newest first."""
    narrowed = ReviewFilter(**wanted.model_dump(exclude={"after", "limit"}))
    with core.database.read(holder.key.workspace) as tx:
        page = query.list_reviews(tx, narrowed, after=wanted.after, limit=wanted.limit)
        shown = Sight(tx, core, holder.viewer).heads(page.items)
    return PageOut(items=[ReviewOut.of(review) for review in shown], next=page.next)


@router.get("/{review_id}", responses=declared(401, 403, 404, 422))
def read_review(core: CoreDep, holder: Reader, review_id: Id) -> ReviewFileOut:
    """One review with arguments, flags, policy, stages and votes."""
    with core.database.read(holder.key.workspace) as tx:
        file = query.review_file(tx, ReviewId(review_id))
        effect = query.effect_of(tx, file.review.id)
        sight = Sight(tx, core, holder.viewer)
        seen = sight.of(file)
        effect = None if effect is None else sight.effect(effect)
    return ReviewFileOut.of_file(seen.file, query.standing_of(file), effect, seen.hidden)


@router.get("/{review_id}/history", responses=declared(401, 403, 404, 422))
def read_history(core: CoreDep, holder: Reader, review_id: Id) -> list[AuditEntryOut]:
    """What the audit chain says about a review, oldest first."""
    with core.database.read(holder.key.workspace) as tx:
        query.review_file(tx, ReviewId(review_id))
        sight = Sight(tx, core, holder.viewer)
        return [AuditEntryOut.of(entry) for entry in sight.entries(query.history(tx, ReviewId(review_id)))]


@router.post("/{review_id}/votes", status_code=201, responses=declared(401, 403, 404, 409, 413, 422))
def cast_vote(core: CoreDep, holder: Voter, review_id: Id, body: VoteIn) -> VotedOut:
    """Vote in the name of the key's person. The same vote again answers 201 and changes nothing."""
    person = person_of(holder)
    ballot = Ballot(
        kind=body.kind,
        digest=Digest(body.digest),
        reason=body.reason,
        arguments=_untagged(body.arguments, "arguments"),
        answer=_untagged(body.answer, "answer"),
        channel="api",
        seconds=body.seconds,
        client_token=body.client_token,
        acknowledged=tuple(body.acknowledged),
    )
    with core.database.begin(holder.key.workspace) as tx:
        result = decide.vote(tx, core, ReviewId(review_id), ballot, person)
        [review] = Sight(tx, core, holder.viewer).heads([result.review])
    return VotedOut(vote=VoteOut.of(result.vote), review=ReviewOut.of(review), repeated=result.repeated)


@router.post("/{review_id}/retract", responses=declared(401, 403, 404, 409, 413, 422))
def retract_vote(core: CoreDep, holder: Voter, review_id: Id, _body: NothingIn | None = None) -> ReviewOut:
    """Take the vote of the key's person back, before the review closes."""
    person = person_of(holder)
    with core.database.begin(holder.key.workspace) as tx:
        review = decide.retract(tx, core, ReviewId(review_id), person)
        return ReviewOut.of(*Sight(tx, core, holder.viewer).heads([review]))


@router.post("/{review_id}/withdraw", responses=declared(401, 403, 404, 409, 413, 422))
def withdraw_review(core: CoreDep, holder: Withdrawer, review_id: Id, body: ReasonIn) -> ReviewOut:
    """Take the question back: the tool does not run, and the agent is told."""
    with core.database.begin(holder.key.workspace) as tx:
        review = decide.withdraw(tx, core, ReviewId(review_id), holder.actor, body.reason)
        return ReviewOut.of(*Sight(tx, core, holder.viewer).heads([review]))


def _untagged(value: Any, field: str) -> Any:
    try:
        return canonical.untagged(value)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise VoteInvalid(field, f"a tagged value cannot be read: {error}") from error
