"""Counts: "3 items", compared with what the record counts; promises of time need a source too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_args

from signoff.domain.action import Action
from signoff.domain.flag import Severity
from signoff.risk.finding import fact_records, listed
from signoff.risk.grounding.draft import Draft, Finding
from signoff.risk.grounding.settings import GroundingSettings
from signoff.risk.numerals import SPELLED, in_words

Code = Literal["count_unsupported", "count_unverified"]
CODES: frozenset[str] = frozenset(get_args(Code))

USUAL = tuple("item article product order parcel package return refund customer review point star".split())
"""Nouns whose counts are claims. Of other things ("three tips") nobody keeps a record."""
_DURATIONS = frozenset("hour day week month year".split())
_PROMISE = re.compile(
    r"\b(?:warrant\w*|guarantee\w*|return\w*|refund\w*|deliver\w*|ship\w*|arriv\w*|trial|exchange\w*|"
    r"cancel\w*|pay\w*|instal\w*)\b",
    re.IGNORECASE,
)
_NOT_ALONE = r"(?<![\w.,#$€£¥₹/:+-])"
_NUMBER = rf"(?P<digits>\d{{1,3}}(?:,\d{{3}}){{1,3}}|\d{{1,9}})|(?P<words>{SPELLED})"


@dataclass(frozen=True)
class Counted:
    """One count on record."""

    count: int
    nouns: frozenset[str]
    about: str


def read(action: Action, settings: GroundingSettings) -> tuple[Counted, ...] | None:
    """The counts on record; None where the facts have no such list.

    Raises:
        ValueError: an entry is not of the expected shape.
    """
    records = fact_records(action, settings.counts)
    return None if records is None else tuple(_counted(one) for one in records)


def _counted(record: dict[str, Any]) -> Counted:
    count, what = record.get("count"), record.get("what")
    if isinstance(count, bool) or not isinstance(count, int):
        raise ValueError(f"count is {count!r}, no whole number")
    nouns = [what] if isinstance(what, str) else what
    if not isinstance(nouns, (list, tuple)) or not nouns or not all(isinstance(noun, str) for noun in nouns):
        raise ValueError(f"what is {what!r}, no noun and no list of nouns")
    return Counted(count, frozenset(noun.lower() for noun in nouns), str(record.get("about") or ""))


def findings(
    draft: Draft, known: tuple[Counted, ...] | None, settings: GroundingSettings
) -> Iterator[Finding]:
    """What is wrong with the counts of a draft."""
    nouns = frozenset(noun for one in known or () for noun in one.nouns)
    for found in _pattern(nouns | frozenset(settings.counted)).finditer(draft.text):
        # "one" and "a" are words of grammar more often than counts.
        if (found["words"] or "").lower() in ("one", "a"):
            continue
        noun = _singular(found["noun"])
        if (
            noun in _DURATIONS
            and noun not in nouns
            and not _PROMISE.search(draft.sentence_text(found.start()))
        ):
            continue
        yield from _compared(draft, found, noun, known, settings)


def _compared(
    draft: Draft,
    found: re.Match[str],
    noun: str,
    known: tuple[Counted, ...] | None,
    settings: GroundingSettings,
) -> Iterator[Finding]:
    number = int(found["digits"].replace(",", "")) if found["digits"] else int(in_words(found["words"]))
    start, end = found.start(), found.end("noun")
    matching = [one for one in known or () if noun in one.nouns]
    if not matching:
        missing = (
            f"The facts hold no list {settings.counts!r}." if known is None else f"The facts count no {noun}."
        )
        message = "There is no record to compare this number with."
        yield Finding(draft, start, end, "count_unverified", Severity.MEDIUM, message, missing)
        return
    about = draft.names_near(start, frozenset(one.about for one in matching if one.about))
    compared = [one for one in matching if one.about in about] or matching
    counts = sorted({one.count for one in compared})
    if number not in counts:
        yield Finding(
            draft,
            start,
            end,
            "count_unsupported",
            Severity.HIGH,
            "The record counts differently.",
            f"On record: {listed([_shown(one, noun) for one in compared])}.",
            _instead(draft, found, counts),
        )


def _shown(one: Counted, noun: str) -> str:
    return f"{one.count} {noun}{'' if one.count == 1 else 's'}{f' in {one.about}' if one.about else ''}"


def _instead(draft: Draft, found: re.Match[str], counts: list[int]) -> str | None:
    if len(counts) != 1 or counts == [1]:
        return None
    name = "digits" if found["digits"] else "words"
    return f"{counts[0]}{draft.text[found.end(name) : found.end('noun')]}"


@lru_cache(maxsize=64)
def _pattern(more: frozenset[str]) -> re.Pattern[str]:
    nouns = sorted(
        {*USUAL, *_DURATIONS, *(noun.lower() for noun in more)}, key=lambda noun: (-len(noun), noun)
    )
    plural = "|".join(
        re.escape(noun[:-1]) + "(?:y|ies)" if noun[-1:] == "y" else re.escape(noun) for noun in nouns
    )
    return re.compile(
        rf"{_NOT_ALONE}(?:{_NUMBER})[ -](?!and )(?:[a-z]{{2,20}}[ ])?(?P<noun>(?:{plural})(?:e?s)?)(?!\w)",
        re.IGNORECASE,
    )


def _singular(noun: str) -> str:
    noun = noun.lower()
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    if noun.endswith(("ches", "shes", "xes")):
        return noun[:-2]
    return noun.removesuffix("s")
