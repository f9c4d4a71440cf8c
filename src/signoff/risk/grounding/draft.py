"""A text of the action, with its sentences and the places where it names things on record."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from signoff.domain.flag import Severity
from signoff.risk.amounts import Claim, claims
from signoff.risk.dates import DateClaim
from signoff.risk.text import Plain, Sentences

_REACH = 400
"""Characters within which words are taken to belong together at most."""


@dataclass(frozen=True)
class Mention:
    """A thing on record that a text names."""

    start: int
    end: int
    name: str
    """As the record has it."""


@dataclass(frozen=True)
class Draft:
    """One text that is compared with the facts. All offsets are into `plain.text`."""

    path: str
    plain: Plain
    sentences: Sentences
    mentions: tuple[Mention, ...]
    """In the order of the text; none inside another."""
    nearly: tuple[Mention, ...] = ()
    """Those of `mentions` whose words are misspelled."""
    elsewhere: frozenset[str] = frozenset()
    """What the other texts of the action name."""

    @property
    def text(self) -> str:
        return self.plain.text

    @cached_property
    def names(self) -> frozenset[str]:
        """What the action names, here or elsewhere."""
        return self.elsewhere.union(one.name for one in self.mentions)

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(one.start for one in self.mentions)

    @cached_property
    def _money_starts(self) -> tuple[int, ...]:
        return tuple(claim.start for claim in self.money)

    @cached_property
    def money(self) -> tuple[Claim, ...]:
        """Amounts and percentages."""
        return tuple(claims(self.text))

    def sentence(self, offset: int) -> tuple[int, int]:
        """Where the sentence around `offset` starts and ends; of a very long one, the part near it."""
        start, end = self.sentences.around(offset)
        return max(start, offset - _REACH), min(end, offset + _REACH)

    def sentence_text(self, offset: int) -> str:
        return self.text[slice(*self.sentence(offset))]

    def money_between(self, start: int, end: int) -> tuple[Claim, ...]:
        """The amounts and percentages that begin there."""
        starts = self._money_starts
        return self.money[bisect_left(starts, start) : bisect_left(starts, end)]

    def within(self, start: int, end: int) -> tuple[Mention, ...]:
        """What is named between two offsets."""
        return self.mentions[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def names_near(self, offset: int, among: frozenset[str]) -> frozenset[str]:
        """Which of `among` the sentence around `offset` names; else the last before it, else all."""
        here = {one.name for one in self.within(*self.sentence(offset))} & among
        return frozenset(here) or self._last_of(offset, among)

    def _last_of(self, offset: int, among: frozenset[str]) -> frozenset[str]:
        for one in reversed(self.within(max(0, offset - 2 * _REACH), offset)):
            if one.name in among:
                return frozenset({one.name})
        return self.names & among


@dataclass(frozen=True)
class Finding:
    """What is wrong with some words of a draft."""

    draft: Draft
    start: int
    end: int
    code: str
    severity: Severity
    message: str
    evidence: str
    suggestion: str | None = None

    @classmethod
    def on(
        cls,
        draft: Draft,
        claim: Claim | DateClaim,
        code: str,
        severity: Severity,
        message: str,
        evidence: str,
        suggestion: str | None = None,
    ) -> Finding:
        """A finding on the words of a claim."""
        return cls(draft, claim.start, claim.end, code, severity, message, evidence, suggestion)


def read_drafts(
    texts: Iterable[tuple[str, str]],
    names: Iterable[str],
    nearly: Callable[[Draft], Iterable[Mention]],
) -> list[Draft]:
    """`texts` by path, with the mentions of `names` in singular or plural and any case.

    Args:
        nearly: finds misspelled mentions outside of the others.
    """
    known = tuple(names)
    drafts = []
    for path, text in texts:
        plain = Plain(text)
        exact = Draft(path, plain, Sentences(plain.text), _mentions(plain.text, known))
        misspelled = tuple(nearly(exact))
        both = sorted((*exact.mentions, *misspelled), key=lambda one: one.start)
        drafts.append(replace(exact, mentions=tuple(both), nearly=misspelled))
    everywhere = frozenset(one.name for draft in drafts for one in draft.mentions)
    return [replace(draft, elsewhere=everywhere) for draft in drafts]


def _mentions(text: str, names: Iterable[str]) -> tuple[Mention, ...]:
    lower = lowered(text)
    found = [
        Mention(start, end, name)
        for name in dict.fromkeys(names)
        if name
        for start, end in _occurrences(lower, lowered(Plain(name).text))
    ]
    kept: list[Mention] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return tuple(kept)


_PLURAL = re.compile(r"(?:e?s|'s)?(?!\w)")


def _occurrences(text: str, name: str) -> Iterable[tuple[int, int]]:
    name = name.removesuffix("s") if len(name) > 4 else name
    place = text.find(name) if name else -1
    while place >= 0:
        ending = _PLURAL.match(text, place + len(name))
        is_whole = not (name[0].isalnum() and place and text[place - 1].isalnum())
        if ending and is_whole:
            yield place, ending.end()
        place = text.find(name, place + len(name))


def lowered(text: str) -> str:
    """Lower case, length unchanged."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)
