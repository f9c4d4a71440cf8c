"""How much would pass at which limit: over the recorded refunds, and over what the record could give back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from statistics import median

from graphs.refund.shop import DELIVERED, PENDING
from graphs.refund.system import Shop

LIMITS = (100, 200, 300, 500, 1000)


def share_lines(refunds: Sequence[Decimal], shop: Shop) -> Iterator[str]:
    """A table: limit, share of recorded refunds at or below it, share of their money, and of the record."""
    with shop.reading() as books:
        orders = list(books.orders())
    pending = [order.total for order in orders if order.status == PENDING]
    items = [item.price for order in orders if order.status == DELIVERED for item in order.items]
    if not (refunds and pending and items):
        return
    yield "Share at or below a limit:"
    sizes = f"{len(pending)} pending orders  {len(items)} delivered items"
    yield f"limit  {len(refunds)} recorded refunds   their money  {sizes}"
    for limit in LIMITS:
        money = _at_most(refunds, limit)
        yield (
            f"{limit:5}  {_share(len(money), len(refunds)):>20}  {_share(sum(money), sum(refunds)):>12}"
            f"  {_share(len(_at_most(pending, limit)), len(pending)):>18}"
            f"  {_share(len(_at_most(items, limit)), len(items)):>20}"
        )
    yield f"median {median(refunds):>19}  {'':>12}  {median(pending):>18}  {median(items):>20}"


def _at_most(amounts: Sequence[Decimal], limit: int) -> list[Decimal]:
    return [amount for amount in amounts if amount <= limit]


def _share(part: Decimal | int, whole: Decimal | int) -> str:
    return f"{Decimal(part) / Decimal(whole):.0%}"
