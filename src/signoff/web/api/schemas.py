"""Bodies of the API. Unknown fields are refused; text never holds a null character."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from signoff.domain import canonical
from signoff.domain.action import EffectClass
from signoff.domain.audit import AuditEntry, ChainHead
from signoff.domain.effect import Effect, EffectState, Settlement
from signoff.domain.person import ActorKind
from signoff.domain.run import Run, RunStatus
from signoff.domain.visibility import Withheld, replaced

T = TypeVar("T")


def no_null(text: str) -> str:
    """Refuse what PostgreSQL cannot hold in a text."""
    if "\0" in text:
        raise ValueError("holds a null character")
    return text


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(no_null)]
Word = Annotated[str, StringConstraints(max_length=300), AfterValidator(no_null)]
Reason = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(no_null)]


class Hidden(BaseModel):
    """Stands where a value stood that the key may not show."""

    shown: str
    why: str
    ask: str

    @classmethod
    def of(cls, withheld: Withheld) -> Hidden:
        return cls(shown=withheld.shown, why=withheld.why, ask=withheld.ask)


def readable(value: Any) -> Any:
    """`value` as JSON, with a mark in the place of everything that is hidden."""
    return canonical.tagged(replaced(value, Hidden.of))


class In(BaseModel):
    """A body that is sent to us."""

    model_config = ConfigDict(extra="forbid")


class PageOut(BaseModel, Generic[T]):
    """Some items and the cursor of those after them."""

    items: list[T]
    next: str | None = Field(description="Pass it as `after`; null at the end.")


class RunIn(In):
    """What starts a run."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "graph": "outbound_copy",
                    "input": {"brief": "Follow up the March webinar with Harborlight."},
                    "requester": "sam@example.com",
                    "dedupe_key": "crm-4411-march",
                }
            ]
        }
    )

    graph: Name
    input: dict[str, Any]
    thread: Name | None = Field(default=None, description="Continue or name a thread; made up when absent.")
    requester: Name | None = Field(default=None, description="E-mail of the person on whose behalf it acts.")
    dedupe_key: Name | None = Field(
        default=None, description="A second start under it returns the first run."
    )


class RunOut(BaseModel):
    """One thread of one graph."""

    id: str
    thread: str
    graph: str
    requester: str | None
    trigger: str
    dedupe_key: str | None
    status: RunStatus
    error: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, run: Run) -> RunOut:
        return cls.model_validate(run.model_dump(include=set(cls.model_fields)))


class ReasonIn(In):
    """Why."""

    reason: Reason = Field(examples=["The customer called; no mail is needed."])


class NothingIn(In):
    """An empty body."""


class SettleIn(In):
    """What was found out about an effect of unknown outcome."""

    settlement: Settlement
    reason: Reason = Field(default="", examples=["The provider's log shows message 4411 delivered."])


class ActorOut(BaseModel):
    """Who did it, with the name as it was then."""

    kind: ActorKind
    id: str
    name: str


class EffectOut(BaseModel):
    """One authorised execution; its id is the idempotency key."""

    id: str
    thread: str
    review_id: str | None
    rule: str | None
    tool: str
    effect_class: EffectClass
    digest: str
    state: EffectState
    attempt: int
    valid_until: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str
    settlement: Settlement | None

    @classmethod
    def of(cls, effect: Effect) -> EffectOut:
        return cls.model_validate(effect.model_dump(include=set(cls.model_fields)))


class AuditEntryOut(BaseModel):
    """One link of the chain."""

    seq: int
    at: datetime
    event: str
    actor: ActorOut
    thread: str | None
    action_id: str | None
    review_id: str | None
    effect_id: str | None
    digest: str | None
    policy: str | None
    channel: str
    commitment: str
    previous: str
    hash: str
    content: dict[str, Any] | None = Field(description="Null once it is erased; the chain still verifies.")
    salt: str | None

    @classmethod
    def of(cls, entry: AuditEntry) -> AuditEntryOut:
        shown = entry.model_dump(include=set(cls.model_fields) - {"content"})
        return cls(**shown, content=None if entry.content is None else readable(entry.content))


class ChainHeadOut(BaseModel):
    """How long the chain is and where it ends; keep it elsewhere to find later tampering."""

    workspace: str
    size: int
    hash: str

    @classmethod
    def of(cls, head: ChainHead) -> ChainHeadOut:
        return cls.model_validate(head.model_dump())


class StopOut(BaseModel):
    """Whether effects may start."""

    stopped: bool
    at: datetime | None = None
    by: str | None = None
    reason: str | None = None


class HealthOut(BaseModel):
    """Whether the server can do its work."""

    status: str = Field(examples=["ok"])
    database: str = Field(examples=["sqlite"])
