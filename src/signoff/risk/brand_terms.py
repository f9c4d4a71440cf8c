"""Words that a brand does not use, also misspelled, disguised or spaced out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import re2  # type: ignore[import-untyped]  # ships neither stubs nor py.typed
from pydantic import BaseModel, ConfigDict, Field, field_validator
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag, Severity
from signoff.risk.finding import TOO_MANY, Marker, Settings, texts
from signoff.risk.text import Plain, as_latin

NAME, VERSION = "brand_terms", "1"
Code = Literal[
    "brand_term",
    "brand_term_disguised",
    "brand_term_near",
    "brand_pattern",
]
CODES: frozenset[str] = frozenset((*get_args(Code), TOO_MANY))

MAX_TERMS = 2000
_WORD = re.compile(r"[^\W_](?:[\w@$!'*]*[^\W_])?")
_GAP = " \t\r\n-_/*."
_MAX_GAP = 4
_MIN_SPACED = 4
_DIGITS_AS_I = str.maketrans("013457@$!", "oieastasi")
_DIGITS_AS_L = _DIGITS_AS_I | str.maketrans({"1": "l", "!": "l"})
_DISGUISE = re.compile(r"[0-9@$!*']")


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    suggestion: str | None = None
    """Wording to use instead."""
    severity: Severity = Severity.MEDIUM
    reason: str = ""
    """Why it is not used, shown to the reviewer."""


class Term(_Entry):
    """Words that the brand does not use, as whole words in any case."""

    term: str = Field(min_length=2, max_length=100)
    near: bool = True
    """Whether words spelled almost like it count too."""
    unless: tuple[str, ...] = ()
    """Words spelled almost like it that are fine."""

    @field_validator("term")
    @classmethod
    def _has_words(cls, term: str) -> str:
        if not _words(term):
            raise ValueError(f"{term!r} holds no word")
        return term


class TermPattern(_Entry):
    """Wording that a fixed term cannot say."""

    pattern: str = Field(max_length=500)
    """An RE2 expression; case does not count."""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        if _compiled(pattern).search("") is not None:
            raise ValueError(f"{pattern!r} matches the empty text")
        return pattern


class BrandTermsSettings(Settings):
    """The list of terms and patterns."""

    terms: tuple[Term, ...] = Field(default=(), max_length=MAX_TERMS)
    """Terms; a bare string is a term without further settings."""
    patterns: tuple[TermPattern, ...] = Field(default=(), max_length=100)

    @field_validator("terms", mode="before")
    @classmethod
    def _bare(cls, terms: Any) -> Any:
        if not isinstance(terms, (list, tuple)):
            return terms
        return [{"term": one} if isinstance(one, str) else one for one in terms]


def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(f"{pattern!r} is no RE2 expression: {error}") from error


@dataclass(frozen=True)
class _Known:
    """A term ready for comparison."""

    entry: Term
    joined: str
    size: int
    reach: int
    """Edits within which a word counts as almost this one."""
    unless: frozenset[str]


class BrandTerms:
    """Finds listed terms by whole words in any case, then what resembles them."""

    name = NAME
    version = VERSION
    codes = CODES

    def __init__(self, settings: BrandTermsSettings) -> None:
        self._settings = settings
        self.reads = settings.facts
        self._mark = Marker[Code](NAME, VERSION)
        self._known = tuple(_known(entry) for entry in settings.terms)
        self._by_joined: dict[str, list[_Known]] = defaultdict(list)
        for known in self._known:
            self._by_joined[known.joined].append(known)
        self._sizes = frozenset({1, *(known.size for known in self._known)})
        self._patterns = tuple((entry, _compiled(entry.pattern)) for entry in settings.patterns)

    def detect(self, action: Action) -> Sequence[RiskFlag]:
        return self._mark.collected(self._flags(action))

    def _flags(self, action: Action) -> Iterator[RiskFlag]:
        for path, text in texts(action, self._settings):
            plain = Plain(text)
            if self._known:
                yield from self._term_flags(path, plain)
            for entry, pattern in self._patterns:
                for found in pattern.finditer(plain.text):
                    if found.end() > found.start():
                        yield self._on(path, plain, found.span(), "brand_pattern", entry, _USED)

    def _term_flags(self, path: str, plain: Plain) -> Iterator[RiskFlag]:
        windows = _windows(plain.text, self._sizes)
        taken: set[tuple[str, int]] = set()
        for joined, spans in windows.items():
            for known, is_disguised in self._exact(joined):
                for span in spans:
                    taken.update((known.joined, place) for place in range(*span))
                    yield self._exact_flag(path, plain, span, known, is_disguised)
        for known in self._known:
            for joined in _near(known, windows):
                for span in windows[joined]:
                    if not taken.intersection(((known.joined, span[0]), (known.joined, span[1] - 1))):
                        message = f'Almost "{known.entry.term}", which the brand does not use.'
                        yield self._on(path, plain, span, "brand_term_near", known.entry, message)

    def _exact(self, joined: str) -> Iterator[tuple[_Known, bool]]:
        for known in self._by_joined.get(joined, ()):
            yield known, False
        for variant in _undisguised(joined):
            for known in self._by_joined.get(variant, ()):
                yield known, True

    def _exact_flag(
        self, path: str, plain: Plain, span: tuple[int, int], known: _Known, is_disguised: bool
    ) -> RiskFlag:
        start, end = plain.span(*span)
        if is_disguised or end - start != span[1] - span[0] or _is_spaced_out(plain.text, span):
            message = f'Reads "{known.entry.term}", written so that a search misses it.'
            return self._on(path, plain, span, "brand_term_disguised", known.entry, message, Severity.HIGH)
        return self._on(path, plain, span, "brand_term", known.entry, _USED)

    def _on(
        self,
        path: str,
        plain: Plain,
        span: tuple[int, int],
        code: Code,
        entry: Term | TermPattern,
        message: str,
        severity: Severity | None = None,
    ) -> RiskFlag:
        start, end = plain.span(*span)
        listed = entry.term if isinstance(entry, Term) else entry.pattern
        return self._mark.flag(
            code,
            severity or entry.severity,
            message,
            path=path,
            text=plain.original,
            start=start,
            end=end,
            evidence=f'The list names "{listed}". {entry.reason}'.strip(),
            suggestion=_cased(entry.suggestion, plain.original[start:end]),
        )


_USED = "The brand does not use this wording."


def _known(entry: Term) -> _Known:
    words = _words(entry.term)
    joined = "".join(words)
    reach = 0 if not entry.near or len(joined) < 6 else 1 if len(joined) < 11 else 2
    return _Known(entry, joined, len(words), reach, frozenset("".join(_words(one)) for one in entry.unless))


def _words(text: str) -> list[str]:
    return [found[0].casefold() for found in _WORD.finditer(Plain(text).text)]


def _windows(text: str, sizes: frozenset[int]) -> dict[str, list[tuple[int, int]]]:
    """Where each run of so many words stands, by the words joined; also words s p a c e d out."""
    words = [(found.start(), found.end(), found[0].casefold()) for found in _WORD.finditer(text)]
    follows = [
        start - words[n - 1][1] <= _MAX_GAP and _joins(text[words[n - 1][1] : start])
        for n, (start, _, _) in enumerate(words)
        if n
    ]
    windows: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for size in sizes:
        for first in range(len(words) - size + 1):
            last = first + size - 1
            if size == 1 or all(follows[first:last]):
                joined = "".join(word for _, _, word in words[first : last + 1])
                windows[joined].append((words[first][0], words[last][1]))
    for first, last in _spaced_out(words, follows):
        joined = "".join(word for _, _, word in words[first : last + 1])
        windows[joined].append((words[first][0], words[last][1]))
    return windows


def _joins(gap: str) -> bool:
    """Whether two words with this between them may belong to one term; a sentence's end parts them."""
    return not gap.strip(_GAP) and not ("." in gap and len(gap) > 1)


def _spaced_out(words: list[tuple[int, int, str]], follows: list[bool]) -> Iterator[tuple[int, int]]:
    """Runs of single letters, first and last."""
    first = 0
    while first < len(words):
        last = first
        while last + 1 < len(words) and follows[last] and len(words[last][2]) == len(words[last + 1][2]) == 1:
            last += 1
        if last - first + 1 >= _MIN_SPACED:
            yield first, last
        first = last + 1


def _is_spaced_out(text: str, span: tuple[int, int]) -> bool:
    words = [found[0] for found in _WORD.finditer(text, *span)]
    return len(words) >= _MIN_SPACED and all(len(word) == 1 for word in words)


def _undisguised(joined: str) -> set[str]:
    """What the word says with digits and look-alike letters read as plain ones."""
    if joined.isascii() and not _DISGUISE.search(joined):
        return set()
    latin = as_latin(joined).casefold()
    stripped = latin.replace("*", "").replace("'", "")
    return {latin, stripped.translate(_DIGITS_AS_I), stripped.translate(_DIGITS_AS_L)} - {joined}


def _near(known: _Known, windows: dict[str, list[tuple[int, int]]]) -> Iterator[str]:
    if not known.reach:
        return
    close = process.extract(
        known.joined, windows.keys(), scorer=Levenshtein.distance, score_cutoff=known.reach, limit=None
    )
    for joined, distance, _ in close:
        if distance and joined not in known.unless:
            yield joined


def _cased(suggestion: str | None, quote: str) -> str | None:
    """The suggestion with a capital where the quote has one."""
    if suggestion and quote[:1].isupper() and suggestion[:1].islower():
        return suggestion[0].upper() + suggestion[1:]
    return suggestion
