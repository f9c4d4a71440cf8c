"""One action that waits for people, and the payloads it went through."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag, Severity
from signoff.domain.ids import ActionId, Digest, PersonId, ReviewId, RevisionId, ThreadId, WorkspaceId
from signoff.domain.person import Actor
from signoff.domain.policy import Verdict
from signoff.domain.stage import Stage
from signoff.domain.value import Value
from signoff.domain.vote import Vote


class ReviewKind(StrEnum):
    """What people are asked about."""

    TOOL_CALL = "tool_call"
    QUESTION = "question"
    SETTLEMENT = "settlement"
    """Whether an effect of unknown outcome happened."""


class ReviewState(StrEnum):
    """`open ⇄ settling → closed`."""

    OPEN = "open"
    SETTLING = "settling"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a review ended; exactly one, and none while it is live."""

    APPROVED = "approved"
    REVISED = "revised"
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"
    ANSWERED = "answered"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"

    @property
    def runs_the_tool(self) -> bool:
        return self in (Outcome.APPROVED, Outcome.REVISED)


class Resolution(StrEnum):
    """How the outcome came about."""

    DECIDED = "decided"
    TIMED_OUT = "timed_out"
    AUTO = "auto"
    OVERRIDE = "override"
    WITHDRAWN = "withdrawn"


class Revision(Value):
    """An immutable payload of a review, with its author. The first is the agent's."""

    id: RevisionId
    review_id: ReviewId
    number: int
    digest: Digest
    arguments: dict[str, Any]
    author: Actor
    flags: tuple[RiskFlag, ...] = ()
    verdict: Verdict
    created_at: datetime


class Review(Value):
    """The head of a review: what a list shows. `ReviewFile` holds the rest."""

    id: ReviewId
    workspace: WorkspaceId
    thread: ThreadId
    action_id: ActionId
    kind: ReviewKind
    tool: str
    policy: str = ""
    """Name of the policy that asked for people."""
    rule: str | None = None
    """Its rule that did; None where none matched or it could not be evaluated."""
    title: str
    state: ReviewState
    outcome: Outcome | None = None
    resolution: Resolution | None = None
    digest: Digest
    """Digest of the current revision: what a vote must name."""
    revision: int = 1
    stage: int = 1
    stages_total: int = 1
    severity: Severity | None = None
    flags_count: int = 0
    requester: str | None = None
    """The person on whose behalf the agent acts, by e-mail; from the caller's config."""
    follows: ReviewId | None = None
    opened_at: datetime
    due_at: datetime | None = None
    expires_at: datetime
    escalated_at: datetime | None = None
    settles_at: datetime | None = None
    closed_at: datetime | None = None
    decided_by: str | None = None
    reason: str = ""
    version: int = 1

    @property
    def is_live(self) -> bool:
        return self.state is not ReviewState.CLOSED


class ReviewFile(Value):
    """A review with everything that a decision needs."""

    review: Review
    action: Action
    revisions: tuple[Revision, ...]
    stages: tuple[Stage, ...]
    votes: tuple[Vote, ...]

    @property
    def current(self) -> Revision:
        return self.revisions[-1]

    @property
    def original(self) -> Revision:
        return self.revisions[0]

    def authors(self) -> frozenset[PersonId]:
        """Persons who are authors of the current revision."""
        return authors_of(self.current)


def authors_of(revision: Revision) -> frozenset[PersonId]:
    """The persons who wrote `revision`; empty for the agent's own."""
    is_person = revision.author.kind == "person"
    return frozenset({PersonId(revision.author.id)}) if is_person else frozenset()
