"""Whether a person may decide, or take a question back: checked in this one place on every path."""

from __future__ import annotations

from signoff.domain.permission import Permission, permissions_of
from signoff.domain.person import Person
from signoff.domain.review import Review, ReviewFile, ReviewKind
from signoff.domain.sentence import sentence
from signoff.domain.stage import Stage, StageKind
from signoff.domain.tally import may_vote
from signoff.domain.vote import VoteKind
from signoff.services.staffing import MAY_VOTE


def why_not(file: ReviewFile, person: Person, kind: VoteKind = VoteKind.APPROVE) -> str | None:
    """Why `person` may not cast such a vote now, in words; None when they may."""
    if not person.active:
        return sentence("This account is not active.")
    if person.workspace != file.review.workspace:
        return sentence("This account belongs to another workspace.")
    if not person.roles & MAY_VOTE:
        return sentence("Your role does not include deciding reviews.")
    stage = open_stage(file)
    four_eyes = stage.spec.four_eyes and stage.spec.kind is not StageKind.CONFIRM
    if four_eyes and file.review.requester and person.matches((file.review.requester,)):
        return sentence("Four eyes: somebody else than the requester must decide this.")
    if person.id in stage.excluded:
        return sentence("You are excluded from the stage “%(stage)s”.", stage=stage.spec.name)
    if not may_vote(stage, person.id, kind):
        return sentence("The stage “%(stage)s” waits for other people.", stage=stage.spec.name)
    if four_eyes and kind is VoteKind.APPROVE and person.id in file.authors():
        return sentence("Four eyes: you wrote this revision, so somebody else must approve it.")
    return None


def may_cast(file: ReviewFile, person: Person) -> frozenset[VoteKind]:
    """The votes that `person` may cast now, whatever kind of review it is."""
    return frozenset(kind for kind in VoteKind if why_not(file, person, kind) is None)


def may_withdraw(review: Review, person: Person) -> bool:
    """Whether `person` may take the question back: whoever it is asked for, and who has the right to."""
    if not (person.active and person.workspace == review.workspace and review.is_live):
        return False
    if review.kind is ReviewKind.SETTLEMENT:
        return False
    is_theirs = review.requester is not None and person.matches((review.requester,))
    return is_theirs or Permission.WITHDRAW in permissions_of(person.roles)


def open_stage(file: ReviewFile) -> Stage:
    """The stage that votes go to now."""
    return file.stages[min(file.review.stage, len(file.stages)) - 1]
