"""What one run of the flow carries."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages


def redline_name(title: str, what: str = "redline") -> str:
    """What a redline of the contract `title` is called: "Hosting - redline.docx"."""
    stem, dot, suffix = title.rpartition(".")
    if not dot or len(suffix) > 4:
        stem, suffix = title, "docx"
    origin = "" if suffix.lower() == "docx" else f" (from {suffix.lower()})"
    return f"{stem[:120]}{origin} - {what}.docx"


class ClauseState(TypedDict):
    """A clause of the contract, or one that it lacks, as plain values."""

    id: str
    number: str
    heading: str
    text: str
    """Empty for a clause that the contract lacks."""
    start: int
    end: int
    kinds: dict[str, str]
    """Playbook entries that it is about, with the words that say so."""
    hints: list[dict[str, Any]]


class RedlineState(TypedDict):
    """A redline that was made."""

    document: str
    """Its name on the shelf; the digest of its content is in it."""
    changed: list[str]
    """Clauses that read differently now."""
    open: list[str]
    """Clauses that still overstep where we walk away."""
    insertions: int
    deletions: int
    comments: int


class ContractState(TypedDict, total=False):
    """State of the flow; all but `messages` is set by whoever starts the run, and by the flow's own nodes."""

    messages: Annotated[list[AnyMessage], add_messages]
    document: str
    """The contract's name on the shelf."""
    title: str
    """What people call it: its file's name."""
    counterparty: str
    """E-mail address that the redline goes to; without one nothing is sent."""
    received_at: str
    """ISO 8601, UTC; the date of the tracked changes."""
    made_from: str
    clauses: list[ClauseState]
    proposal: RedlineState
    """The redline as the agent proposes it, for lawyers to read as a whole; it can never be sent."""
    redline: RedlineState
    """The redline of what was agreed."""
