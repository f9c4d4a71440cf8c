"""A contract's clauses with their numbers and headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docx.document import Document
from docx.oxml.ns import qn

from graphs.contract_review.numbering import labels
from graphs.contract_review.ooxml import Element, paragraphs, text_of

BETWEEN = "\n\n"
"""What stands between the paragraphs of a clause in its text."""
_LONGEST_HEADING = 90


@dataclass(frozen=True)
class Clause:
    """One clause. `start` to `end` are its paragraphs in the document, empty ones included."""

    id: str
    """Its number where it has one that is free, else "¶" and its place: unique in the contract."""
    number: str
    heading: str
    text: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """Number and heading, as people refer to it."""
        return " ".join(part for part in (self.number, self.heading) if part) or self.text[:40].strip()


@dataclass(frozen=True)
class Line:
    """A paragraph as the splitter sees it."""

    text: str
    label: str = ""
    """The number that Word shows before it and that is not in the text."""
    is_heading: bool = False
    """By its style."""


def clauses_of(document: Document) -> list[Clause]:
    """The clauses of a document in their order; what stands before the first one is the preamble."""
    return split(lines_of(document))


def lines_of(document: Document) -> list[Line]:
    """The paragraphs of a document, one line each."""
    elements = paragraphs(document)
    headings = {s.style_id for s in document.styles if str(s.name).lower().startswith(("heading", "title"))}
    return [
        Line(text_of(element), label, _style(element) in headings)
        for element, label in zip(elements, labels(document, elements), strict=True)
    ]


def _style(paragraph: Element) -> str | None:
    properties = paragraph.find(qn("w:pPr"))
    style = None if properties is None else properties.find(qn("w:pStyle"))
    return None if style is None else style.get(qn("w:val"))


_DECIMAL = r"\d{1,2}(?:\.\d{1,3}){0,3}"
_ARTICLE = re.compile(
    r"\s*((?:ARTICLE|Article|SECTION|Section|CLAUSE|Clause)\s+(?:\d{1,2}(?:\.\d{1,3}){0,3}|[IVXLC]{1,7}))\b"
    r"[.:)\-–—]?\s*"
)
_PLAIN = re.compile(rf"\s*({_DECIMAL})(?:[.)]\s*|\s+)(?=[A-Z\"“(*_])")
_ROMAN = re.compile(r"\s*([IVXL]{1,6})\.\s+(?=[A-Z\"“])")
_LETTER = re.compile(r"\s*([A-Z])\.\s+(?=[A-Z\"“])")
_LABEL = re.compile(
    r"(?:\d{1,3}|[IVXLC]+|[A-Z])(?:\.(?:\d{1,3}|[A-Z]))*[.)]?|(?i:Article|Section|Clause)\s+\S+"
)
_MONEY_OR_DATE = re.compile(
    r"\s*\d{1,2}\s+(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
_LEADERS = re.compile(r"(?:\.\s?){4,}|\s\d{1,3}\s*$")
_CONTENTS = re.compile(r"\s*(?:TABLE OF )?CONTENTS\s*:?\s*", re.IGNORECASE)
_SIGNATURES = re.compile(
    r"\s*(?:IN WITNESS WHEREOF|In witness whereof|SIGNED (?:BY|for)|EXECUTED (?:as|by))", re.IGNORECASE
)
_ANNEX = re.compile(
    r"\s*(?:EXHIBIT|Exhibit|SCHEDULE|Schedule|ANNEX|Annex|APPENDIX|Appendix|ATTACHMENT|Attachment)\s+"
    r"[\"“]?[A-Z0-9]{1,5}(?:[.\-]\d+)?\b[\"”]?\s*[:.\-–—]?\s*(?:$|[A-Z])"
)
_HEADING = re.compile(rf"(?P<heading>[^.:;\n]{{2,{_LONGEST_HEADING}}}?)\s*(?:[.:](?=\s|$)|\s[-–—]\s|$|\n)")
_HEADING_WORDS = re.compile(r"[A-Za-z][\w'’&/-]*")
_SMALL = frozenset("a an and as at by for from in into of on or the to with under upon per vs not no".split())


@dataclass(frozen=True)
class _Begin:
    """The beginning of a clause: its number and what comes behind it."""

    number: str
    rest: str


def split(lines: Sequence[Line]) -> list[Clause]:
    """The clauses that these paragraphs make."""
    begins = _without_contents(_Splitter(_counts_by_letters(lines)).begins(lines), lines)
    if not begins or begins[0][0] > 0:
        begins.insert(0, (0, _Begin("", "")))
    ends = [at for at, _ in begins[1:]] + [len(lines)]
    used: set[str] = set()
    found = []
    for (at, begin), end in zip(begins, ends, strict=True):
        text = BETWEEN.join(line.text for line in lines[at:end] if line.text.strip())
        if not text:
            continue
        heading = _heading_of(begin, lines[at]) if begin.number or begin.rest else "Preamble"
        found.append(Clause(_unique(begin.number, at, used), begin.number, heading, text, at, end))
    return found


def _unique(number: str, at: int, used: set[str]) -> str:
    name = number if number and number not in used else f"{number}¶{at + 1}"
    used.add(name)
    return name


def _without_contents(begins: list[tuple[int, _Begin]], lines: Sequence[Line]) -> list[tuple[int, _Begin]]:
    """Without the entries of a table of contents: it ends where a number comes again."""
    title = next((at for at, line in enumerate(lines) if _CONTENTS.fullmatch(line.text)), None)
    if title is None:
        return begins
    seen: set[str] = set()
    for at, begin in begins:
        if at > title and begin.number:
            if begin.number in seen:
                return [(place, b) for place, b in begins if place <= title or place >= at]
            seen.add(begin.number)
    return begins


class _Splitter:
    """Finds where clauses begin, going down a contract once.

    Args:
        by_letters: whether the contract counts I., A., 1.: then the numbered parts stay within their letter.
    """

    def __init__(self, by_letters: bool) -> None:
        self._by_letters = by_letters
        self._top = 0
        self._article = ""
        self._letter = ""

    def begins(self, lines: Sequence[Line]) -> list[tuple[int, _Begin]]:
        found = ((at, self._begin(line)) for at, line in enumerate(lines))
        return [(at, begin) for at, begin in found if begin is not None]

    def _begin(self, line: Line) -> _Begin | None:
        text = line.text
        if not text.strip() or is_contents(text):
            return None
        if line.label and _is_clause_label(line.label):
            return _Begin(line.label.rstrip(".)"), text)
        if _MONEY_OR_DATE.match(text):
            return None
        if (_ANNEX.match(text) and len(text) <= 160) or _SIGNATURES.match(text):
            return _Begin("", text)
        numbered = self._lettered(text) if self._by_letters else self._numbered(text)
        if numbered is not None:
            return numbered
        is_heading = line.is_heading or _is_bare_heading(text)
        return _Begin("", text) if is_heading else None

    def _numbered(self, text: str) -> _Begin | None:
        for pattern in (_ARTICLE, _PLAIN, _ROMAN):
            match = pattern.match(text)
            if match is not None and self._counts_on(match):
                return _Begin(" ".join(match[1].split()), text[match.end() :])
        return None

    def _counts_on(self, match: re.Match[str]) -> bool:
        """A bare integer may be the number of a page: then it has to be the next one."""
        if not match[1].isdigit():
            return True
        number = int(match[1])
        is_marked = match[0].strip() != match[1]
        if is_marked or number == self._top + 1:
            self._top = number
            return True
        return False

    def _lettered(self, text: str) -> _Begin | None:
        match = _ARTICLE.match(text) or _ROMAN.match(text)
        if match is not None and not (match[1] in "CDILVXM" and self._is_next_letter(match[1])):
            self._article, self._letter = " ".join(match[1].split()), ""
            return _Begin(self._article, text[match.end() :])
        match = _LETTER.match(text)
        if match is None:
            return None
        self._letter = match[1]
        number = f"{self._article}.{match[1]}" if self._article else match[1]
        return _Begin(number, text[match.end() :])

    def _is_next_letter(self, letter: str) -> bool:
        return bool(self._letter) and ord(letter) == ord(self._letter) + 1


def _counts_by_letters(lines: Sequence[Line]) -> bool:
    romans = sum(bool(_ROMAN.match(line.text)) for line in lines)
    letters = sum(bool(_LETTER.match(line.text)) for line in lines)
    decimals = sum(bool(re.match(r"\s*\d{1,2}\.\d", line.text)) for line in lines)
    return romans >= 3 and letters >= 5 and decimals < 5


def _is_clause_label(label: str) -> bool:
    return bool(_LABEL.fullmatch(label))


def is_contents(text: str) -> bool:
    """Whether it is an entry of a table of contents."""
    return bool(_LEADERS.search(text)) and len(text) < 160 and not re.search(r"[a-z]{3,}[.;]\s", text)


def _is_bare_heading(text: str) -> bool:
    bare = text.strip().rstrip(".:")
    words = _HEADING_WORDS.findall(bare)
    return 1 <= len(words) <= 8 and len(bare) <= 60 and bare.isupper() and len(max(words, key=len)) > 3


def _heading_of(begin: _Begin, line: Line) -> str:
    """The words that name the clause, if it names itself."""
    rest = begin.rest.lstrip()
    quoted = re.match(r"[\"“]([^\"”]{2,60})[\"”]", rest)
    if quoted:
        return quoted[1].strip(" ,.")
    match = _HEADING.match(rest)
    if match is None:
        return ""
    heading = match["heading"].strip(' _*"“”-–—')
    return " ".join(heading.split()) if line.is_heading or _reads_as_heading(heading) else ""


def _reads_as_heading(text: str) -> bool:
    words = _HEADING_WORDS.findall(text)
    if not words or len(words) > 12:
        return False
    if text.isupper():
        return True
    return all(word[0].isupper() or word.lower() in _SMALL for word in words) and words[0][0].isupper()


def signature_place(clauses: Iterable[Clause], lines: int) -> int:
    """The paragraph before which a new clause belongs: the signatures, or the first annex after a clause."""
    seen_number = False
    for clause in clauses:
        seen_number = seen_number or bool(clause.number)
        if (
            seen_number
            and not clause.number
            and (_SIGNATURES.match(clause.text) or _ANNEX.match(clause.text))
        ):
            return clause.start
    return lines
