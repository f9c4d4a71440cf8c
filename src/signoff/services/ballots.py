"""Whether a ballot is complete and fits the kind of review."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from signoff.domain import canonical
from signoff.domain.effect import Settlement
from signoff.domain.errors import FlagsUnchecked, VoteInvalid
from signoff.domain.flag import RiskFlag, Severity, unchecked
from signoff.domain.review import ReviewFile, ReviewKind
from signoff.domain.sentence import sentence
from signoff.domain.stage import ApprovalReason
from signoff.domain.vote import APPROVING, CHECKING_CHANNELS, NEEDS_REASON, Ballot, VoteKind
from signoff.services.eligible import open_stage

_QUESTION_KINDS = frozenset(
    {VoteKind.ANSWER, VoteKind.REJECT, VoteKind.ABSTAIN, VoteKind.ESCALATE, VoteKind.REQUEST_CHANGES}
)
_SETTLEMENT_KINDS = frozenset({VoteKind.ANSWER, VoteKind.ESCALATE})
MAX_REASON = 10_000
_MAX_ACKNOWLEDGED = 1_000


def kinds_allowed(kind: ReviewKind) -> frozenset[VoteKind]:
    """The votes that a review of this kind takes."""
    match kind:
        case ReviewKind.TOOL_CALL:
            return frozenset(VoteKind)
        case ReviewKind.QUESTION:
            return _QUESTION_KINDS
        case ReviewKind.SETTLEMENT:
            return _SETTLEMENT_KINDS
    assert_never(kind)


def takes_abstentions(file: ReviewFile) -> bool:
    """Whether somebody may abstain now."""
    is_known = VoteKind.ABSTAIN in kinds_allowed(file.review.kind)
    return is_known and open_stage(file).spec.may_abstain


def check_ballot(file: ReviewFile, ballot: Ballot) -> None:
    """Check what does not depend on who votes.

    Raises:
        VoteInvalid: naming the field.
    """
    if ballot.kind not in kinds_allowed(file.review.kind):
        raise VoteInvalid(
            "kind",
            sentence(
                "a %(review)s review does not take %(vote)r",
                review=file.review.kind.value,
                vote=ballot.kind.value,
            ),
        )
    if ballot.kind in NEEDS_REASON and not ballot.reason.strip():
        raise VoteInvalid("reason", sentence("%(vote)r needs a reason", vote=ballot.kind.value))
    if len(ballot.reason) > MAX_REASON:
        raise VoteInvalid("reason", sentence("longer than %(most)s characters", most=f"{MAX_REASON:,}"))
    if ballot.kind is VoteKind.ABSTAIN and not takes_abstentions(file):
        raise VoteInvalid("kind", sentence("this stage does not take abstentions"))
    if len(ballot.acknowledged) > _MAX_ACKNOWLEDGED:
        raise VoteInvalid("acknowledged", sentence("more than %(most)s flags", most=f"{_MAX_ACKNOWLEDGED:,}"))
    if (ballot.kind is VoteKind.REVISE) != (ballot.arguments is not None):
        raise VoteInvalid("arguments", "edited arguments belong to 'revise', and 'revise' needs them")
    if ballot.kind is VoteKind.ANSWER:
        _check_answer(file, ballot.answer)
    elif ballot.answer is not None:
        raise VoteInvalid("answer", "an answer belongs to 'answer'")


def check_acknowledged(file: ReviewFile, ballot: Ballot) -> None:
    """Check that whoever approves on a page ticked each high flag of the draft that would run.

    Raises:
        FlagsUnchecked: naming the flags.
    """
    if ballot.kind not in APPROVING or ballot.channel not in CHECKING_CHANNELS:
        return
    missing = unchecked(file.current.flags, ballot.acknowledged)
    if missing:
        raise FlagsUnchecked(file.review.id, missing)


def needs_reason(file: ReviewFile, flags: Sequence[RiskFlag]) -> bool:
    """Whether an approval of a draft with `flags` needs a reason in the open stage."""
    match open_stage(file).spec.approval_reason:
        case ApprovalReason.NEVER:
            return False
        case ApprovalReason.HIGH_RISK:
            return any(flag.severity is Severity.HIGH for flag in flags)
        case ApprovalReason.ALWAYS:
            return True


def check_reasoned(file: ReviewFile, ballot: Ballot) -> None:
    """Check that an approval says why, where the stage wants that of the draft that would run.

    Raises:
        VoteInvalid: it does not.
    """
    wants = ballot.kind in APPROVING and needs_reason(file, file.current.flags)
    if wants and not ballot.reason.strip():
        raise VoteInvalid("reason", sentence("the policy wants to know why this is approved"))


def choices_of(file: ReviewFile) -> list[Any]:
    """The answers to choose from; empty where any text will do."""
    if file.review.kind is ReviewKind.SETTLEMENT:
        return [settlement.value for settlement in Settlement]
    if file.review.kind is ReviewKind.QUESTION:
        return list(file.original.arguments.get("choices", ()))
    return []


def other_of(file: ReviewFile) -> dict[str, Any] | None:
    """The JSON schema of an answer beside the choices; None where there is none."""
    if file.review.kind is not ReviewKind.QUESTION:
        return None
    schema: dict[str, Any] | None = file.original.arguments.get("other")
    return schema


def _check_answer(file: ReviewFile, answer: Any) -> None:
    choices, other = choices_of(file), other_of(file)
    if any(_is_same(answer, choice) for choice in choices):
        return
    if other is not None:
        fault = best_match(Draft202012Validator(other).iter_errors(answer))
        if fault is not None:
            raise VoteInvalid("answer", _what_fits(fault.message, other, choices))
    elif choices:
        raise VoteInvalid("answer", sentence("must be one of %(choices)s", choices=choices))
    elif not (isinstance(answer, str) and answer.strip()):
        raise VoteInvalid("answer", sentence("an answer in words is needed"))


def _what_fits(fault: str, other: dict[str, Any], choices: list[Any]) -> str:
    wanted = other.get("description")
    listed = f"; it may also be one of {choices}" if choices else ""
    return fault + (f" ({wanted})" if wanted else "") + listed


def _is_same(answer: Any, choice: Any) -> bool:
    """Whether they are the same value of the same type: True is not 1."""
    return canonical.encode(answer) == canonical.encode(choice)
