"""How values are written in drafts: figures, words, dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random  # noqa: TID251 - seeded, so that every run writes the same drafts
from typing import Any

from pydantic import BaseModel, ConfigDict

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()

MONEY = frozenset({"total", "price", "price2", "sum2", "diff2", "low", "offer", "saving"})
DATES = frozenset({"due", "until"})
COUNTS = frozenset({"n_items", "n_orders"})


class Styles(BaseModel):
    """The ways of writing that one set of templates uses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    money: tuple[str, ...]
    percent: tuple[str, ...]
    date: tuple[str, ...]
    hundred_and: bool


@dataclass(frozen=True)
class Hand:
    """The ways that one draft keeps to."""

    money: str
    percent: str
    date: str
    hundred_and: bool

    @classmethod
    def of(cls, styles: Styles, chance: Random) -> Hand:
        return cls(
            chance.choice(styles.money),
            chance.choice(styles.percent),
            chance.choice(styles.date),
            styles.hundred_and,
        )

    def write(self, slot: str, value: Any, in_words: bool) -> str:
        """`value` as the text of `slot`."""
        if isinstance(value, str):
            return value
        if in_words:
            return _WORDED[_kind(slot)](value, self.hundred_and)
        if slot in MONEY:
            return self.money.format(comma=f"{value:,.2f}", flat=f"{value:.2f}")
        if slot in DATES:
            return written_date(value, self.date)
        return self.percent.format(n=f"{value:f}") if slot == "percent" else str(value)


def _kind(slot: str) -> str:
    return "money" if slot in MONEY else "percent" if slot == "percent" else "count"


def written_date(day: date, style: str) -> str:
    """`day` in a strftime style; `{d}` is the day without a zero, `{o}` its ending."""
    ending = "th" if 11 <= day.day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    return day.strftime(style).format(d=day.day, o=ending)


def number_words(number: int, hundred_and: bool) -> str:
    """514 → "five hundred and fourteen"."""
    if number < 20:
        return _UNITS[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _TENS[tens] + (f"-{_UNITS[rest]}" if rest else "")
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    head, rest = divmod(number, size)
    words = f"{number_words(head, hundred_and)} {name}"
    if not rest:
        return words
    joint = " and " if hundred_and and rest < 100 else " "
    return words + joint + number_words(rest, hundred_and)


def money_words(amount: Decimal, hundred_and: bool) -> str:
    """514.48 → "five hundred and fourteen dollars and forty-eight cents"."""
    dollars, cents = divmod(int(amount * 100), 100)
    words = f"{number_words(dollars, hundred_and)} dollars"
    return words + (f" and {number_words(cents, hundred_and)} cents" if cents else "")


_WORDED: dict[str, Callable[[Any, bool], str]] = {
    "money": money_words,
    "percent": lambda value, hundred_and: f"{number_words(int(value), hundred_and)} percent",
    "count": number_words,
}
