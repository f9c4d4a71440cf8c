"""Calendar dates that a text states, as far as it states them, with their offsets.

Days in words ("the third") and days relative to today ("next Friday") are not read: without knowing
when the text is read there is nothing to compare them with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MONTHS = "january february march april may june july august september october november december".split()
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_MONTH = "|".join(f"{name}|{name[:4]}|{name[:3]}" for name in _MONTHS)
_WEEKDAY = "|".join(rf"{name}|{name[:4]}|{name[:3]}" for name in _WEEKDAYS)
_YEAR = r"(?:,?[ ]{1,2}(?P<year>\d{4})(?!\d))?"
_LEAD = rf"(?<![\w.,-])(?:(?P<weekday>{_WEEKDAY})\.?,?[ ]{{1,2}})?(?:the[ ])?"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_LEAD}(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[ ](?:of[ ])?(?P<month>{_MONTH})(?!\w)\.?{_YEAR}",
        rf"{_LEAD}(?P<month>{_MONTH})\.?[ ](?:the[ ])?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\w|[.,]\d){_YEAR}",
        r"(?<![\w-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?!\w|-)",
        r"(?<![\w/.-])(?P<first>\d{1,2})(?P<dot>[/.])(?P<second>\d{1,2})(?P=dot)(?P<year>\d{4}|\d{2})(?!\w|[/.]\d)",
    )
)


@dataclass(frozen=True)
class DateClaim:
    """A date as a text states it. `start` and `end` are offsets into the plain text."""

    start: int
    end: int
    readings: tuple[tuple[int, int], ...]
    """Month and day; "3/4/2027" has two readings."""
    year: int | None
    weekday: int | None
    """0 is Monday; None where no day of the week is named."""
    pieces: dict[str, tuple[int, int]]
    """Where year, month, day and weekday stand, for those that are written one after the other."""

    def fits(self, day: date) -> bool:
        """Whether it can mean `day`; the day of the week is left aside."""
        return (day.month, day.day) in self.readings and self.year in (None, day.year)

    def names_wrong_weekday(self, day: date) -> bool:
        """Whether it calls `day` another day of the week."""
        return self.weekday is not None and self.weekday != day.weekday()


def dates(text: str) -> Iterator[DateClaim]:
    """Every date in the order of the text; none lies inside another."""
    found = [claim for pattern in _PATTERNS for one in pattern.finditer(text) if (claim := _claim(one))]
    end = 0
    for claim in sorted(found, key=lambda claim: (claim.start, -claim.end)):
        if claim.start >= end:
            yield claim
            end = claim.end


def _claim(found: re.Match[str]) -> DateClaim | None:
    groups = found.groupdict()
    if "first" in groups:
        first, second = int(groups["first"]), int(groups["second"])
        return _dated(found, ((first, second), (second, first)), {})
    month, day = groups["month"], int(groups["day"])
    # "may" and "march" are words too; a month has a capital.
    if not month.isdigit() and not month[0].isupper():
        return None
    number = int(month) if month.isdigit() else _index(_MONTHS, month) + 1
    names = ("year", "month", "day", "weekday")
    return _dated(found, ((number, day),), {name: found.span(name) for name in names if groups.get(name)})


def _dated(
    found: re.Match[str], readings: tuple[tuple[int, int], ...], pieces: dict[str, tuple[int, int]]
) -> DateClaim:
    groups = found.groupdict()
    year = int(groups["year"]) if groups.get("year") else None
    weekday = _index(_WEEKDAYS, groups["weekday"]) if groups.get("weekday") else None
    if year is not None and year < 100:
        year += 2000
    return DateClaim(*found.span(), readings, year, weekday, pieces)


def _index(names: list[str], word: str) -> int:
    return next(n for n, name in enumerate(names) if name[:3] == word[:3].lower())


def rewritten(text: str, claim: DateClaim, day: date) -> str | None:
    """The words of `claim` with `day` in their place, written the same way; None where that is unclear."""
    if not claim.pieces:
        return None
    shown = text[claim.start : claim.end]
    for name, (start, end) in sorted(claim.pieces.items(), key=lambda piece: -piece[1][0]):
        piece = _written(name, text[start:end], day)
        shown = shown[: start - claim.start] + piece + shown[end - claim.start :]
    return re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", _ending(day.day), shown)


def _written(name: str, like: str, day: date) -> str:
    if name == "year":
        return f"{day.year:04d}"
    if name == "day":
        return f"{day.day:02d}" if len(like) == 2 and like[0] == "0" else str(day.day)
    if like.isdigit():
        return f"{day.month:02d}"
    full = _MONTHS[day.month - 1] if name == "month" else _WEEKDAYS[day.weekday()]
    return (
        full if len(like) > 4 or like.lower() in (*_MONTHS, *_WEEKDAYS) else full[: len(like)]
    ).capitalize()


def _ending(day: int) -> str:
    return "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
