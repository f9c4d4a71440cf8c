"""Whole numbers written in words: "five hundred and fourteen"."""

from __future__ import annotations

import re
from decimal import Decimal

_UNITS = {
    word: n
    for n, word in enumerate(
        (
            *("zero one two three four five six seven eight nine ten eleven twelve thirteen".split()),
            *("fourteen fifteen sixteen seventeen eighteen nineteen".split()),
        )
    )
}
_TENS = {
    word: n * 10
    for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_WORDS = "|".join([*_TENS, *sorted(_UNITS, key=len, reverse=True), "hundred", "thousand"])

SPELLED = rf"(?:a|{_WORDS})(?:[ -](?:{_WORDS}|and)){{0,12}}"
"""A pattern of such a number, to be compiled without regard to case; `in_words` reads what it matches."""


def in_words(words: str) -> Decimal:
    """The value of words that `SPELLED` matches."""
    total = current = 0
    for word in re.split(r"[ -]", words.lower()):
        if word in _UNITS:
            current += _UNITS[word]
        elif word in _TENS:
            current += _TENS[word]
        elif word == "hundred":
            current = max(1, current) * 100
        elif word == "thousand":
            total, current = total + max(1, current) * 1000, 0
    return Decimal(1 if words.lower() == "a" else total + current)
