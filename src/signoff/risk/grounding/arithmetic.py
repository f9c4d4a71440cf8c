"""Amounts that follow from other amounts of the same text: sums and differences, in Decimal.

Only amounts that the record supports are combined. Otherwise three wrong figures could vouch for each other:
"now $500 instead of $1,031, you save $531".
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
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
    r"\b(?:difference|gap|away from|(?:more|less|cheaper|dearer|higher|lower) than|remaining|left over|"
    r"the rest|minus|up from|down from)\b",
    re.IGNORECASE,
)
_NEAR = 600
MOST = 12
"""Amounts on either side that one is compared with, and amounts of one thing, at most."""


def speaks_of_sum(draft: Draft, start: int, end: int) -> bool:
    """Whether the text says between two offsets that something is added up."""
    return _SUM.search(draft.text, max(start, end - _NEAR), end) is not None


def speaks_of_difference(draft: Draft, start: int, end: int) -> bool:
    """Whether the text says between two offsets how far things lie apart."""
    return _DIFFERENCE.search(draft.text, max(start, end - _NEAR), end) is not None


def sums(draft: Draft, claim: Claim, grounded: Sequence[Claim], record: Record) -> set[Decimal]:
    """What the amounts next to `claim` add up to, on either side, and what the things of its sentence do.

    Args:
        grounded: amounts around it that the record supports, in the order of the text.
    """
    before, after = _values_around(claim, grounded)
    runs = [before[-size:] for size in range(2, len(before) + 1)]
    runs += [after[:size] for size in range(2, len(after) + 1)]
    return {sum(run, Decimal(0)) for run in (*runs, *_amounts_of_named(draft, claim, record))}


def differences(draft: Draft, claim: Claim, grounded: Sequence[Claim], record: Record) -> set[Decimal]:
    """How far apart any two amounts around `claim` are, or the things that its sentence names."""
    before, after = _values_around(claim, grounded)
    pairs = [*combinations([*before, *after], 2)]
    pairs += [(run[0], run[1]) for run in _amounts_of_named(draft, claim, record) if len(run) == 2]
    return {abs(one - other) for one, other in pairs}


def _values_around(claim: Claim, grounded: Sequence[Claim]) -> tuple[list[Decimal], list[Decimal]]:
    """The values before and after `claim`, nearest last and first."""
    place = bisect_left(grounded, claim.start, key=lambda other: other.start)
    before = [one for one in grounded[:place] if one.start > claim.start - _NEAR]
    after = [one for one in grounded[place:] if claim.start < one.start < claim.end + _NEAR]
    return [one.value for one in before if one.value], [one.value for one in after if one.value]


def _amounts_of_named(draft: Draft, claim: Claim, record: Record) -> list[tuple[Decimal, ...]]:
    """One amount of each thing that the sentence names, in every combination."""
    names = dict.fromkeys(one.name for one in draft.within(*draft.sentence(claim.start)))
    known = [amounts for name in names if (amounts := record.about(name))]
    if not 2 <= len(known) <= 3 or any(len(amounts) > MOST for amounts in known):
        return []
    return list(product(*known))
