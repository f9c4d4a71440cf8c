"""What one synchronisation carries."""

from __future__ import annotations

from operator import add
from typing import Annotated, Any, TypedDict


class SyncState(TypedDict, total=False):
    """State of the flow, in plain values."""

    conflicts: list[dict[str, Any]]
    alike: int
    only_crm: list[str]
    only_erp: list[str]
    undecided: Annotated[list[str], add]
    """Keys of conflicts that nobody decided; both systems keep what they have."""
    edits: dict[str, list[dict[str, str]]]
    """By system, what is to be changed there."""
    results: Annotated[list[str], add]
    """What the systems said."""


class OneConflict(TypedDict):
    """What a single question is asked about."""

    conflict: dict[str, Any]
