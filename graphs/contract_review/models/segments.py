"""Cuts the text of a contract into clauses, and clauses into segments of about a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_CLAUSE = 2500
"""Characters after which a clause is cut at the end of a sentence."""
CLAUSE_AFTER_CUT = 1500
SHORTEST_SEGMENT = 80
"""Characters: what is shorter is joined with the sentence that follows it."""
LONGEST_HEADING = 70

_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_OPENING = '["“\u2018(]'
_CLOSING = "[\"”\u2019')]*"
_NUMBER = r"""(?:
    (?:ARTICLE|Article|SECTION|Section)\s+(?:\d+|[IVXLC]+)\b
  | \d{1,2}(?:\.\d{1,2}){1,3}\.?\s
  | \d{1,2}\.\s+["“]?[A-Z]
  | \([a-zA-Z]\)\s+["“]?[A-Z]
)"""
_BEFORE_NUMBER = re.compile(rf"""(?<=[.;:])["”]?\s+(?={_NUMBER})""", re.VERBOSE)
_LONG_CUT = re.compile(rf"(?<=[.;]){_CLOSING}\s+(?={_OPENING}?[A-Z(])")
_SENTENCE_END = re.compile(rf"(?<=[.;:?!]){_CLOSING}\s+(?={_OPENING}?[A-Z0-9(•])")
_NO_SENTENCE_END = re.compile(
    rf"""(?:
      \b(?:Inc|Corp|Co|Ltd|Nos?|Mrs?|Ms|Dr|Art|Sect?|St|vs|e\.g|i\.e|U\.S|L\.P|N\.A|S\.A|Fig|Exh?|para|approx|Esq|Jr|Sr)
    | \b[A-Z]
    | \(?\b[0-9]+(?:\.[0-9]+)*
    | \b[IVXLC]+
    )\.{_CLOSING}\s+$""",
    re.VERBOSE,
)
_NOISE = re.compile(r"(?:[\W\d_]*|page \d+.*|Source: .*|-?\s*[ivxlc]+\s*-?)", re.IGNORECASE)
"""Page numbers, rules and the foot lines of filings."""

Span = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Segment:
    """About a sentence; `start` and `end` are code points into the text that was cut."""

    text: str
    start: int
    end: int
    clause: int
    """Place of the clause that it stands in, counted from 0."""


def segments(text: str) -> list[Segment]:
    """The segments of a whole contract in order; page numbers and foot lines are left out."""
    return [
        Segment(text=text[a:b], start=a, end=b, clause=place)
        for place, (start, end) in enumerate(clause_spans(text))
        for a, b in _sentences(text, start, end)
    ]


def clause_spans(text: str) -> list[Span]:
    """Paragraphs and numbered clauses, each with the heading above it."""
    pieces = (
        span
        for paragraph in _paragraphs(text)
        for part in _numbered(text, paragraph)
        for span in _cut(text, part)
    )
    trimmed = (_trimmed(text, piece) for piece in pieces)
    kept = [span for span in trimmed if span[1] > span[0] and not _NOISE.fullmatch(text, *span)]
    return _with_headings(text, kept)


def _paragraphs(text: str) -> Iterator[Span]:
    start = 0
    for gap in _BLANK_LINES.finditer(text):
        yield start, gap.end()
        start = gap.end()
    yield start, len(text)


def _numbered(text: str, span: Span) -> Iterator[Span]:
    start, end = span
    for gap in _BEFORE_NUMBER.finditer(text, start, end):
        if gap.end() - start >= 30:
            yield start, gap.end()
            start = gap.end()
    yield start, end


def _cut(text: str, span: Span) -> Iterator[Span]:
    start, end = span
    if end - start > LONGEST_CLAUSE:
        for gap in _LONG_CUT.finditer(text, start, end):
            if gap.end() - start >= CLAUSE_AFTER_CUT and end - gap.end() > 100:
                yield start, gap.end()
                start = gap.end()
    yield start, end


def _trimmed(text: str, span: Span) -> Span:
    piece = text[slice(*span)]
    return span[0] + len(piece) - len(piece.lstrip()), span[0] + len(piece.rstrip())


def _with_headings(text: str, spans: list[Span]) -> list[Span]:
    """Joins headings, also several above each other, with the clause below them."""
    joined: list[Span] = []
    heading: Span | None = None
    for start, end in spans:
        if heading is not None and start - heading[0] >= 200:
            joined.append(heading)
            heading = None
        begin = start if heading is None else heading[0]
        if _is_heading(text[start:end]):
            heading = (begin, end)
        else:
            joined.append((begin, end))
            heading = None
    if heading is not None:
        joined.append(heading)
    return joined


def _is_heading(piece: str) -> bool:
    return len(piece) < 12 or (len(piece) < LONGEST_HEADING and piece[-1] not in ".;:,")


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    for gap in _BLANK_LINES.finditer(text, start, end):
        yield from _sentences_of_paragraph(text, start, gap.start())
        start = gap.end()
    yield from _sentences_of_paragraph(text, start, end)


def _sentences_of_paragraph(text: str, start: int, end: int) -> Iterator[Span]:
    for gap in _SENTENCE_END.finditer(text, start, end):
        is_long_enough = gap.end() - start >= SHORTEST_SEGMENT
        if is_long_enough and not _NO_SENTENCE_END.search(text, max(start, gap.start() - 12), gap.end()):
            yield _trimmed(text, (start, gap.end()))
            start = gap.end()
    if start < end:
        yield _trimmed(text, (start, end))
