"""What the agent asks for, and how dangerous that kind of thing is."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from signoff.domain import canonical
from signoff.domain.ids import Digest, ThreadId, WorkspaceId
from signoff.domain.value import Value

ACTION_VERSION = 1


class EffectClass(StrEnum):
    """How far a tool reaches. A tool that nobody classified counts as `IRREVERSIBLE`."""

    READ = "read"
    EGRESS = "egress"
    """A read that can leak: what is asked for is itself a message to the outside."""
    WRITE = "write"
    IRREVERSIBLE = "irreversible"


class Action(Value):
    """One tool call, or one question, as it stood when it was proposed."""

    workspace: WorkspaceId
    thread: ThreadId
    key: str
    """Identity within the thread; see `signoff.domain.ids`."""
    pause: str
    """The message id (or caller's key) shared by the reviews of one turn."""
    tool: str
    fingerprint: str
    """Digest of the tool's schema, effect class and idempotency at the time of the call."""
    effect_class: EffectClass
    arguments: dict[str, Any]
    bound: dict[str, Any] = Field(default_factory=dict)
    """Inputs that reach the tool outside its arguments, by their policy path."""
    context: dict[str, Any] = Field(default_factory=dict)
    """Facts for policy and flags; no input of the tool, so not part of the digest."""

    @property
    def digest(self) -> Digest:
        """The identity of exactly this action; approvals are bound to it."""
        return action_digest(self, self.arguments)

    def revised(self, arguments: dict[str, Any]) -> Action:
        """The same call with other arguments."""
        return self.model_copy(update={"arguments": arguments})


def action_digest(action: Action, arguments: dict[str, Any]) -> Digest:
    """SHA-256 over version, workspace, thread, key, tool, fingerprint, arguments and bound inputs."""
    return canonical.digest(
        "action",
        {
            "version": ACTION_VERSION,
            "workspace": action.workspace,
            "thread": action.thread,
            "key": action.key,
            "tool": action.tool,
            "fingerprint": action.fingerprint,
            "arguments": arguments,
            "bound": action.bound,
        },
    )
