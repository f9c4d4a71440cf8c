"""Amounts as people write them."""

from __future__ import annotations

from decimal import Decimal

from signoff.domain.visibility import Withheld
from signoff.web.pages import reading
from signoff.web.pages.kinds.given import Amount
from signoff.web.pages.reading import number
from signoff.web.pages.words import withheld

_CENT = Decimal("0.01")
_LONGEST = 20
"""Digits before or behind the point beyond which a number is written as it came."""


def money(amount: Amount | None) -> str:
    """An amount with two decimals, and more only where it has them."""
    if amount is None:
        return ""
    if isinstance(amount, Withheld):
        return withheld(amount)
    exact = Decimal(str(amount))
    if abs(exact.adjusted()) > _LONGEST:
        return str(exact)
    return number(exact) if exact != exact.quantize(_CENT) else reading.money(exact)


def less(whole: Amount | None, part: Amount | None) -> Decimal | None:
    """The difference; None where one of them is not known."""
    if whole is None or part is None or isinstance(whole, Withheld) or isinstance(part, Withheld):
        return None
    return Decimal(str(whole)) - Decimal(str(part))


def part_of(part: Amount | None, whole: Amount | None) -> float | None:
    """How much of `whole` it is, from 0 to 1; None where that says nothing."""
    if less(whole, part) is None or not whole or not part:
        return None
    share = Decimal(str(part)) / Decimal(str(whole))
    return round(float(share), 4) if 0 < share <= 1 else None
