"""How wide text will be, about, and how a long name is broken into lines."""

from __future__ import annotations

import re
import unicodedata

_NARROW = frozenset("fijlrtI.,:;'|!()[]/ ")
_WIDE = frozenset("mwMW@%")
_PARTS = re.compile(r"[^\s_\-./:]*[\s_\-./:]*")


def width_of(text: str, size: float) -> float:
    """An upper bound for common sans-serif fonts, in pixels."""
    return sum(_em(char) for char in text) * size


def _em(char: str) -> float:
    if char in _NARROW:
        return 0.4
    if char in _WIDE or unicodedata.east_asian_width(char) in "WF":
        return 1.0
    return 0.76 if char.isupper() else 0.62


def shortened(text: str, size: float, room: float) -> str:
    """`text`, cut with an ellipsis where it is wider than `room`."""
    if width_of(text, size) <= room:
        return text
    while text and width_of(text + "…", size) > room:
        text = text[:-1]
    return text + "…"


def wrapped(name: str, size: float, room: float) -> tuple[str, ...]:
    """A name on at most two lines, broken between its words."""
    if width_of(name, size) <= room:
        return (name,)
    first = ""
    for part in filter(None, _PARTS.findall(name)):
        if width_of(first + part.rstrip(), size) > room:
            break
        first += part
    if not first:
        return (shortened(name, size, room),)
    return first.rstrip(), shortened(name[len(first) :], size, room)
