"""Amounts that follow from other amounts of the same text: sums and differences, in Decimal."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import combinations, product

from signoff.risk.amounts import Claim
from signoff.risk.grounding.draft import Draft
from signoff.risk.grounding.money_record import Record

_SUM = re.compile(
    r"\b(?:together|altogether|combined|in (?:all|total|sum)|(?:sub)?total|sum|add(?:s|ed|ing)? up|plus|both|"
    r"mak(?:es?|ing)|made)\b",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(
    r"\b(?:differ\w*|gap|away from|(?:more|less|cheaper|dearer|higher|lower) than|between|compar\w*|"
    r"remaining|left over|the rest|minus|up from|down from)\b",
    re.IGNORECASE,
)
_NEAR = 600
_MOST = 12
"""Amounts and things that are combined at most."""


def speaks_of_sum(draft: Draft, start: int, end: int) -> bool:
    """Whether the text says between two offsets that something is added up."""
    return _SUM.search(draft.text, max(start, end - _NEAR), end) is not None


def speaks_of_difference(draft: Draft, start: int, end: int) -> bool:
    """Whether the text says between two offsets how far things lie apart."""
    return _DIFFERENCE.search(draft.text, max(start, end - _NEAR), end) is not None


def follows(draft: Draft, claim: Claim, record: Record) -> set[Decimal]:
    """Everything that can be computed from the amounts around `claim`."""
    return sums(draft, claim, record) | differences(draft, claim, record)


def sums(draft: Draft, claim: Claim, record: Record) -> set[Decimal]:
    """What the amounts stated before `claim` add up to, and what the things that its sentence names do."""
    before = [other.value for other in _money_near(draft, claim) if other.end <= claim.start and other.value]
    stated = {sum(before[-size:], Decimal(0)) for size in range(2, len(before) + 1)}
    return stated | {sum(chosen, Decimal(0)) for chosen in _amounts_of_named(draft, claim, record)}


def differences(draft: Draft, claim: Claim, record: Record) -> set[Decimal]:
    """How far apart any two amounts around `claim` are, or the things that its sentence names."""
    around = [other.value for other in _money_near(draft, claim) if other is not claim and other.value]
    found = {abs(one - other) for one, other in combinations(around, 2)}
    pairs = (chosen for chosen in _amounts_of_named(draft, claim, record) if len(chosen) == 2)
    return found | {abs(one - other) for one, other in pairs}


def _money_near(draft: Draft, claim: Claim) -> list[Claim]:
    near = [
        other
        for other in draft.money_between(claim.start - _NEAR, claim.end + _NEAR)
        if other.kind == "money"
    ]
    place = near.index(claim) if claim in near else len(near)
    return near[max(0, place - _MOST) : place + _MOST]


def _amounts_of_named(draft: Draft, claim: Claim, record: Record) -> list[tuple[Decimal, ...]]:
    """One amount of each thing that the sentence names, in every combination."""
    start, end = draft.sentence(claim.start)
    names = dict.fromkeys(one.name for one in draft.within(max(start, claim.start - _NEAR), end))
    known = [amounts for name in names if (amounts := record.about(name))]
    if not 2 <= len(known) <= 3 or any(len(amounts) > _MOST for amounts in known):
        return []
    return list(product(*known))
