"""Values of a state as plain trees: typed, capped, and without what looks like a secret."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from signoff.domain.sentence import sentence
from signoff.domain.snapshot import StateNode, looks_secret

BUDGET = 200_000
"""Bytes of all values together; a stored snapshot stays under 256 KB."""
_TEXT, _ITEMS, _DEPTH = 4_000, 200, 12
_OVERHEAD = 70
"""Bytes that a node takes beside its texts."""


class Plain:
    """Turns values into trees until its budget is used up.

    Args:
        budget: bytes that all trees together may take.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self._left = budget

    def node(self, name: str, value: Any, depth: int = 0) -> StateNode:
        """`value` under its name; what is hidden, cut or left out says so."""
        name, kind = clean(name)[:200], type(value).__name__
        if looks_secret(name) and value not in (None, ""):
            return self._spent(
                StateNode(name=name, kind=kind, note=sentence("hidden: its name is that of a secret"))
            )
        if self._left <= 0:
            return StateNode(name=name, kind=kind, note=sentence("left out: the snapshot is full"))
        text = _text(value)
        if text is not None:
            return self._spent(_leaf(name, kind, text))
        parts = _parts(value)
        if parts is None:
            return self._spent(StateNode(name=name, kind=kind, note=sentence("not shown: no plain value")))
        if depth == _DEPTH:
            return self._spent(StateNode(name=name, kind=kind, note=sentence("left out: too deep")))
        self._left -= _OVERHEAD + len(name)
        size, items = parts
        shown: list[StateNode] = []
        for part, inner in items:
            if len(shown) == _ITEMS or self._left <= 0:
                break
            shown.append(self.node(part, inner, depth + 1))
        note = f"cut: {len(shown):,} of {size:,} shown" if len(shown) < size else "" if size else "empty"
        return StateNode(name=name, kind=kind, items=tuple(shown), note=note)

    def _spent(self, node: StateNode) -> StateNode:
        self._left -= _OVERHEAD + len(node.name) + 2 * len((node.text or "").encode())
        return node


def _leaf(name: str, kind: str, text: str) -> StateNode:
    shown = clean(text[:_TEXT])
    note = f"cut: {_TEXT:,} of {len(text):,} characters shown" if len(text) > _TEXT else ""
    return StateNode(name=name, kind=kind, text=shown, note=note)


def clean(text: str) -> str:
    """Without half surrogate pairs, which no database keeps."""
    return text.encode("utf-8", "replace").decode()


def _text(value: Any) -> str | None:
    match value:
        case str():
            return str(value)
        case Enum():
            return f"{value.name}"
        case None | bool() | int() | float() | Decimal() | UUID() | timedelta():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value[:_TEXT]).decode()
        case _:
            return None


def _parts(value: Any) -> tuple[int, Iterator[tuple[str, Any]]] | None:
    """How many parts a value has, and its parts by name; None where it is of no kind that we know."""
    match value:
        case Mapping():
            return len(value), ((str(key), item) for key, item in value.items())
        case list() | tuple() | set() | frozenset():
            return len(value), ((str(n), item) for n, item in enumerate(value, 1))
        case BaseModel():
            fields = {name: getattr(value, name, None) for name in type(value).model_fields}
            told = {name: item for name, item in fields.items() if item not in (None, "", [], {})}
            return len(told), iter(told.items())
        case _ if dataclasses.is_dataclass(value):
            names = [field.name for field in dataclasses.fields(value)]
            return len(names), ((name, getattr(value, name, None)) for name in names)
        case _:
            return None
