"""What a text is counted by: words, pairs of words, pieces of words and keywords that meet.

All but the last are those that scikit-learn's `TfidfVectorizer` takes. Training hands it these functions;
scoring calls them without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from functools import lru_cache
from itertools import combinations, pairwise

_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"\w\w+")
PIECE_LENGTHS = range(3, 6)
MEETS = "+"


def plain(text: str) -> str:
    """Lower case, every digit a zero: a term of 30 days says as much as one of 60."""
    return _DIGIT.sub("0", text.lower())


def word_terms(text: str) -> Iterator[str]:
    """Words of two characters and more, then pairs of neighbouring words."""
    words = _WORD.findall(plain(text))
    yield from words
    for first, second in pairwise(words):
        yield f"{first} {second}"


def piece_terms(text: str) -> Iterator[str]:
    """Runs of 3 to 5 characters that do not cross the edge of a word (a blank marks the edge)."""
    for word in plain(text).split():
        yield from _pieces(word)


def meeting_terms(text: str, keywords: Set[str]) -> Iterator[str]:
    """Every two keywords that stand in the text, however far apart and in whatever order."""
    found = sorted(keywords & set(_WORD.findall(plain(text))))
    for first, second in combinations(found, 2):
        yield f"{first}{MEETS}{second}"


@lru_cache(maxsize=50_000)
def _pieces(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    found: list[str] = []
    for length in PIECE_LENGTHS:
        found.append(padded[:length])
        found.extend(padded[start : start + length] for start in range(1, len(padded) - length + 1))
        if length >= len(padded):
            break
    return tuple(found)
