"""Text as a reader sees it, with the way back to the offsets of the original."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from confusable_homoglyphs.confusables import confusables_data

_QUOTES = dict.fromkeys("‘’ʼ′‛", "'") | dict.fromkeys("“”„″", '"')
_SIGNS = {"٪": "%", "٫": ".", "٬": ",", "−": "-"}
_KEPT_CONTROLS = "\t\n\r"
INVISIBLE_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters without ink whose category says letter, mark or symbol."""


def is_variation_selector(char: str) -> bool:
    """Whether it picks a glyph for the character before it."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def is_invisible(char: str) -> bool:
    """Whether a reader sees nothing there: format and control characters, fillers, selectors."""
    if char in _KEPT_CONTROLS:
        return False
    return (
        unicodedata.category(char) in ("Cf", "Cc") or char in INVISIBLE_LETTERS or is_variation_selector(char)
    )


def _seen(char: str) -> str | None:
    if is_invisible(char):
        return None
    if char in _QUOTES:
        return _QUOTES[char]
    if char in _SIGNS:
        return _SIGNS[char]
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    match unicodedata.category(char):
        case "Zs":
            return " "
        case "Pd":
            return "-"
    compatible = unicodedata.normalize("NFKC", char)
    return compatible if len(compatible) == 1 and compatible.isascii() else char


class _Table(dict[int, str | None]):
    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        self[code] = char if code < 128 and not is_invisible(char) else _seen(char)
        return self[code]


_TABLE = _Table()


class Plain:
    """`original` without invisible characters, with plain digits, spaces, dashes and quotes.

    Every character left stands for one of the original; `span` leads back.
    """

    __slots__ = ("_kept", "original", "text")

    def __init__(self, original: str) -> None:
        self.original = original
        self.text = original.translate(_TABLE)
        self._kept: list[int] | None = None
        if len(self.text) != len(original):
            self._kept = [n for n, char in enumerate(original) if _TABLE[ord(char)] is not None]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original of a non-empty stretch of `text`."""
        if self._kept is None:
            return start, end
        return self._kept[start], self._kept[end - 1] + 1


_BREAK = re.compile(r"[.!?…](?=[\s\"'])|\n(?=[ \t]*(?:\n|[-*•]))")


class Sentences:
    """Where the sentences of a text begin; list items and paragraphs count as sentences."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in _BREAK.finditer(text))]
        self._end = len(text)

    def around(self, offset: int) -> tuple[int, int]:
        """Start and end of the sentence that holds `offset`."""
        after = bisect_right(self._starts, offset)
        end = self._starts[after] if after < len(self._starts) else self._end
        return self._starts[after - 1], end


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every string in `value` with its JSON pointer, keys of mappings left out."""
    waiting: list[tuple[str, Any]] = [(path, value)]
    while waiting:
        where, item = waiting.pop()
        if isinstance(item, str):
            yield where, item
        elif isinstance(item, Mapping):
            waiting.extend((f"{where}/{_escaped(str(key))}", inner) for key, inner in item.items())
        elif isinstance(item, (list, tuple)):
            waiting.extend((f"{where}/{n}", inner) for n, inner in enumerate(item))


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


@lru_cache(maxsize=1)
def _lookalikes() -> dict[int, str]:
    table: dict[int, str] = {}
    for char, similar in confusables_data.items():
        if len(char) != 1 or char.isascii() or unicodedata.category(char)[0] not in "LN":
            continue
        for one in similar:
            if len(one["c"]) == 1 and one["c"].isascii() and one["c"].isalnum():
                table.setdefault(ord(char), one["c"])
    return table


def latin_lookalike(char: str) -> str | None:
    """The ASCII letter or digit that `char` can be mistaken for."""
    return _lookalikes().get(ord(char))


def as_latin(text: str) -> str:
    """`text` with every look-alike of an ASCII letter or digit replaced, length unchanged."""
    return text if text.isascii() else text.translate(_lookalikes())
