"""Bodies about reviews: ballots come in, reviews with all that a decision needs go out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from signoff.domain import canonical
from signoff.domain.action import EffectClass
from signoff.domain.effect import Effect
from signoff.domain.flag import RiskFlag, Severity, flag_keys
from signoff.domain.review import Outcome, Resolution, Review, ReviewFile, ReviewKind, ReviewState, Revision
from signoff.domain.tally import StageStatus, Standing
from signoff.domain.visibility import HiddenField
from signoff.domain.vote import Vote, VoteKind
from signoff.services.query import MAX_PAGE
from signoff.web.api.schemas import ActorOut, EffectOut, In, Name, Reason, Word, readable


class VoteIn(In):
    """A person's answer to a review."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "approve", "digest": "9f2c…", "client_token": "7d1e-first-click"},
                {"kind": "reject", "digest": "9f2c…", "reason": "The record allows at most 20 %."},
                {
                    "kind": "revise",
                    "digest": "9f2c…",
                    "arguments": {"to": "dana@example.com", "subject": "Hello", "body": "…"},
                },
            ]
        }
    )

    kind: VoteKind
    digest: Name = Field(description="Digest of the revision that was read; another one is refused with 409.")
    reason: Reason = ""
    arguments: dict[str, Any] | None = Field(
        default=None, description="All arguments as edited, for `revise`."
    )
    answer: Any = Field(default=None, description="For `answer`.")
    seconds: float | None = Field(default=None, ge=0, le=31_536_000, allow_inf_nan=False)
    client_token: Name | None = Field(
        default=None, description="Chosen by you; a repeat with it is harmless."
    )
    acknowledged: list[Name] = Field(
        default=[], max_length=1_000, description="Keys of the flags that the person says they checked."
    )


class ReviewQuery(In):
    """Which reviews are listed."""

    state: Literal["open", "settling", "closed", "live"] | None = Field(
        default=None, description="`live` is open or settling."
    )
    outcome: Outcome | None = None
    kind: ReviewKind | None = None
    tool: Word | None = None
    thread: Word | None = None
    severity: Severity | None = None
    requester: Word | None = None
    after: Word | None = Field(default=None, description="`next` of the page before.")
    limit: int = Field(default=25, ge=1, le=MAX_PAGE)


class FlagOut(BaseModel):
    """One finding, anchored to the words it is about; offsets count code points."""

    key: str = Field(description="Names the flag in `acknowledged` of a vote.")
    code: str
    severity: Severity
    message: str
    path: str
    start: int
    end: int
    quote: str
    evidence: str
    suggestion: str | None
    detector: str
    detector_version: str

    @classmethod
    def of_all(cls, flags: Sequence[RiskFlag]) -> list[FlagOut]:
        keyed = zip(flag_keys(flags), flags, strict=True)
        return [cls(key=key, **flag.model_dump()) for key, flag in keyed]


class ReviewOut(BaseModel):
    """The head of a review, as lists show it."""

    id: str
    thread: str
    kind: ReviewKind
    tool: str
    title: str
    state: ReviewState
    outcome: Outcome | None
    resolution: Resolution | None
    digest: str
    revision: int
    stage: int
    stages_total: int
    severity: Severity | None
    flags_count: int
    requester: str | None
    follows: str | None
    opened_at: datetime
    due_at: datetime | None
    expires_at: datetime
    settles_at: datetime | None
    closed_at: datetime | None
    decided_by: str | None
    reason: str

    @classmethod
    def of(cls, review: Review) -> ReviewOut:
        return cls.model_validate(review.model_dump(include=set(cls.model_fields)))


class RevisionOut(BaseModel):
    """A payload of the review. Values that JSON cannot hold exactly are tagged: `{"$decimal": "1.50"}`;
    in place of a hidden one stands `{"$model": "Hidden", "fields": {"shown": …, "why": …, "ask": …}}`."""

    number: int
    digest: str
    arguments: dict[str, Any]
    author: ActorOut
    flags: list[FlagOut]
    created_at: datetime

    @classmethod
    def of(cls, revision: Revision) -> RevisionOut:
        return cls(
            number=revision.number,
            digest=revision.digest,
            arguments=readable(revision.arguments),
            author=ActorOut.model_validate(revision.author.model_dump()),
            flags=FlagOut.of_all(revision.flags),
            created_at=revision.created_at,
        )


class StageOut(BaseModel):
    """One step and how it stands."""

    number: int
    name: str
    status: StageStatus
    quorum: int
    candidates: list[str]
    four_eyes: bool


class VoteOut(BaseModel):
    """A recorded vote."""

    id: str
    stage: int
    person: str
    person_name: str
    kind: VoteKind
    digest: str
    reason: str
    answer: Any
    channel: str
    seconds: float | None
    acknowledged: list[str]
    seen: str | None
    hidden: list[str] = Field(description="Fields that the voter did not see in full.")
    cast_at: datetime
    retracted_at: datetime | None

    @classmethod
    def of(cls, vote: Vote) -> VoteOut:
        shown = vote.model_dump(include=set(cls.model_fields) - {"answer"})
        return cls(**shown, answer=canonical.tagged(vote.answer))


class PolicyOut(BaseModel):
    """The rule that asked for the review, in the version that was in force."""

    name: str
    version: str
    hash: str
    rule: str | None
    summary: str
    errors: list[str]


class ReviewFileOut(ReviewOut):
    """A review with all that a decision needs."""

    effect_class: EffectClass
    bound: dict[str, Any]
    context: dict[str, Any]
    policy: PolicyOut
    current: RevisionOut
    revisions: list[RevisionOut]
    stages: list[StageOut]
    votes: list[VoteOut]
    effect: EffectOut | None
    hidden: list[str] = Field(description="Fields that this key may not show in full.")

    @classmethod
    def of_file(
        cls, file: ReviewFile, standing: Standing, effect: Effect | None, hidden: Sequence[HiddenField]
    ) -> ReviewFileOut:
        verdict = file.current.verdict
        stages = [
            StageOut(
                number=stage.number,
                name=stage.spec.name,
                status=status,
                quorum=stage.spec.quorum,
                candidates=list(stage.spec.candidates),
                four_eyes=stage.spec.four_eyes,
            )
            for stage, status in zip(file.stages, standing.statuses, strict=True)
        ]
        return cls(
            **ReviewOut.of(file.review).model_dump(),
            effect_class=file.action.effect_class,
            bound=readable(file.action.bound),
            context=readable(file.action.context),
            hidden=[field.field for field in hidden],
            policy=PolicyOut(
                name=verdict.policy,
                version=verdict.policy_version,
                hash=verdict.policy_hash,
                rule=verdict.rule,
                summary=verdict.summary,
                errors=list(verdict.errors),
            ),
            current=RevisionOut.of(file.current),
            revisions=[RevisionOut.of(revision) for revision in file.revisions],
            stages=stages,
            votes=[VoteOut.of(vote) for vote in file.votes],
            effect=None if effect is None else EffectOut.of(effect),
        )


class VotedOut(BaseModel):
    """A vote as recorded and the review after it."""

    vote: VoteOut
    review: ReviewOut
    repeated: bool = Field(description="Whether this very vote was recorded before; then nothing changed.")
