"""The shop's nouns: what an order, a customer and a product are to the desk. Amounts are Decimal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

PENDING = "pending"
PENDING_MODIFIED = "pending (item modified)"
DELIVERED = "delivered"
CANCELLED = "cancelled"
RETURN_REQUESTED = "return requested"
EXCHANGE_REQUESTED = "exchange requested"

PAYMENT = "payment"
REFUND = "refund"
GIFT_CARD = "gift_card"


@dataclass(frozen=True)
class Address:
    """Where a parcel goes, or where a customer lives."""

    address1: str
    address2: str
    city: str
    state: str
    country: str
    zip: str


@dataclass(frozen=True)
class Method:
    """A way to pay; only a gift card has a balance."""

    id: str
    source: str
    brand: str | None = None
    last_four: str | None = None
    balance: Decimal | None = None


@dataclass(frozen=True)
class Customer:
    """One account."""

    id: str
    first_name: str
    last_name: str
    email: str
    address: Address
    methods: tuple[Method, ...]
    orders: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def method(self, method_id: str) -> Method | None:
        return next((method for method in self.methods if method.id == method_id), None)


@dataclass(frozen=True)
class Item:
    """One line of an order."""

    item_id: str
    product_id: str
    name: str
    price: Decimal
    options: Mapping[str, str]


@dataclass(frozen=True)
class Payment:
    """Money that moved: a payment by the customer, or a refund to them. The amount is never negative."""

    kind: str
    amount: Decimal
    method_id: str


@dataclass(frozen=True)
class Order:
    """One order, with what the desk has done to it."""

    id: str
    customer_id: str
    status: str
    address: Address
    items: tuple[Item, ...]
    payments: tuple[Payment, ...]
    fulfillments: list[Any] = field(default_factory=list)
    cancel_reason: str | None = None
    return_items: tuple[str, ...] | None = None
    return_method_id: str | None = None
    exchange_items: tuple[str, ...] | None = None
    exchange_new_items: tuple[str, ...] | None = None
    exchange_method_id: str | None = None
    exchange_difference: Decimal | None = None
    """What the new items cost more than the old ones; negative where they cost less."""

    @property
    def total(self) -> Decimal:
        return sum((item.price for item in self.items), Decimal(0))

    @property
    def paid_by(self) -> str | None:
        """The method of the first payment."""
        return next((payment.method_id for payment in self.payments if payment.kind == PAYMENT), None)

    @property
    def is_pending(self) -> bool:
        return self.status in (PENDING, PENDING_MODIFIED)


@dataclass(frozen=True)
class Variant:
    """One thing that can be ordered: a product in certain options."""

    item_id: str
    product_id: str
    name: str
    options: Mapping[str, str]
    available: bool
    price: Decimal


@dataclass(frozen=True)
class Product:
    """A kind of thing, in all its variants."""

    id: str
    name: str
    variants: tuple[Variant, ...]


def plain(value: Any) -> Any:
    """A noun as JSON can carry it: amounts as text, absent notes left out."""
    return _plain(asdict(value))


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return f"{value:.2f}"
        case dict():
            return {key: _plain(item) for key, item in value.items() if item is not None}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value
