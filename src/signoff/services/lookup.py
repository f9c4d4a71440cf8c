"""Asking a tool's target whether an effect happened."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from signoff.domain.effect import Effect


class Found(StrEnum):
    """What the target says about an effect id."""

    DONE = "done"
    ABSENT = "absent"
    UNSURE = "unsure"


Lookup = Callable[[str, dict[str, Any]], bool | None]
"""Effect id and arguments → True (it happened), False (for certain not), None (cannot tell)."""


class Lookups:
    """The lookups that tools declared, by tool name."""

    def __init__(self) -> None:
        self._by_tool: dict[str, Lookup] = {}

    def register(self, tool: str, lookup: Lookup) -> None:
        self._by_tool[tool] = lookup

    def knows(self, tool: str) -> bool:
        return tool in self._by_tool

    def ask(self, effect: Effect) -> Found:
        """Ask the target; a lookup that is missing or fails is unsure. Call it outside transactions."""
        lookup = self._by_tool.get(effect.tool)
        if lookup is None:
            return Found.UNSURE
        try:
            answer = lookup(effect.id, effect.arguments)
        except Exception:  # noqa: BLE001 - whatever a target's lookup raises means that it cannot tell
            return Found.UNSURE
        if answer is None:
            return Found.UNSURE
        return Found.DONE if answer else Found.ABSENT
