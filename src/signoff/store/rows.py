"""The tables. Rows never leave this package; structured values are held as canonical text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from signoff.store.types import UtcDateTime


def _time(*, nullable: bool = False, index: bool = False) -> Any:
    default: Any = None if nullable else ...
    return Field(default=default, sa_column=Column(UtcDateTime, nullable=nullable, index=index))


def _text(*, nullable: bool = False) -> Any:
    default: Any = None if nullable else ...
    return Field(default=default, sa_column=Column(Text, nullable=nullable))


class Row(SQLModel, registry=registry()):
    """Base of every table; its own metadata keeps the tables of other libraries apart."""


LIVE = text("state <> 'closed'")
"""Written out in queries too, because no database uses a partial index for a value given as a parameter."""
_CLOSED = text("state = 'closed'")
_BARRED = text("state <> 'closed' AND not_for IS NOT NULL")
_HEARD = text("state <> 'closed' AND heard <> ''")


class WorkspaceRow(Row, table=True):
    __tablename__ = "workspace"

    id: str = Field(primary_key=True)
    stopped_at: datetime | None = _time(nullable=True)
    stopped_by: str | None = None
    stop_reason: str | None = None
    created_at: datetime = _time()


class PolicyRow(Row, table=True):
    """Every policy text that ever judged something, by content hash."""

    __tablename__ = "policy"

    hash: str = Field(primary_key=True)
    name: str
    version: str
    source: str = _text()
    loaded_at: datetime = _time()


class ToolRow(Row, table=True):
    """A tool as it was when it was proposed, by fingerprint."""

    __tablename__ = "tool"

    fingerprint: str = Field(primary_key=True)
    name: str
    argument_schema: str = _text()


class GraphRow(Row, table=True):
    """What `desk.check` found in a graph; pages draw it without loading langgraph."""

    __tablename__ = "graph"

    name: str = Field(primary_key=True)
    fingerprint: str
    drawing: str = _text()
    checked_at: datetime = _time()


class RunRow(Row, table=True):
    __tablename__ = "run"
    __table_args__ = (
        UniqueConstraint("workspace", "thread"),
        UniqueConstraint("workspace", "dedupe_key"),
        Index("run_by_status", "workspace", "status"),
    )

    id: str = Field(primary_key=True)
    workspace: str
    thread: str
    graph: str
    requester: str | None = None
    trigger: str
    dedupe_key: str | None = None
    status: str
    input: str | None = _text(nullable=True)
    config: str = _text()
    wanted: int = 0
    served: int = 0
    lease_until: datetime | None = _time(nullable=True)
    fence: int = 0
    error: str = Field(default="", sa_column=Column(Text, nullable=False))
    created_at: datetime = _time()
    updated_at: datetime = _time()
    erased_at: datetime | None = _time(nullable=True)


class RunSnapshotRow(Row, table=True):
    """What a thread held when it was last driven; pages show it without loading langgraph."""

    __tablename__ = "run_snapshot"

    workspace: str = Field(primary_key=True)
    thread: str = Field(primary_key=True)
    content: str = _text()
    taken_at: datetime = _time()


class ActionRow(Row, table=True):
    __tablename__ = "action"
    __table_args__ = (
        UniqueConstraint("workspace", "thread", "key", "digest"),
        # Holds all that figures by rule read, so that they need not open the rows.
        Index("action_ruled", "workspace", "created_at", "tool", "policy_hash", "rule", "ruling"),
    )

    id: str = Field(primary_key=True)
    workspace: str
    thread: str
    key: str
    pause: str
    tool: str
    fingerprint: str
    effect_class: str
    digest: str
    arguments: str = _text()
    bound: str = _text()
    context: str = _text()
    flags: str = _text()
    verdict: str = _text()
    ruling: str = "review"
    rule: str | None = None
    policy_hash: str = ""
    created_at: datetime = _time()
    erased_at: datetime | None = _time(nullable=True)


class ReviewRow(Row, table=True):
    __tablename__ = "review"
    __table_args__ = (
        Index("review_live_key", "workspace", "thread", "key", unique=True,
              sqlite_where=LIVE, postgresql_where=LIVE),
        Index("review_live_due", "workspace", "due_at", "id", sqlite_where=LIVE, postgresql_where=LIVE),
        Index("review_live_expiry", "expires_at", sqlite_where=LIVE, postgresql_where=LIVE),
        Index("review_by_opened", "workspace", "opened_at", "id"),
        Index("review_by_thread", "workspace", "thread"),
        # Holds all that figures of outcomes read, so that they need not open the rows.
        Index("review_by_closed", "workspace", "closed_at", "tool", "outcome", "kind", "policy", "rule"),
        Index("review_waiting", "workspace", "audience", "due_at", "risk", "id", "not_for",
              sqlite_where=LIVE, postgresql_where=LIVE),
        Index("review_not_for", "workspace", "not_for", "audience", "due_at", "risk", "id",
              sqlite_where=_BARRED, postgresql_where=_BARRED),
        Index("review_heard", "workspace", "audience", "due_at", "risk", "id",
              sqlite_where=_HEARD, postgresql_where=_HEARD),
        Index("review_by_closing", "workspace", "closed_at", "id",
              sqlite_where=_CLOSED, postgresql_where=_CLOSED),
    )  # fmt: skip

    id: str = Field(primary_key=True)
    workspace: str
    thread: str
    key: str
    pause: str
    action_id: str
    effect_id: str | None = None
    kind: str
    tool: str
    policy: str = ""
    rule: str | None = None
    title: str = _text()
    state: str
    outcome: str | None = None
    resolution: str | None = None
    digest: str
    revision: int
    stage: int
    stages_total: int
    severity: str | None = None
    flags_count: int
    requester: str | None = None
    follows: str | None = None
    opened_at: datetime = _time()
    due_at: datetime | None = _time(nullable=True)
    expires_at: datetime = _time()
    escalated_at: datetime | None = _time(nullable=True)
    settles_at: datetime | None = _time(nullable=True)
    closed_at: datetime | None = _time(nullable=True)
    decided_by: str | None = None
    reason: str = Field(default="", sa_column=Column(Text, nullable=False))
    version: int = 1
    audience: str
    """Key of those whom the open stage waits for; see `signoff.domain.audience`."""
    not_for: str | None = None
    heard: str = Field(default="", sa_column=Column(Text, nullable=False))
    risk: int
    """The severity as a number that sorts: 0 is high."""


class AudienceRow(Row, table=True):
    """Who belongs to an audience: one row for each member, kept once for all its reviews."""

    __tablename__ = "audience"

    workspace: str = Field(primary_key=True)
    audience: str = Field(primary_key=True)
    member: str = Field(primary_key=True)


class RevisionRow(Row, table=True):
    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("review_id", "number"),)

    id: str = Field(primary_key=True)
    review_id: str
    number: int
    digest: str
    arguments: str = _text()
    author: str = _text()
    flags: str = _text()
    verdict: str = _text()
    created_at: datetime = _time()


class StageRow(Row, table=True):
    """Stages of one revision; a revision that the policy judges anew gets its own."""

    __tablename__ = "stage"

    review_id: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    content: str = _text()


class VoteRow(Row, table=True):
    __tablename__ = "vote"
    __table_args__ = (UniqueConstraint("review_id", "client_token"),)

    id: str = Field(primary_key=True)
    review_id: str = Field(index=True)
    stage: int
    step: str = ""
    waited: float = 0.0
    person: str = Field(index=True)
    person_name: str
    kind: str
    digest: str
    reason: str = _text()
    answer: str = _text()
    ballot_digest: str
    channel: str
    seconds: float | None = None
    client_token: str
    acknowledged: str = Field(default="[]", sa_column=Column(Text, nullable=False, server_default="[]"))
    seen: str | None = None
    hidden: str = Field(default="[]", sa_column=Column(Text, nullable=False, server_default="[]"))
    cast_at: datetime = _time()
    retracted_at: datetime | None = _time(nullable=True)


class ReviewLookRow(Row, table=True):
    """Somebody who has a review open; gone soon after they left it."""

    __tablename__ = "review_look"
    __table_args__ = (Index("review_look_seen", "workspace", "seen_at"),)

    workspace: str = Field(primary_key=True)
    review_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    since: datetime = _time()
    seen_at: datetime = _time()


_STARTED = text("state = 'started'")


class EffectRow(Row, table=True):
    __tablename__ = "effect"
    __table_args__ = (
        Index("effect_leased", "lease_until", sqlite_where=_STARTED, postgresql_where=_STARTED),
        Index("effect_by_state", "workspace", "state"),
        Index("effect_by_thread", "workspace", "thread"),
    )

    id: str = Field(primary_key=True)
    workspace: str
    thread: str
    key: str
    action_id: str
    action_digest: str
    digest: str
    review_id: str | None = None
    rule: str | None = None
    tool: str
    effect_class: str
    arguments: str = _text()
    retryable: bool
    state: str
    attempt: int
    fence: int
    awaited: bool = False
    valid_until: datetime = _time()
    lease_until: datetime | None = _time(nullable=True)
    started_at: datetime | None = _time(nullable=True)
    finished_at: datetime | None = _time(nullable=True)
    result: str | None = _text(nullable=True)
    error: str = _text()
    settlement: str | None = None
    created_at: datetime = _time()


_VERIFIED = text("event = 'audit.verified'")


class AuditRow(Row, table=True):
    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("audit_by_review", "workspace", "review_id"),
        Index("audit_by_thread", "workspace", "thread"),
        Index("audit_verified", "workspace", "seq", sqlite_where=_VERIFIED, postgresql_where=_VERIFIED),
    )

    workspace: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    at: datetime = _time()
    event: str
    actor_kind: str
    actor_id: str
    actor_name: str
    thread: str | None = None
    action_id: str | None = None
    review_id: str | None = None
    effect_id: str | None = None
    digest: str | None = None
    policy: str | None = None
    channel: str
    commitment: str
    previous: str
    hash: str


class AuditContentRow(Row, table=True):
    """What an entry says, apart from the entry: erasing it leaves the chain whole."""

    __tablename__ = "audit_content"

    workspace: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    salt: str
    content: str = _text()


class AuditHeadRow(Row, table=True):
    __tablename__ = "audit_head"

    workspace: str = Field(primary_key=True)
    size: int
    hash: str


class JobRow(Row, table=True):
    """The embedded queue; unused where Procrastinate serves the jobs."""

    __tablename__ = "job"
    __table_args__ = (Index("job_ready", "state", "run_at"),)

    id: str = Field(primary_key=True)
    kind: str
    lock: str | None = None
    dedupe: str | None = Field(default=None, unique=True)
    payload: str = _text()
    run_at: datetime = _time()
    state: str
    attempts: int = 0
    lease_until: datetime | None = _time(nullable=True)
    error: str = _text()
    created_at: datetime = _time()


class PersonRow(Row, table=True):
    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("workspace", "email"),)

    id: str = Field(primary_key=True)
    workspace: str
    email: str
    name: str
    password_hash: str | None = None
    roles: str
    groups: str
    active: bool = True
    preferences: str = _text()
    created_at: datetime = _time()


class IdentityRow(Row, table=True):
    """Whom an OpenID provider means by a subject."""

    __tablename__ = "person_identity"

    workspace: str = Field(primary_key=True)
    issuer: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    person_id: str
    created_at: datetime = _time()


class SignInAttemptRow(Row, table=True):
    """A browser that was sent to the OpenID provider; gone once it comes back."""

    __tablename__ = "sign_in_attempt"

    state_hash: str = Field(primary_key=True)
    browser_hash: str
    nonce: str
    verifier: str
    then: str
    zone: str
    expires_at: datetime = _time()


class SessionRow(Row, table=True):
    """A signed-in browser; the cookie's secret is stored as its hash only."""

    __tablename__ = "login_session"

    secret_hash: str = Field(primary_key=True)
    workspace: str
    person_id: str = Field(index=True)
    csrf: str
    created_at: datetime = _time()
    seen_at: datetime = _time()
    expires_at: datetime = _time()
    agent: str = ""
    """What the browser calls itself."""
    how: str = ""
    zone: str = ""
    """The browser's time zone, for whoever chose none."""


class LoginTokenRow(Row, table=True):
    """A one-time log-in; gone once used."""

    __tablename__ = "login_token"

    secret_hash: str = Field(primary_key=True)
    workspace: str
    person_id: str
    expires_at: datetime = _time()


class ApiKeyRow(Row, table=True):
    __tablename__ = "api_key"

    secret_hash: str = Field(primary_key=True)
    id: str = Field(unique=True)
    workspace: str
    name: str
    person_id: str | None = None
    scopes: str
    created_at: datetime = _time()
    expires_at: datetime | None = _time(nullable=True)
    revoked_at: datetime | None = _time(nullable=True)
