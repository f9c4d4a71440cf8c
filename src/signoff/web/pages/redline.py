"""What changed between two texts: paragraphs first, then words inside the changed ones.

Changes with only a word or two between them are joined, so that a reader sees phrases, not confetti.
Long stretches that stayed are cut down to their edges.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from signoff.web.pages.reveal import Piece, reveal

_PARAGRAPHS = re.compile(r"[^\n]*\n+|[^\n]+")
_WORDS = re.compile(r"\s+|[^\s]+")
_BRIDGE = 3
"""Pieces (words and the spaces between them) that are swallowed between two changes."""
_TOO_LONG = 40_000
"""Pairs of pieces between two anchors beyond which the stretch is shown as replaced whole."""
_WORDS_UP_TO = 200_000
"""Characters beyond which only whole paragraphs are compared."""
_EDGE = 160
"""Characters of an unchanged stretch that are kept on either side of a cut."""

Kind = Literal["same", "removed", "added"]
_Block = tuple[int, int, int, int]
"""A stretch that differs: where it begins and ends in the old and in the new text."""


@dataclass(frozen=True)
class Change:
    """A stretch that stayed, went or came."""

    kind: Kind
    pieces: tuple[Piece, ...]


def redline(before: str, after: str) -> tuple[Change, ...]:
    """`before` turned into `after`, in reading order."""
    return tuple(Change(kind, reveal(text)) for kind, text in _changes(before, after))


def shortened_redline(before: str, after: str) -> tuple[Change, ...]:
    """Like `redline`, with long unchanged stretches cut down to what stands next to a change."""
    changes = _changes(before, after)
    last = len(changes) - 1
    return tuple(
        Change(kind, _cut(text, n == 0, n == last) if kind == "same" else reveal(text))
        for n, (kind, text) in enumerate(changes)
    )


def _cut(text: str, is_first: bool, is_last: bool) -> tuple[Piece, ...]:
    head = "" if is_first else text[:_EDGE].rpartition(" ")[0]
    tail = "" if is_last else text[-_EDGE:].partition(" ")[2]
    left_out = text[len(head) : len(text) - len(tail)]
    if len(left_out) < 2 * _EDGE:
        return reveal(text)
    words = len(left_out.split())
    return (*reveal(head), Piece(f"{words:,} words", "unchanged, left out here"), *reveal(tail))


def _changes(before: str, after: str) -> list[tuple[Kind, str]]:
    old, new = _PARAGRAPHS.findall(before), _PARAGRAPHS.findall(after)
    by_words = max(len(before), len(after)) <= _WORDS_UP_TO
    changes: list[tuple[Kind, str]] = []
    at = 0
    for i1, i2, j1, j2 in _differing(old, new):
        gone, come = "".join(old[i1:i2]), "".join(new[j1:j2])
        changes.append(("same", "".join(old[at:i1])))
        changes += _words(gone, come) if by_words else [("removed", gone), ("added", come)]
        at = i2
    changes.append(("same", "".join(old[at:])))
    return [(kind, text) for kind, text in changes if text]


def _words(before: str, after: str) -> Iterator[tuple[Kind, str]]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    at = 0
    for i1, i2, j1, j2 in _bridged(_differing(old, new)):
        yield "same", "".join(old[at:i1])
        yield "removed", "".join(old[i1:i2])
        yield "added", "".join(new[j1:j2])
        at = i2
    yield "same", "".join(old[at:])


def _bridged(blocks: Iterator[_Block]) -> Iterator[_Block]:
    """The same differences with those joined that stand close together."""
    last: _Block | None = None
    for block in blocks:
        if last is not None and block[0] - last[1] <= _BRIDGE:
            last = (last[0], block[1], last[2], block[3])
        else:
            if last is not None:
                yield last
            last = block
    if last is not None:
        yield last


def _differing(old: Sequence[str], new: Sequence[str]) -> Iterator[_Block]:
    """Where two sequences differ, in order: what both hold exactly once are the anchors between."""
    anchors = [(-1, -1), *_anchors(old, new), (len(old), len(new))]
    i = j = 0
    for a, b in anchors[1:]:
        yield from _between(old, new, (i, a, j, b))
        i, j = a + 1, b + 1


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of places of what stands once in each, as many as keep their order (patience)."""
    once_old, once_new = Counter(old), Counter(new)
    places = {item: n for n, item in enumerate(new) if once_new[item] == 1}
    pairs = [(n, places[item]) for n, item in enumerate(old) if once_old[item] == 1 and item in places]
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for n, (_, b) in enumerate(pairs):
        pile = bisect_left(tops, b)
        before.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1], piles[pile : pile + 1] = [b], [n]
    chain = []
    at = piles[-1] if piles else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _between(old: Sequence[str], new: Sequence[str], block: _Block) -> Iterator[_Block]:
    """The differences within a stretch that no anchor divides."""
    i1, i2, j1, j2 = block
    while i1 < i2 and j1 < j2 and old[i1] == new[j1]:
        i1, j1 = i1 + 1, j1 + 1
    while i1 < i2 and j1 < j2 and old[i2 - 1] == new[j2 - 1]:
        i2, j2 = i2 - 1, j2 - 1
    if i1 == i2 and j1 == j2:
        return
    if i1 == i2 or j1 == j2 or (i2 - i1) * (j2 - j1) > _TOO_LONG:
        yield i1, i2, j1, j2
        return
    matcher = SequenceMatcher(None, old[i1:i2], new[j1:j2], autojunk=False)
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if tag != "equal":
            yield i1 + a1, i1 + a2, j1 + b1, j1 + b2
