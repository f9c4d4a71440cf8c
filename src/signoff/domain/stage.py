"""Ordered steps of a review: who may vote and how many it takes."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from pydantic import Field, model_validator

from signoff.domain.duration import Duration
from signoff.domain.ids import PersonId
from signoff.domain.value import Value


class StageKind(StrEnum):
    """What a stage is for."""

    CONFIRM = "confirm"
    """The acting person confirms their own agent's step; four eyes does not apply."""
    REVIEW = "review"
    PANEL = "panel"
    SECOND_LOOK = "second_look"


class ApprovalReason(StrEnum):
    """When an approval needs a reason, as every other vote against a draft does."""

    NEVER = "never"
    HIGH_RISK = "high_risk"
    """Where the draft has a high flag."""
    ALWAYS = "always"


class StageSpec(Value):
    """A stage as a policy writes it."""

    name: str = "review"
    kind: StageKind = StageKind.REVIEW
    candidates: tuple[str, ...] = ()
    """Groups ("group:legal") and persons (by e-mail); empty means every reviewer."""
    excluded: tuple[str, ...] = ()
    quorum: int = Field(default=1, ge=1)
    refusals: int | None = Field(default=None, ge=1)
    """Rejections that end the review; None means m - n + 1, or 1 for an open candidate set."""
    veto: tuple[str, ...] = ()
    """Groups and persons whose single rejection ends the review and holds over revisions."""
    four_eyes: bool = False
    """The requester and the authors of the current revision do not count."""
    may_abstain: bool = True
    approval_reason: ApprovalReason = ApprovalReason.NEVER
    due_after: Duration | None = None
    claim_after: Duration | None = None

    @model_validator(mode="after")
    def _confirm_is_single(self) -> StageSpec:
        if self.kind is StageKind.CONFIRM and (self.quorum != 1 or self.four_eyes):
            raise ValueError("a confirm stage takes one person and no four_eyes rule")
        return self


class Stage(Value):
    """A stage of one review: its spec with the persons resolved when the review opened."""

    number: int
    spec: StageSpec
    candidates: frozenset[PersonId] | None = None
    """None: everybody with the reviewer role; then the size m is unknown."""
    excluded: frozenset[PersonId] = frozenset()
    veto_holders: frozenset[PersonId] = frozenset()

    @property
    def size(self) -> int | None:
        """m, the number of persons who may vote; None for an open candidate set."""
        return None if self.candidates is None else len(self.candidates - self.excluded)

    @property
    def refusals_needed(self) -> int:
        """r: rejections that make the stage fail. Default m - n + 1 (approval unreachable)."""
        if self.spec.refusals is not None:
            return self.spec.refusals
        return 1 if self.size is None else max(1, self.size - self.spec.quorum + 1)

    @property
    def first_to_reach_wins(self) -> bool:
        """Whether n + r <= m, so that the result depends on the order of votes."""
        return self.size is not None and self.spec.quorum + self.refusals_needed <= self.size

    @property
    def can_be_met(self) -> bool:
        """Whether enough persons exist for the quorum."""
        return self.size is None or self.size >= self.spec.quorum


DEFAULT_SETTLING = timedelta(seconds=30)
