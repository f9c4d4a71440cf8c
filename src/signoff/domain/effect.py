"""One authorised execution, and the moves it may make."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from signoff.domain import canonical
from signoff.domain.action import EffectClass
from signoff.domain.ids import ActionId, Digest, EffectId, ReviewId, ThreadId, WorkspaceId
from signoff.domain.value import Value


class EffectState(StrEnum):
    """Where an effect stands; `MOVES` says what may follow."""

    PLANNED = "planned"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"


MOVES: dict[EffectState, frozenset[EffectState]] = {
    EffectState.PLANNED: frozenset({EffectState.STARTED, EffectState.EXPIRED, EffectState.REVOKED}),
    EffectState.STARTED: frozenset({EffectState.SUCCEEDED, EffectState.FAILED, EffectState.UNKNOWN}),
    EffectState.UNKNOWN: frozenset({EffectState.SUCCEEDED, EffectState.FAILED, EffectState.PLANNED}),
    EffectState.SUCCEEDED: frozenset(),
    EffectState.FAILED: frozenset(),
    EffectState.EXPIRED: frozenset(),
    EffectState.REVOKED: frozenset(),
}
"""`unknown → planned` only under the same key: the tool declares one, or a lookup said "absent"."""


class Settlement(StrEnum):
    """What a person says about an effect of unknown outcome."""

    HAPPENED = "happened"
    DID_NOT_HAPPEN = "did_not_happen"
    ABANDON = "abandon"


class Effect(Value):
    """A row of the ledger. Its id is the idempotency key handed to the tool."""

    id: EffectId
    workspace: WorkspaceId
    thread: ThreadId
    key: str
    action_id: ActionId
    action_digest: Digest
    """Digest of the action as the agent proposed it: what the live inputs must match."""
    digest: Digest
    """Digest of what runs: the approved revision."""
    review_id: ReviewId | None
    rule: str | None
    """The rule that allowed it, when no person did."""
    tool: str
    effect_class: EffectClass
    arguments: dict[str, Any]
    state: EffectState
    attempt: int = 0
    fence: int = 0
    """Grows with every start; a result that carries an older one is evidence only."""
    valid_until: datetime
    lease_until: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    created_at: datetime | None = None
    result: str | None = None
    """The stored result, as the graph side serialised it."""
    error: str = ""
    settlement: Settlement | None = None

    @property
    def awaits_settlement(self) -> bool:
        """Whether nobody knows, or has said yet, what became of it."""
        return self.state is EffectState.UNKNOWN and self.settlement is None


def effect_id(workspace: str, thread: str, key: str, action_digest: str) -> EffectId:
    """The one effect of an action: the digest of workspace, thread, key and digest, shortened."""
    return EffectId("eff_" + canonical.digest("effect", [workspace, thread, key, action_digest])[:40])
