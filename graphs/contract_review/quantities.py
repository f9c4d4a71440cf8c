"""Amounts, periods, percentages and laws as contracts write them, with the place of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

Kind = Literal["period", "money", "percent"]

_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 360}
"""For comparing only: so that two months are sixty days, and a year is twelve months."""
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {
    **{word: number for number, word in enumerate(_ONES)},
    **{word: 10 * number for number, word in enumerate(_TENS, start=2)},
    "fourty": 40,
    "a": 1,
}
_SCALES = {
    "thousand": 1_000, "k": 1_000, "million": 1_000_000, "m": 1_000_000, "mm": 1_000_000,
    "billion": 1_000_000_000,
}  # fmt: skip
_SYMBOLS = {
    "$": "USD", "US$": "USD", "U.S.$": "USD", "USD": "USD", "dollars": "USD", "€": "EUR", "EUR": "EUR",
    "euros": "EUR", "£": "GBP", "GBP": "GBP", "CAD": "CAD", "C$": "CAD", "CHF": "CHF", "¥": "JPY",
}  # fmt: skip

_SMALL_NUMBER = (
    rf"(?:{'|'.join((*_ONES[1:], 'fourty'))}|(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_ONES[1:10])}))?)"
)
_NUMBER_WORD = (
    rf"(?:(?:{'|'.join(_ONES[1:10])}|a)[- ]hundred(?:[- ](?:and[- ])?{_SMALL_NUMBER})?|{_SMALL_NUMBER})"
)
PERIOD = (
    rf"(?:{_NUMBER_WORD}\s*\(\s*\d{{1,4}}\s*\)|\b\d{{1,4}}|\b{_NUMBER_WORD})"
    r"[\s-]{1,3}(?:(?:calendar|business|working|consecutive|full|banking)[\s-]+)?"
    r"(?:day|week|month|quarter|year)s?\b['’]?"
)
MONEY = (
    r"(?:(?:US\$|U\.S\.\$|C\$|[$€£¥]|\b(?:USD|EUR|GBP|CAD|CHF)\s)\s?\d(?:[\d,]*\d)?(?:\.\d+)?"
    r"(?:\s?(?:thousand|million|billion|MM|M|K|k)\b)?"
    r"|\b\d(?:[\d,]*\d)?(?:\.\d+)?\s?(?:thousand |million |billion )?(?:US |U\.S\. )?"
    r"(?:dollars|euros|USD|EUR|GBP|CAD|CHF)\b)"
)
PERCENT = r"(?:\b\d{1,3}(?:\.\d+)?\s?(?:%|percent\b|per cent\b))"

PATTERNS: dict[str, str] = {"period": PERIOD, "money": MONEY, "percent": PERCENT}
"""What `{period}`, `{money}` and `{percent}` stand for in a playbook's patterns; letters in any case."""

_PERIOD = re.compile(PERIOD, re.IGNORECASE)
_MONEY = re.compile(MONEY, re.IGNORECASE)
_PERCENT = re.compile(PERCENT, re.IGNORECASE)
_COUNTED = re.compile(r"\((\s*\d{1,4}\s*)\)|(\d{1,4})")
_UNIT = re.compile(r"(day|week|month|quarter|year)s?['’]?\s*$", re.IGNORECASE)
_AMOUNT = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True)
class Quantity:
    """A period, an amount of money or a percentage."""

    kind: Kind
    amount: Decimal
    unit: str
    """day, week, month, quarter or year; a currency; or "%"."""

    @property
    def size(self) -> Decimal:
        """For comparing: days of a period, the plain amount of the others."""
        return self.amount * _DAYS[self.unit] if self.kind == "period" else self.amount

    def is_like(self, other: Quantity) -> bool:
        """Whether the two can be compared."""
        return self.kind == other.kind and (self.kind != "money" or self.unit == other.unit)

    def __str__(self) -> str:
        plain = f"{self.amount:f}"
        if self.kind == "money":
            return f"{self.unit} {self.amount:,}"
        if self.kind == "percent":
            return f"{plain} %"
        return f"{plain} {self.unit}{'' if self.amount == 1 else 's'}"


@dataclass(frozen=True)
class Place:
    """A quantity and where it stands in a text, in code points."""

    quantity: Quantity
    start: int
    end: int
    quote: str


def quantities(text: str) -> list[Place]:
    """Every quantity in a text, in order."""
    found = [
        Place(quantity, match.start(), match.end(), match[0])
        for pattern in (_PERIOD, _MONEY, _PERCENT)
        for match in pattern.finditer(text)
        if (quantity := parse(match[0])) is not None
    ]
    return sorted(found, key=lambda place: place.start)


def parse(text: str) -> Quantity | None:
    """The quantity that `text` is as a whole; None where it is none."""
    bare = text.strip()
    if _PERIOD.fullmatch(bare):
        return _period(bare)
    if _MONEY.fullmatch(bare):
        return _money(bare)
    if _PERCENT.fullmatch(bare):
        return Quantity("percent", Decimal(_AMOUNT.findall(bare)[0]), "%")
    return None


def _period(text: str) -> Quantity | None:
    unit = _UNIT.search(text)
    counted = _COUNTED.search(text)
    number = int(counted[1] or counted[2]) if counted else number_of(text)
    return None if unit is None or number is None else Quantity("period", Decimal(number), unit[1].lower())


def number_of(text: str) -> int | None:
    """The number that a text begins with in words: "ninety-day" is 90, "one hundred twenty days" is 120."""
    total, seen = 0, False
    for word in re.findall(r"[a-z]+", text.lower()):
        if word == "and" and seen:
            continue
        if word == "hundred" and seen:
            total *= 100
        elif word in _WORDS:
            total += _WORDS[word]
            seen = True
        else:
            break
    return total if seen else None


def _money(text: str) -> Quantity | None:
    try:
        amount = Decimal(_AMOUNT.findall(text)[0].replace(",", ""))
    except (IndexError, InvalidOperation):
        return None
    for word in re.findall(r"[A-Za-z]+", text):
        amount *= _SCALES.get(word.lower(), 1)
    currency = next((code for sign, code in _SYMBOLS.items() if sign.lower() in text.lower()), "")
    for sign in ("C$", "CAD", "EUR", "GBP", "CHF"):
        if sign in text:
            currency = _SYMBOLS[sign]
    return Quantity("money", amount.normalize() if amount % 1 else amount.quantize(Decimal(1)), currency)


def written(quantity: Quantity, like: str) -> str:
    """A quantity in the manner of `like`: "sixty (60) days" where that says "ninety (90) days"."""
    if quantity.kind != "period":
        return str(quantity)
    number = int(quantity.amount)
    joint = "-" if re.search(r"\w-(?:day|week|month|quarter|year)", like, re.IGNORECASE) else " "
    unit = (
        quantity.unit
        + ("" if number == 1 or joint == "-" else "s")
        + ("'" if like.rstrip()[-1:] in "'’" else "")
    )
    if "(" in like:
        words = f"{in_words(number)} ({number})"
    elif re.search(r"\d", like):
        words = str(number)
    else:
        words = in_words(number)
    first = like.lstrip()[:1]
    return f"{words[:1].upper()}{words[1:]}{joint}{unit}" if first.isupper() else f"{words}{joint}{unit}"


def in_words(number: int) -> str:
    """A number below 1,000 in words; digits for others."""
    if not 0 <= number < 1000:
        return str(number)
    if number < 20:
        return _ONES[number]
    if number < 100:
        ten, one = divmod(number, 10)
        return _TENS[ten - 2] + (f"-{_ONES[one]}" if one else "")
    hundred, rest = divmod(number, 100)
    return f"{_ONES[hundred]} hundred" + (f" {in_words(rest)}" if rest else "")


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of a text begin and end; good enough to quote one."""
    start = 0
    for match in re.finditer(r"(?<=[.;])[\"”’)]*\s+(?=[A-Z(\"“])|\n+", text):
        if text[start : match.start()].strip():
            yield start, match.start()
        start = match.end()
    if text[start:].strip():
        yield start, len(text)
