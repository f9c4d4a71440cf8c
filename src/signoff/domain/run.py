"""One thread of one graph."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from signoff.domain.ids import RunId, ThreadId, WorkspaceId
from signoff.domain.value import Value


class RunStatus(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    """Its first step has not been taken."""
    RUNNING = "running"
    PAUSED = "paused"
    """Waits for people."""
    DUE = "due"
    """What it waited for is decided; a wake-up is due."""
    FINISHED = "finished"
    FAILED = "failed"
    """The graph raised; a retry continues from its last checkpoint."""
    CANCELLED = "cancelled"


class Run(Value):
    """A thread as Signoff drives it, with what a wake-up needs."""

    id: RunId
    workspace: WorkspaceId
    thread: ThreadId
    graph: str
    requester: str | None = None
    trigger: str = "direct"
    """How it started: "api", "cli", "demo", or "direct" for the caller's own `invoke`."""
    dedupe_key: str | None = None
    status: RunStatus
    input: dict[str, Any] | None = None
    config: dict[str, Any] = Field(default_factory=dict)
    """The caller's configurable values, given again at every wake-up."""
    wanted: int = 0
    """Wake-ups asked for so far; a driver that sees it grow goes round again."""
    served: int = 0
    lease_until: datetime | None = None
    fence: int = 0
    error: str = ""
    created_at: datetime
    updated_at: datetime
    erased_at: datetime | None = None
    """When what it said was taken out."""

    @property
    def is_driven_by_caller(self) -> bool:
        """Whether a program outside of Signoff's workers invoked the graph last."""
        return self.status is RunStatus.RUNNING and self.lease_until is None
