"""Amounts of money and percentages that a text states, as typed values with their offsets.

The patterns run on plain text (`signoff.risk.text.Plain`). Each is linear: repeats are bounded,
possessive, or kept from starting inside a run by a look-behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from signoff.domain.figures import decimal_of
from signoff.risk.numerals import SPELLED, in_words

_NUMBER = r"\d++(?:[,.']\d++)*+"
_FRESH = r"(?<!\d)(?<!\d[,.'])"
_SCALE = {
    "k": 1_000,
    "thousand": 1_000,
    "m": 1_000_000,
    "mn": 1_000_000,
    "million": 1_000_000,
    "bn": 1_000_000_000,
    "billion": 1_000_000_000,
}
_SCALES = "|".join(_SCALE)
_CURRENCY = {
    "us$": "USD",
    "usd": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "bucks": "USD",
    "€": "EUR",
    "eur": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "£": "GBP",
    "gbp": "GBP",
    "pounds": "GBP",
    "¥": "JPY",
    "jpy": "JPY",
    "₹": "INR",
    "inr": "INR",
    "chf": "CHF",
    "cad": "CAD",
    "aud": "AUD",
}
DOLLAR = "$"
"""Which dollar "$" means is for the caller to say."""
_CODES = "USD|EUR|GBP|JPY|INR|CHF|CAD|AUD"
_WORDS = "(?:us )?dollars?|bucks|euros?|pounds"

_FRACTION_OFFERS = {
    "half price": 50,
    "half-price": 50,
    "half off": 50,
    "2 for 1": 50,
    "2-for-1": 50,
    "two for one": 50,
    "two-for-one": 50,
    "two for the price of one": 50,
    "buy one get one": 50,
    "buy one, get one": 50,
    "bogo": 50,
}

_PATTERNS = {
    "leading": rf"(?:(?P<sign>us\$|[$€£¥₹])|(?<!\w)(?P<code>{_CODES}))[ ]{{0,2}}"
    rf"(?P<number>{_NUMBER})(?:[ ]?(?P<scale>{_SCALES})(?!\w))?",
    "trailing": rf"{_FRESH}(?P<number>{_NUMBER})(?:[ ]?(?P<scale>{_SCALES}))?[ ]{{0,2}}"
    rf"(?:(?P<sign>[€£¥₹]|\$(?!\d))|(?P<code>{_CODES}|{_WORDS})(?!\w)"
    r"(?: and (?P<cents>\d{1,2}) cents?(?!\w))?)",
    "percent": rf"{_FRESH}(?P<number>{_NUMBER})[ -]{{0,2}}(?:%|(?:per[ ]?cent|pct)(?!\w))",
    "spelled": rf"(?<![\w-])(?P<words>{SPELLED})[ -](?P<unit>per[ ]?cent|{_WORDS})(?!\w)"
    rf"(?:(?<!cent) and (?P<cents>{SPELLED}) cents?(?!\w))?",
    "fraction": rf"(?<!\w)(?P<offer>{'|'.join(map(re.escape, _FRACTION_OFFERS))})(?!\w)",
    "bare": r"(?<![\w.,'$€£¥₹/:-])(?P<number>\d{1,3}(?:,\d{3}){0,4}\.\d\d|\d{4,9}\.\d\d)"
    r"(?![\w%]|[.,]\d|[ ]?%)",
}
_COMPILED = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _PATTERNS.items()}
_RANGE_BEFORE = re.compile(rf"{_FRESH}(?<![$€£])({_NUMBER})[ ]?(?:-|to|or|and)[ ]?$", re.IGNORECASE)


@dataclass(frozen=True)
class Claim:
    """A value that a text states. `start` and `end` are offsets into the plain text."""

    kind: Literal["money", "percent", "number"]
    """`number` is a value with two decimals and no currency."""
    value: Decimal | None
    """None when the figures do not make a number: "1,23,4"."""
    start: int
    end: int
    number: tuple[int, int]
    """Where the figures themselves are."""
    currency: str | None = None
    is_scaled: bool = False
    """Whether a word multiplies the figures: "5k"."""


def claims(text: str) -> Iterator[Claim]:
    """Every amount and percentage in the order of the text; none lies inside another."""
    found = sorted(_candidates(text), key=lambda claim: (claim.start, -claim.end))
    end = 0
    for claim in found:
        if claim.start >= end:
            yield claim
            end = claim.end


def _candidates(text: str) -> Iterator[Claim]:
    for name in ("leading", "trailing"):
        for found in _COMPILED[name].finditer(text):
            yield _money(found)
    for found in _COMPILED["percent"].finditer(text):
        yield _percent(found)
        yield from _lower_end(text, found.start())
    for found in _COMPILED["spelled"].finditer(text):
        yield _spelled(found)
    for found in _COMPILED["fraction"].finditer(text):
        value = Decimal(_FRACTION_OFFERS[found["offer"].lower()])
        yield Claim("percent", value, *found.span(), number=found.span())
    for found in _COMPILED["bare"].finditer(text):
        yield Claim("number", decimal_of(found["number"]), *found.span(), number=found.span())


def _money(found: re.Match[str]) -> Claim:
    word = (found["sign"] or found["code"]).lower()
    value = decimal_of(found["number"])
    if value is not None and found["scale"]:
        value *= _SCALE[found["scale"].lower()]
    if value is not None and found.groupdict().get("cents"):
        value += Decimal(found["cents"]) / 100
    currency = DOLLAR if word == "$" else _CURRENCY[word.removeprefix("us ")]
    number = found.span("number")
    return Claim("money", value, *found.span(), number, currency, is_scaled=bool(found["scale"]))


def _percent(found: re.Match[str]) -> Claim:
    return Claim("percent", decimal_of(found["number"]), *found.span(), number=found.span("number"))


def _lower_end(text: str, start: int) -> Iterator[Claim]:
    """The 10 of "10-20 %"."""
    offset = max(0, start - 40)
    found = _RANGE_BEFORE.search(text[offset:start])
    if found:
        span = (offset + found.start(1), offset + found.end(1))
        yield Claim("percent", decimal_of(found[1]), *span, number=span)


def _spelled(found: re.Match[str]) -> Claim:
    unit = found["unit"].lower().replace(" ", "").removeprefix("us")
    value = in_words(found["words"])
    number = found.span("words")
    if unit == "percent":
        return Claim("percent", value, *found.span(), number=number)
    if found["cents"]:
        value += in_words(found["cents"]) / 100
    return Claim("money", value, *found.span(), number=number, currency=_CURRENCY[unit])
