"""Flags tied to the words they are about: a text cut at every edge of a flag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from signoff.domain.flag import RiskFlag, Severity, flag_keys
from signoff.web.pages.reveal import Piece, reveal


@dataclass(frozen=True)
class NumberedFlag:
    """A flag with the number it has on the page."""

    number: int
    flag: RiskFlag
    key: str = ""
    """Its name in a vote that acknowledges it."""

    @property
    def severity(self) -> Severity:
        return self.flag.severity


@dataclass(frozen=True)
class Segment:
    """A stretch of text under the same flags."""

    pieces: tuple[Piece, ...]
    flags: tuple[NumberedFlag, ...] = ()
    ends: tuple[NumberedFlag, ...] = ()
    """Flags whose words end here: their numbers stand behind this stretch."""

    @property
    def severity(self) -> Severity | None:
        return max((f.severity for f in self.flags), key=lambda s: s.rank, default=None)


def numbered(flags: Sequence[RiskFlag]) -> tuple[NumberedFlag, ...]:
    """Flags in the order of the margin: the most severe first, then by place in the text."""
    keyed = zip(flags, flag_keys(flags), strict=True)
    ordered = sorted(keyed, key=lambda f: (-f[0].severity.rank, f[0].path, f[0].start, f[0].code))
    return tuple(NumberedFlag(n, flag, key) for n, (flag, key) in enumerate(ordered, 1))


def span_of(flag: RiskFlag, text: str) -> tuple[int, int] | None:
    """Where the flag's words stand in `text`, in code points; None when it is about the whole.

    Offsets that no longer hold the quote are not trusted: the quote is looked for instead.
    """
    if not flag.quote:
        inside = 0 <= flag.start < flag.end <= len(text)
        return (flag.start, flag.end) if inside else None
    if text[flag.start : flag.end] == flag.quote:
        return flag.start, flag.end
    found = text.find(flag.quote)
    return None if found < 0 else (found, found + len(flag.quote))


def segments(text: str, flags: Sequence[NumberedFlag]) -> tuple[Segment, ...]:
    """`text` cut at all edges of `flags`; overlapping flags share stretches."""
    spans = [(span, f) for f in flags if (span := span_of(f.flag, text)) is not None]
    edges = sorted({0, len(text), *(e for (start, end), _ in spans for e in (start, end))})
    result = []
    for start, end in pairwise(edges):
        covering = tuple(f for (s, e), f in spans if s <= start and end <= e)
        ending = tuple(f for (_, e), f in spans if e == end)
        pieces = reveal(text[start:end], before=text[start - 1 : start], after=text[end : end + 1])
        result.append(Segment(pieces, covering, ending))
    return tuple(result)
