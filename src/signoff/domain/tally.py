"""From votes to an outcome: quorum, refusals, veto, changes and four eyes, as pure functions.

Precedence while a review is open: veto > rejection > changes requested > answer > approval. In each
stage only the latest vote of each person counts. Votes count for the digest they name; a veto holds
over revisions until its owner votes otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from enum import StrEnum

from signoff.domain import canonical
from signoff.domain.ids import Digest, PersonId
from signoff.domain.review import Outcome
from signoff.domain.stage import Stage, StageKind
from signoff.domain.value import Value
from signoff.domain.vote import Vote, VoteKind


class StageStatus(StrEnum):
    """How one stage stands by its votes."""

    WAITING = "waiting"
    """An earlier stage is not satisfied yet."""
    OPEN = "open"
    SATISFIED = "satisfied"
    REFUSED = "refused"
    CHANGES = "changes"
    ANSWERED = "answered"


class Standing(Value):
    """How a review stands after its votes."""

    statuses: tuple[StageStatus, ...]
    outcome: Outcome | None
    """None while people are still needed."""
    stage: int
    """Number of the stage that is open, or that decided."""
    deciding_vote: Vote | None = None


def live_votes(votes: Iterable[Vote]) -> list[Vote]:
    """The latest vote of each person, oldest first; a retracted vote counts as none."""
    latest: dict[PersonId, Vote] = {}
    for vote in sorted(votes, key=lambda v: (v.cast_at, v.id)):
        if vote.kind is VoteKind.ESCALATE:
            continue
        latest.pop(vote.person, None)
        latest[vote.person] = vote
    return [vote for vote in latest.values() if vote.retracted_at is None]


def may_vote(stage: Stage, person: PersonId, kind: VoteKind) -> bool:
    """Whether a vote of this kind by `person` is heard in `stage`.

    Candidates are heard, and so is the rejection of a veto holder who is no candidate; nobody excluded is.
    """
    if person in stage.excluded:
        return False
    if stage.candidates is None or person in stage.candidates:
        return True
    return kind is VoteKind.REJECT and person in stage.veto_holders


def may_count(stage: Stage, person: PersonId, authors: frozenset[PersonId]) -> bool:
    """Whether an approval by `person` counts in `stage` for a revision by `authors`.

    The requester is in `stage.excluded` already when the stage asks for four eyes.
    """
    return may_vote(stage, person, VoteKind.APPROVE) and person not in _barred(stage, authors)


def stage_status(
    stage: Stage, votes: Iterable[Vote], digest: Digest, authors: frozenset[PersonId]
) -> tuple[StageStatus, Vote | None]:
    """The status of one stage by all votes of the review, with the vote that decided it."""
    heard = live_votes(v for v in votes if _concerns(stage, v))
    vetoes = [v for v in heard if v.kind is VoteKind.REJECT and v.person in stage.veto_holders]
    if vetoes:
        return StageStatus.REFUSED, vetoes[0]

    current = [v for v in heard if v.digest == digest]
    rejections = [v for v in current if v.kind is VoteKind.REJECT]
    if len(rejections) >= stage.refusals_needed:
        return StageStatus.REFUSED, rejections[stage.refusals_needed - 1]
    lost = [v for v in current if v.kind in _LOSING]
    if lost and _unreachable(stage, {v.person for v in lost} | _barred(stage, authors)):
        return StageStatus.REFUSED, lost[-1]

    changes = [v for v in current if v.kind is VoteKind.REQUEST_CHANGES]
    if changes:
        return StageStatus.CHANGES, changes[0]

    needed = stage.spec.quorum
    answers = Counter(_answer_digest(v) for v in current if v.kind is VoteKind.ANSWER)
    for vote in current:
        if vote.kind is VoteKind.ANSWER and answers[_answer_digest(vote)] >= needed:
            return StageStatus.ANSWERED, vote

    approvals = [v for v in current if v.kind in _APPROVING and may_count(stage, v.person, authors)]
    if len(approvals) >= needed:
        return StageStatus.SATISFIED, approvals[needed - 1]
    return StageStatus.OPEN, None


_APPROVING = (VoteKind.APPROVE, VoteKind.REVISE)
_LOSING = (VoteKind.REJECT, VoteKind.ABSTAIN)


def _concerns(stage: Stage, vote: Vote) -> bool:
    """A revision concerns every stage that its author may vote in; other votes their own."""
    own = vote.kind is VoteKind.REVISE or vote.stage == stage.number
    return own and may_vote(stage, vote.person, vote.kind)


def _barred(stage: Stage, authors: frozenset[PersonId]) -> frozenset[PersonId]:
    """Authors whose approval of their own revision does not count."""
    four_eyes = stage.spec.four_eyes and stage.spec.kind is not StageKind.CONFIRM
    return authors if four_eyes else frozenset()


def _unreachable(stage: Stage, lost: Set[PersonId]) -> bool:
    """Whether too few candidates are left for the quorum; never so for an open candidate set."""
    if stage.candidates is None:
        return False
    return len(stage.candidates - stage.excluded - lost) < stage.spec.quorum


def _answer_digest(vote: Vote) -> Digest:
    return canonical.digest("answer", vote.answer)


def standing(
    stages: Sequence[Stage],
    votes: Iterable[Vote],
    digest: Digest,
    authors: frozenset[PersonId],
    *,
    is_original: bool,
) -> Standing:
    """How the review stands: the first stage that is not satisfied decides or stays open.

    Args:
        stages: in order.
        votes: all votes of the review, retracted ones included.
        digest: of the current revision.
        authors: persons who wrote the current revision.
        is_original: whether the current revision is the agent's own.
    """
    cast = tuple(votes)
    statuses: list[StageStatus] = []
    last: Vote | None = None
    for stage in stages:
        status, vote = stage_status(stage, cast, digest, authors)
        if status is StageStatus.SATISFIED:
            statuses.append(status)
            last = vote
            continue
        waiting = [StageStatus.WAITING] * (len(stages) - len(statuses) - 1)
        outcome = _ENDS.get(status)
        return Standing(
            statuses=(*statuses, status, *waiting),
            outcome=outcome,
            stage=stage.number,
            deciding_vote=vote if outcome else None,
        )
    return Standing(
        statuses=tuple(statuses),
        outcome=Outcome.APPROVED if is_original else Outcome.REVISED,
        stage=stages[-1].number,
        deciding_vote=last,
    )


_ENDS = {
    StageStatus.REFUSED: Outcome.REJECTED,
    StageStatus.CHANGES: Outcome.CHANGES_REQUESTED,
    StageStatus.ANSWERED: Outcome.ANSWERED,
}


def heard_in(stage: Stage, votes: Iterable[Vote], digest: Digest | None) -> frozenset[PersonId]:
    """Who has a vote on the draft `digest` that is heard in `stage`."""
    return frozenset(v.person for v in live_votes(votes) if v.digest == digest and _concerns(stage, v))
