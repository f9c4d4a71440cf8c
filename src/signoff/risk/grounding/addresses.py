"""Postal addresses as they are written in English: street, town, state and postcode.

A street is a number, a name with capitals and a word like "Lane"; a postcode is read after a state of
the USA. Addresses written otherwise are not recognised as such.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from rapidfuzz.distance import OSA

from signoff.domain.action import Action
from signoff.domain.flag import Severity
from signoff.risk.finding import fact_records, listed
from signoff.risk.grounding.draft import Draft, Finding
from signoff.risk.grounding.settings import GroundingSettings

Code = Literal["address_unsupported", "address_unverified"]
CODES: frozenset[str] = frozenset(get_args(Code))

_SHORT = {
    "st": "street",
    "ave": "avenue",
    "av": "avenue",
    "rd": "road",
    "ln": "lane",
    "dr": "drive",
    "blvd": "boulevard",
    "ct": "court",
    "pl": "place",
    "sq": "square",
    "ter": "terrace",
    "pkwy": "parkway",
    "hwy": "highway",
}
_WAYS = "|".join(
    word.capitalize()
    for word in sorted(
        {*_SHORT.values(), *_SHORT, "way", "row", "alley", "crescent", "close", "trail", "circle"}
    )
)
_STATES = (
    "AL AK AZ AR CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV "
    "NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY"
).replace(" ", "|")
_CAPITAL = r"[A-Z][\w'.-]{0,30}"
_STREET = re.compile(rf"(?<![\w#$.,/-])\d{{1,6}}[A-Za-z]?[ ](?:{_CAPITAL}[ ]){{1,4}}(?:{_WAYS})(?![\w-])")
_TOWN_WORD = r"[A-Z][\w'-]{0,30}"
_UNIT = r"(?:,?[ \n]{1,2}(?:Suite|Apt\.?|Apartment|Unit|Floor|#)[ ]?\w{1,8})?"
_TOWN = re.compile(
    rf"{_UNIT}(?:,[ ]{{1,2}}(?:in[ ])?|[ ]in[ ]|,?\n(?=[^,\n]{{1,60}},[ ](?:{_STATES})\b))"
    rf"(?P<town>(?:St\.[ ])?{_TOWN_WORD}(?:[ ]{_TOWN_WORD}){{0,2}})"
)
_POSTCODE = re.compile(rf"(?<!\w)(?P<state>{_STATES})[ ]{{1,2}}(?P<postcode>\d{{5}})(?:-\d{{4}})?(?!\w)")
_NEAR = 3


@dataclass(frozen=True)
class Address:
    """One address on record; what it lacks is empty."""

    street: str
    city: str
    state: str
    postcode: str

    @property
    def region(self) -> str:
        return f"{self.state} {self.postcode}".strip()


def read(action: Action, settings: GroundingSettings) -> tuple[Address, ...] | None:
    """The addresses on record; None where the facts have no such list.

    Raises:
        ValueError: an entry is not of the expected shape.
    """
    records = fact_records(action, settings.addresses)
    return None if records is None else tuple(_address(one) for one in records)


def _address(record: dict[str, Any]) -> Address:
    parts = {name: record.get(name) or "" for name in ("street", "city", "state", "postcode")}
    for name, value in parts.items():
        if not isinstance(value, str):
            raise ValueError(f"{name} is {value!r}, no text")
    return Address(**parts)


def findings(
    draft: Draft, known: tuple[Address, ...] | None, settings: GroundingSettings
) -> Iterator[Finding]:
    """Which addresses of a draft, or which parts of them, are not on record."""
    for street in _STREET.finditer(draft.text):
        yield from _part(draft, street.span(), known, settings, lambda one: one.street)
        town = _TOWN.match(draft.text, street.end())
        if town and known is not None:
            here = tuple(one for one in known if _says(street[0], one.street))
            yield from _part(draft, town.span("town"), here or known, settings, lambda one: one.city)
    for code in _POSTCODE.finditer(draft.text):
        yield from _part(draft, code.span(), known, settings, lambda one: one.region)


def _part(
    draft: Draft,
    span: tuple[int, int],
    known: tuple[Address, ...] | None,
    settings: GroundingSettings,
    of: Callable[[Address], str],
) -> Iterator[Finding]:
    if known is None:
        missing = f"The facts hold no list {settings.addresses!r}."
        message = "There is no record of addresses to compare this with."
        yield Finding(draft, *span, "address_unverified", Severity.MEDIUM, message, missing)
        return
    said = draft.text[span[0] : span[1]]
    parts = list(dict.fromkeys(part for one in known if (part := of(one))))
    if not any(_says(said, part) for part in parts):
        evidence = f"On record: {listed(parts)}." if parts else "The record holds none."
        message = "This is not the address on record."
        suggestion = parts[0] if len(parts) == 1 else _nearest(said, parts)
        yield Finding(draft, *span, "address_unsupported", Severity.HIGH, message, evidence, suggestion)


def _says(said: str, part: str) -> bool:
    """Whether the words are this part of an address, whatever else they say after it."""
    return bool(part) and f"{_comparable(said)} ".startswith(f"{_comparable(part)} ")


def _comparable(part: str) -> str:
    words = part.casefold().replace(".", "").replace(",", "").split()
    return " ".join(_SHORT.get(word, word) for word in words)


def _nearest(said: str, parts: list[str]) -> str | None:
    near = [
        part
        for part in parts
        if OSA.distance(_comparable(said), _comparable(part), score_cutoff=_NEAR) <= _NEAR
    ]
    return near[0] if len(near) == 1 else None
