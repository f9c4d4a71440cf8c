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
from itertools import pairwise
from typing import Literal

from signoff.web.pages.reading import number
from signoff.web.pages.reveal import Piece, reveal
from signoff.web.pages.translate import gettext, ngettext

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
    return (*reveal(head), _left_out(words), *reveal(tail))


def _left_out(words: int) -> Piece:
    said = ngettext("%(words)s word", "%(words)s words", words, words=number(words))
    return Piece(said, gettext("unchanged, left out here"))


def _changes(before: str, after: str) -> list[tuple[Kind, str]]:
    old, new = _PARAGRAPHS.findall(before), _PARAGRAPHS.findall(after)
    by_words = max(len(before), len(after)) <= _WORDS_UP_TO
    changes: list[tuple[Kind, str]] = []
    at = 0
    for i1, i2, j1, j2 in _differing(old, new):
        changes.append(("same", "".join(old[at:i1])))
        for gone, come in _paired(old[i1:i2], new[j1:j2]):
            changes += _words(gone, come) if by_words else [("removed", gone), ("added", come)]
        at = i2
    changes.append(("same", "".join(old[at:])))
    return [(kind, text) for kind, text in changes if text]


def _paired(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, str]]:
    """Paragraph by paragraph where each is the other with some words changed; else all in one."""
    if len(old) == len(new) and all(map(_is_edited, old, new)):
        return list(zip(old, new, strict=True))
    return [("".join(old), "".join(new))]


def _is_edited(before: str, after: str) -> bool:
    """Whether a third of the shorter one, at its two ends, is in the other too."""
    return 3 * sum(_ends(before, after)) >= min(len(before), len(after))


def _words(before: str, after: str) -> Iterator[tuple[Kind, str]]:
    head, tail = _ends(before, after)
    old, new = (_WORDS.findall(text[head : len(text) - tail]) for text in (before, after))
    at, same = 0, before[:head]
    for i1, i2, j1, j2 in _bridged(_differing(old, new)):
        yield "same", same + "".join(old[at:i1])
        yield "removed", "".join(old[i1:i2])
        yield "added", "".join(new[j1:j2])
        at, same = i2, ""
    yield "same", same + "".join(old[at:]) + before[len(before) - tail :]


def _ends(before: str, after: str) -> tuple[int, int]:
    """How many characters are alike at the beginning and at the end, in whole words."""
    head = _alike(before, after)
    return head, _alike(before[head:][::-1], after[head:][::-1])


def _alike(before: str, after: str) -> int:
    """How many characters both begin with, up to and with the space before the first word that differs."""
    low, high = 0, min(len(before), len(after))
    while low < high:
        middle = (low + high + 1) // 2
        if before[low:middle] == after[low:middle]:
            low = middle
        else:
            high = middle - 1
    return before.rfind(" ", 0, low) + 1


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
    block = _trimmed(old, new, (0, len(old), 0, len(new)))
    i1, i2, j1, j2 = block
    if i1 == i2 or j1 == j2:
        yield from _between(old, new, block)
        return
    anchors = [(i1 + a, j1 + b) for a, b in _anchors(old[i1:i2], new[j1:j2])]
    for (i, j), (a, b) in pairwise([(i1 - 1, j1 - 1), *anchors, (i2, j2)]):
        if old[i + 1 : a] != new[j + 1 : b]:
            yield from _between(old, new, (i + 1, a, j + 1, b))


def _trimmed(old: Sequence[str], new: Sequence[str], block: _Block) -> _Block:
    """The block without what is alike at its beginning and at its end."""
    i1, i2, j1, j2 = block
    while i1 < i2 and j1 < j2 and old[i1] == new[j1]:
        i1, j1 = i1 + 1, j1 + 1
    while i1 < i2 and j1 < j2 and old[i2 - 1] == new[j2 - 1]:
        i2, j2 = i2 - 1, j2 - 1
    return i1, i2, j1, j2


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of places of what stands once in each, as many as keep their order (patience)."""
    there = _only_places(new)
    pairs = [(n, there[item]) for item, n in _only_places(old).items() if item in there]
    if all(before[1] < after[1] for before, after in pairwise(pairs)):
        return pairs
    return _longest_rising(pairs)


def _only_places(items: Sequence[str]) -> dict[str, int]:
    """Where each item stands that stands there once, in order."""
    places = dict(zip(items, range(len(items)), strict=True))
    return {item: places[item] for item, times in Counter(items).items() if times == 1}


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """As many pairs as can be kept when their second halves have to rise too."""
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
    i1, i2, j1, j2 = _trimmed(old, new, block)
    if i1 == i2 and j1 == j2:
        return
    gone, come = old[i1:i2], new[j1:j2]
    if len(gone) * len(come) > _TOO_LONG or set(gone).isdisjoint(come):
        yield i1, i2, j1, j2
        return
    matcher = SequenceMatcher(None, gone, come, autojunk=False)
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if tag != "equal":
            yield i1 + a1, i1 + a2, j1 + b1, j1 + b2
