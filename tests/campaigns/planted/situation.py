"""What is true about one customer, one of their orders and one product: the values that templates name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random  # noqa: TID251 - seeded, so that every run plants the same faults
from typing import Any

from graphs.outbound_copy.data import Customer, Item, Order, Product, Retail

CENT = Decimal("0.01")
PAGES = ("care", "offers", "reviews", "help", "visit")
FIRST_DAY = date(2027, 1, 4)


@dataclass(frozen=True)
class Situation:
    """The record as one draft may speak of it, with the value of each slot."""

    retail: Retail
    customer: Customer
    order: Order
    items: tuple[Item, Item]
    product: Product
    values: dict[str, Any]

    @property
    def dates(self) -> list[dict[str, str]]:
        """The dates as facts; the record has none, so they are made up here."""
        return [
            {"about": self.order.id, "date": self.values["due"].isoformat()},
            {"about": "offer", "date": self.values["until"].isoformat()},
        ]


def situations(retail: Retail, chance: Random, count: int) -> list[Situation]:
    """`count` different situations out of the whole record, in an order that `chance` decides."""
    fitting = [order for order in retail.orders.values() if _fits(retail, order)]
    chance.shuffle(fitting)
    products = sorted(
        (product for product in retail.products.values() if product.prices), key=lambda product: product.id
    )
    return [
        _situation(retail, fitting[n % len(fitting)], chance.choice(products), chance) for n in range(count)
    ]


def _fits(retail: Retail, order: Order) -> bool:
    """Whether two items can be told apart by name and price, so that each sentence has one truth."""
    customer = retail.customers[order.customer_id]
    return len(_single(order)) >= 2 and len(retail.orders_of(customer)) >= 2


def _single(order: Order) -> list[Item]:
    names = [item.name for item in order.items]
    prices = [item.price for item in order.items]
    return [item for item in order.items if names.count(item.name) == 1 and prices.count(item.price) == 1]


def _situation(retail: Retail, order: Order, product: Product, chance: Random) -> Situation:
    customer = retail.customers[order.customer_id]
    one, two = chance.sample(_single(order), 2)
    tier = retail.overlay.tiers[retail.overlay.tier_of(customer.id)]
    percent = chance.choice(tier.discounts)
    low = product.prices[0]
    saving = (low * percent / 100).quantize(CENT, ROUND_HALF_UP)
    day = int(order.id[-4:]) % 300
    values: dict[str, Any] = {
        "first": customer.first_name,
        "last": customer.last_name,
        "name": customer.name,
        "email": customer.email,
        "street": customer.street,
        "city": customer.address["city"],
        "state": customer.address["state"],
        "zip": customer.address["zip"],
        "order": order.id,
        "total": order.total,
        "n_items": len(order.items),
        "n_orders": len(customer.orders),
        "item": one.name,
        "item2": two.name,
        "price": one.price,
        "price2": two.price,
        "sum2": one.price + two.price,
        "diff2": abs(one.price - two.price),
        "product": product.name,
        "low": low,
        "percent": percent,
        "saving": saving,
        "offer": low - saving,
        "due": FIRST_DAY + timedelta(days=day),
        "until": FIRST_DAY + timedelta(days=(day * 7 + 11) % 300),
        "link": f"https://harbourpine.example/{chance.choice(PAGES)}",
    }
    return Situation(retail, customer, order, (one, two), product, values)
