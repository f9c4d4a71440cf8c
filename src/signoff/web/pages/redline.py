"""What changed between two texts: paragraphs first, then words inside the changed ones.

Changes with only a word or two between them are joined, so that a reader sees phrases, not confetti.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from signoff.web.pages.reveal import Piece, reveal

_PARAGRAPHS = re.compile(r"[^\n]*\n+|[^\n]+")
_WORDS = re.compile(r"\s+|[^\s]+")
_BRIDGE = 3
"""Pieces (words and the spaces between them) that are swallowed between two changes."""
_TOO_LONG = 4_000
"""Pieces of one paragraph beyond which it is shown as replaced whole."""

Kind = Literal["same", "removed", "added"]


@dataclass(frozen=True)
class Change:
    """A stretch that stayed, went or came."""

    kind: Kind
    pieces: tuple[Piece, ...]


def redline(before: str, after: str) -> tuple[Change, ...]:
    """`before` turned into `after`, in reading order."""
    raw: list[tuple[Kind, str]] = []
    old, new = _PARAGRAPHS.findall(before), _PARAGRAPHS.findall(after)
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            raw.append(("same", "".join(old[i1:i2])))
        else:
            raw += _words("".join(old[i1:i2]), "".join(new[j1:j2]))
    return tuple(Change(kind, reveal(text)) for kind, text in raw if text)


def _words(before: str, after: str) -> list[tuple[Kind, str]]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) + len(new) > _TOO_LONG:
        return [("removed", before), ("added", after)]
    result: list[tuple[Kind, str]] = []
    removed: list[str] = []
    added: list[str] = []
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for n, (tag, i1, i2, j1, j2) in enumerate(opcodes):
        is_bridge = bool(removed or added) and n + 1 < len(opcodes) and i2 - i1 <= _BRIDGE
        if tag == "equal" and not is_bridge:
            result += [
                ("removed", "".join(removed)),
                ("added", "".join(added)),
                ("same", "".join(old[i1:i2])),
            ]
            removed, added = [], []
        else:
            removed += old[i1:i2]
            added += new[j1:j2]
    return [*result, ("removed", "".join(removed)), ("added", "".join(added))]
