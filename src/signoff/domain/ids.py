"""Typed identifiers. All are opaque strings; only the digest-derived ones can be computed again."""

from typing import NewType

WorkspaceId = NewType("WorkspaceId", str)
ThreadId = NewType("ThreadId", str)
RunId = NewType("RunId", str)
ActionId = NewType("ActionId", str)
ReviewId = NewType("ReviewId", str)
RevisionId = NewType("RevisionId", str)
VoteId = NewType("VoteId", str)
EffectId = NewType("EffectId", str)
PersonId = NewType("PersonId", str)
Digest = NewType("Digest", str)

DEFAULT_WORKSPACE = WorkspaceId("default")


def call_key(message_id: str, tool_call_id: str) -> str:
    """The key of a tool call within its thread: stable over replays and wake-ups."""
    return f"call:{message_id}/{tool_call_id}"


def caller_key(key: str) -> str:
    """The key of a direct call to a protected tool, chosen by the caller."""
    return f"key:{key}"


def question_key(key: str) -> str:
    """The key of a question asked inside a node, chosen by the caller."""
    return f"question:{key}"
