"""One person's answer to a review."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from signoff.domain.ids import Digest, PersonId, ReviewId, VoteId
from signoff.domain.value import Value


class VoteKind(StrEnum):
    """What a person answers."""

    APPROVE = "approve"
    REVISE = "revise"
    """Approve with edited arguments; makes a revision whose author is the voter."""
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    ANSWER = "answer"
    """Give the answer instead of running the tool, or answer a question."""
    ABSTAIN = "abstain"
    ESCALATE = "escalate"


NEEDS_REASON = frozenset({VoteKind.REQUEST_CHANGES, VoteKind.REJECT, VoteKind.ESCALATE})
APPROVING = frozenset({VoteKind.APPROVE, VoteKind.REVISE})
CHECKING_CHANNELS = frozenset({"page", "notebook"})
"""Channels that show the flags themselves: an approval there says that each high one was checked."""


class Ballot(Value):
    """A vote as proposed, before it is checked."""

    kind: VoteKind
    digest: Digest
    """Digest of the revision that the voter was shown."""
    reason: str = ""
    arguments: dict[str, Any] | None = None
    """The edited arguments, whole; for `revise` only."""
    answer: Any = None
    """For `answer` only."""
    channel: str = "api"
    seconds: float | None = None
    """Visible time spent on it, where the channel knows."""
    client_token: str | None = None
    """Chosen by the client; the same token makes a repeat harmless."""
    acknowledged: tuple[str, ...] = ()
    """Names (`flag_keys`) of the flags that the voter says they checked."""
    seen: Digest | None = None
    """Digest of what the voter was shown, where the channel shows it itself."""


class Vote(Value):
    """A recorded vote."""

    id: VoteId
    review_id: ReviewId
    stage: int
    step: str = ""
    """Name of the stage."""
    waited: float = 0.0
    """Seconds from the opening, or from the end of the stage before, until it was cast."""
    person: PersonId
    person_name: str
    kind: VoteKind
    digest: Digest
    """Digest of the revision voted on; for `revise` that of the new revision."""
    reason: str = ""
    answer: Any = None
    channel: str
    seconds: float | None = None
    client_token: str
    acknowledged: tuple[str, ...] = ()
    seen: Digest | None = None
    hidden: tuple[str, ...] = ()
    """Fields that the voter did not see in full: "/card_number", "facts/salary"."""
    cast_at: datetime
    retracted_at: datetime | None = None
