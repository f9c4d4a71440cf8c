"""The one decision core: page, API, notebook and chat all propose their votes here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from signoff.domain import canonical, tally
from signoff.domain.audience import SETTLING, waiting_for
from signoff.domain.errors import (
    AlreadyDecided,
    DraftChanged,
    NotEligible,
    NotFound,
    RevisionInvalid,
    TokenReused,
    VoteInvalid,
)
from signoff.domain.ids import Digest, ReviewId, VoteId
from signoff.domain.person import DEADLINE, Actor, ActorKind, Person, as_actor
from signoff.domain.review import Outcome, Resolution, Review, ReviewFile, ReviewKind, ReviewState
from signoff.domain.sentence import sentence
from signoff.domain.value import Value
from signoff.domain.visibility import HiddenField, viewer_of, with_hidden
from signoff.domain.vote import Ballot, Vote, VoteKind
from signoff.services import entries
from signoff.services.ballots import check_acknowledged, check_ballot, check_reasoned
from signoff.services.close import already_decided, close_dedupe, close_review
from signoff.services.core import Core
from signoff.services.eligible import open_stage, why_not
from signoff.services.ports import Job, JobKind
from signoff.services.query import review_file, standing_of
from signoff.services.revise import add_revision
from signoff.services.sight import Sight, blocking, hidden_from, must_see
from signoff.services.staffing import keep_audience
from signoff.store import files, reviews
from signoff.store.database import Tx
from signoff.store.ids import new_id

MAX_EXTENSIONS_AHEAD = timedelta(hours=24)


class VoteResult(Value):
    """A recorded vote and how the review stands after it."""

    review: Review
    vote: Vote
    repeated: bool = False
    """Whether this very vote was recorded before; then nothing changed."""


def vote(tx: Tx, core: Core, review_id: ReviewId, ballot: Ballot, person: Person) -> VoteResult:
    """Record one person's vote, and decide the review if that is enough.

    Raises:
        NotFound: no such review.
        AlreadyDecided: it is closed, or expired, or the same outcome is settling already.
        DraftChanged: the ballot names another revision than the current one.
        NotEligible: the person may not vote here, or not this way.
        FieldsHidden: they do not see all that their approval would let run.
        VoteInvalid, RevisionInvalid, RevisionDenied: the ballot does not hold up.
        FlagsUnchecked: an approval on a page leaves a high flag unticked.
        TokenReused: the client token belongs to another vote.
    """
    file = _locked_file(tx, review_id)
    hidden = hidden_from(tx, core, file, person)
    ballot = _completed(file, ballot, hidden)
    fingerprint = _ballot_digest(ballot, person)
    repeated = _repeated(tx, file, ballot, person, fingerprint)
    if repeated is not None:
        return VoteResult(review=file.review, vote=repeated, repeated=True)
    if not file.review.is_live:
        raise already_decided(file.review)
    _must_be_decidable(tx, file, ballot, person)
    if ballot.kind in _APPROVING or _answers_a_question(file, ballot):
        must_see(tx, core, file, person)
    check_ballot(file, ballot)

    if ballot.kind is VoteKind.REVISE:
        file = _revised(tx, core, file, ballot, person)
    check_reasoned(file, ballot)
    check_acknowledged(Sight(tx, core, viewer_of(person)).of(file).file, ballot)
    cast = Vote(
        id=VoteId(new_id("vot")),
        review_id=review_id,
        stage=file.review.stage,
        step=open_stage(file).spec.name,
        waited=_waited(tx, file),
        person=person.id,
        person_name=person.name,
        kind=ballot.kind,
        digest=file.current.digest,
        reason=ballot.reason,
        answer=ballot.answer,
        channel=ballot.channel,
        seconds=ballot.seconds,
        client_token=ballot.client_token or new_id("tok"),
        acknowledged=ballot.acknowledged,
        seen=ballot.seen,
        hidden=tuple(field.field for field in hidden),
        cast_at=tx.now,
    )
    reviews.add_vote(tx, cast, fingerprint)
    entries.about_review(
        tx, "vote.cast", file.review, as_actor(person), channel=ballot.channel,
        policy=entries.policy_of(file.current.verdict), vote=cast.kind.value, stage=cast.stage,
        reason=cast.reason, answer=cast.answer, seconds=cast.seconds, digest=cast.digest,
        acknowledged=list(cast.acknowledged), seen=cast.seen,
        hidden=list(cast.hidden),
    )  # fmt: skip
    file = file.model_copy(update={"votes": (*file.votes, cast)})
    return VoteResult(review=_apply_standing(tx, core, file, cast), vote=cast)


def _waited(tx: Tx, file: ReviewFile) -> float:
    """Seconds since the review, or its present stage, waits."""
    earlier = [vote.cast_at for vote in tally.live_votes(file.votes) if vote.stage < file.review.stage]
    return (tx.now - max(earlier, default=file.review.opened_at)).total_seconds()


def retract(tx: Tx, core: Core, review_id: ReviewId, person: Person) -> Review:
    """Take one's own vote back, before the review closes.

    Raises:
        NotFound, AlreadyDecided: there is no such review, or it is closed.
        NotEligible: the person has no vote to take back.
    """
    file = _live_file(tx, review_id)
    mine = [v for v in tally.live_votes(file.votes) if v.person == person.id]
    if not mine:
        raise NotEligible(review_id, person.email, sentence("You have no vote on this review to take back."))
    last = mine[-1]
    reviews.retract_vote(tx, last.id)
    entries.about_review(tx, "vote.retracted", file.review, as_actor(person), vote=last.kind.value)
    gone = last.model_copy(update={"retracted_at": tx.now})
    votes = tuple(gone if v.id == gone.id else v for v in file.votes)
    return _apply_standing(tx, core, file.model_copy(update={"votes": votes}), None)


def extend_settling(tx: Tx, core: Core, review_id: ReviewId, person: Person, by: timedelta) -> Review:
    """Give the settling window more time.

    Raises:
        NotFound, AlreadyDecided: there is no such review, or it is closed.
        NotEligible: the person has no say in this review.
        VoteInvalid: the review is not settling, or the window would end too far ahead.
    """
    file = _live_file(tx, review_id)
    review = file.review
    reason = None if _has_voted(file, person) else why_not(file, person, VoteKind.REJECT)
    if reason is not None:
        raise NotEligible(review_id, person.email, reason)
    if review.settles_at is None:
        raise VoteInvalid("state", sentence("the review is not settling"))
    until = review.settles_at + by
    if until > tx.now + MAX_EXTENSIONS_AHEAD:
        raise VoteInvalid("by", sentence("the window would end more than 24 hours ahead"))
    entries.about_review(tx, "review.settling_extended", review, as_actor(person), until=until)
    return _settle_until(tx, core, review, until)


def end_settling(tx: Tx, core: Core, review_id: ReviewId, person: Person) -> Review:
    """Close the settling window now; what others may still have objected ends with it.

    Raises:
        NotFound, AlreadyDecided: there is no such review, or it is closed.
        VoteInvalid: the review is not settling.
        NotEligible: somebody else cast the deciding vote.
    """
    file = _live_file(tx, review_id)
    if file.review.settles_at is None:
        raise VoteInvalid("state", sentence("the review is not settling"))
    if not cast_deciding_vote(file, person):
        raise NotEligible(
            review_id, person.email, sentence("Only whoever cast the deciding vote may end the wait early.")
        )
    entries.about_review(tx, "review.settling_ended", file.review, as_actor(person))
    return _close_decided(tx, core, file)


def cast_deciding_vote(file: ReviewFile, person: Person) -> bool:
    """Whether it is this person's vote that decided the review."""
    deciding = standing_of(file).deciding_vote
    return deciding is not None and deciding.person == person.id


def withdraw(tx: Tx, core: Core, review_id: ReviewId, actor: Actor, reason: str) -> Review:
    """Take the question back; the tool does not run and the agent is told.

    Raises:
        NotFound, AlreadyDecided: there is no such review, or it is closed.
        VoteInvalid: no reason.
    """
    if not reason.strip():
        raise VoteInvalid("reason", sentence("say why it is withdrawn"))
    review = _live_file(tx, review_id).review
    return close_review(tx, core, review, Outcome.WITHDRAWN, Resolution.WITHDRAWN, actor, reason)


def close_settled(tx: Tx, core: Core, review_id: ReviewId) -> Review | None:
    """Close a review whose settling window, or whose time, is over; None when there is nothing to do."""
    review = reviews.get(tx, review_id, lock=True)
    if review is None or not review.is_live:
        return None
    if review.state is ReviewState.OPEN:
        if review.expires_at > tx.now:
            return None
        return close_review(
            tx, core, review, Outcome.EXPIRED, Resolution.TIMED_OUT, DEADLINE, "Nobody decided in time."
        )
    if review.settles_at is not None and review.settles_at > tx.now:
        return None
    return _close_decided(tx, core, review_file(tx, review_id))


def _must_be_decidable(tx: Tx, file: ReviewFile, ballot: Ballot, person: Person) -> None:
    review = file.review
    if review.state is ReviewState.OPEN and review.expires_at <= tx.now:
        raise AlreadyDecided(review.id, Outcome.EXPIRED.value, DEADLINE.name, review.expires_at, "timed_out")
    reason = why_not(file, person, ballot.kind)
    if reason is not None:
        raise NotEligible(review.id, person.email, reason)
    if review.state is ReviewState.SETTLING and ballot.kind in _AGREEING and not _has_voted(file, person):
        raise already_decided(review)
    if ballot.digest != review.digest:
        raise DraftChanged(review.id, ballot.digest, review.digest)


_APPROVING = (VoteKind.APPROVE, VoteKind.REVISE)


def _answers_a_question(file: ReviewFile, ballot: Ballot) -> bool:
    return ballot.kind is VoteKind.ANSWER and file.review.kind is ReviewKind.QUESTION


def _completed(file: ReviewFile, ballot: Ballot, hidden: Sequence[HiddenField]) -> Ballot:
    """The ballot with the values that its voter could not see, and so cannot have meant to change.

    An edit by somebody who may not approve what they do not see is refused anyway, and left out here.
    """
    if ballot.arguments is None or not hidden:
        return ballot
    if blocking(hidden):
        return ballot.model_copy(update={"arguments": None})
    names = [field.field for field in hidden if field.field.startswith("/")]
    try:
        arguments = with_hidden(ballot.arguments, file.current.arguments, names)
    except LookupError as error:
        reason = sentence(
            "it holds values that are hidden from you, so its items cannot be added or taken away"
        )
        raise RevisionInvalid(((str(error), reason),)) from error
    return ballot.model_copy(update={"arguments": arguments})


def _revised(tx: Tx, core: Core, file: ReviewFile, ballot: Ballot, person: Person) -> ReviewFile:
    """The file with its new revision; what is wrong with the edit is told without hidden values."""
    try:
        return add_revision(tx, core, file, ballot, person)
    except RevisionInvalid as error:
        sight = Sight(tx, core, viewer_of(person))
        problems = tuple((path, sight.text_of(file.review, reason)) for path, reason in error.problems)
        raise RevisionInvalid(problems) from None


_AGREEING = (VoteKind.APPROVE, VoteKind.REVISE, VoteKind.ANSWER)


def _has_voted(file: ReviewFile, person: Person) -> bool:
    return any(v.person == person.id for v in tally.live_votes(file.votes))


def _repeated(tx: Tx, file: ReviewFile, ballot: Ballot, person: Person, fingerprint: Digest) -> Vote | None:
    """The recorded vote that this ballot repeats, by client token or by being the person's last word."""
    review = file.review
    if ballot.client_token is not None:
        found = reviews.vote_with_token(tx, review.id, ballot.client_token)
        if found is not None:
            if found[1] != fingerprint:
                raise TokenReused(review_id=review.id, token=ballot.client_token)
            return found[0]
    mine = [v for v in tally.live_votes(file.votes) if v.person == person.id]
    is_new_step = ballot.client_token is not None and bool(mine) and mine[-1].stage != review.stage
    if mine and not is_new_step:
        recorded = reviews.vote_with_token(tx, review.id, mine[-1].client_token)
        if recorded is not None and recorded[1] == fingerprint:
            return mine[-1]
    return None


def _ballot_digest(ballot: Ballot, person: Person) -> Digest:
    return canonical.digest(
        "ballot",
        {
            "person": person.id,
            "kind": ballot.kind.value,
            "digest": ballot.digest,
            "arguments": ballot.arguments,
            "answer": ballot.answer,
            "reason": ballot.reason,
        },
    )


def _locked_file(tx: Tx, review_id: ReviewId) -> ReviewFile:
    file = files.load(tx, review_id, lock=True)
    if file is None:
        raise NotFound("review", review_id)
    return file


def _live_file(tx: Tx, review_id: ReviewId) -> ReviewFile:
    file = _locked_file(tx, review_id)
    if not file.review.is_live:
        raise already_decided(file.review)
    return file


def _apply_standing(tx: Tx, core: Core, file: ReviewFile, cast: Vote | None) -> Review:
    """Carry the tally into the review: still open, settling, or closed at once."""
    review = file.review
    standing = standing_of(file)
    if standing.outcome is None:
        values: dict[str, object] = {
            "state": ReviewState.OPEN,
            "outcome": None,
            "decided_by": None,
            "reason": "",
        }
        escalated = tx.now if cast is not None and cast.kind is VoteKind.ESCALATE else review.escalated_at
        if review.settles_at is not None:
            core.queue.cancel(tx, close_dedupe(review))
        values |= _waiting_at(tx, core, file, standing.stage)
        return _changed(tx, review, **values, settles_at=None, stage=standing.stage, escalated_at=escalated)
    window = file.current.verdict.settling
    if review.kind is ReviewKind.SETTLEMENT or window <= timedelta(0):
        return _close_decided(tx, core, file)
    deciding = standing.deciding_vote
    is_new_draft = cast is not None and cast.kind is VoteKind.REVISE
    started = review.settles_at is not None and review.outcome is standing.outcome and not is_new_draft
    until = review.settles_at if started and review.settles_at else tx.now + window
    decided = review.model_copy(update={"stage": standing.stage})
    return _settle_until(
        tx,
        core,
        decided,
        until,
        outcome=standing.outcome,
        decided_by=deciding.person_name if deciding else None,
        reason=deciding.reason if deciding else "",
        stage=standing.stage,
    )


def _settle_until(tx: Tx, core: Core, review: Review, until: object, **values: object) -> Review:
    changed = _changed(tx, review, state=ReviewState.SETTLING, settles_at=until, audience=SETTLING, **values)
    job = Job(kind=JobKind.CLOSE, workspace=tx.workspace, subject=review.id)
    core.queue.cancel(tx, close_dedupe(review))
    core.queue.enqueue(tx, job, run_at=changed.settles_at, dedupe=close_dedupe(review))
    return changed


def _close_decided(tx: Tx, core: Core, file: ReviewFile) -> Review:
    standing = standing_of(file)
    deciding = standing.deciding_vote
    if standing.outcome is None or deciding is None:
        waiting = _waiting_at(tx, core, file, standing.stage)
        return _changed(tx, file.review, state=ReviewState.OPEN, outcome=None, settles_at=None, **waiting)
    actor = Actor(kind=ActorKind.PERSON, id=deciding.person, name=deciding.person_name)
    reason = str(deciding.answer) if standing.outcome is Outcome.ANSWERED else deciding.reason
    return close_review(
        tx,
        core,
        file.review,
        standing.outcome,
        Resolution.DECIDED,
        actor,
        reason,
        channel=deciding.channel,
        file=file,
    )


def _waiting_at(tx: Tx, core: Core, file: ReviewFile, stage: int) -> dict[str, object]:
    """Whom the review waits for while `stage` is open, as its row says it."""
    waiting = waiting_for(file, stage)
    keep_audience(tx, core, waiting)
    return reviews.waiting_columns(waiting)


def _changed(tx: Tx, review: Review, **values: object) -> Review:
    changed = reviews.change(tx, review, **values)
    if changed is None:
        raise already_decided(reviews.get(tx, review.id) or review)
    return changed
