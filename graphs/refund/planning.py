"""From a call to the change it would make: looks up what the rules need, and asks them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphs.refund import rules
from graphs.refund.books import Books
from graphs.refund.rules import Change, Obstacle, Refused
from graphs.refund.shop import Address, Customer, Order, Variant

_Arguments = Mapping[str, Any]


def planned(books: Books, tool: str, arguments: _Arguments) -> Change:
    """What the call would change; nothing is written.

    Raises:
        Refused: the shop does not do this.
        KeyError: `tool` is none that changes the record.
    """
    return _PLANS[tool](books, arguments)


def _cancel(books: Books, arguments: _Arguments) -> Change:
    order, customer = _order(books, arguments)
    return rules.cancel(order, customer, arguments["reason"])


def _return(books: Books, arguments: _Arguments) -> Change:
    order, customer = _order(books, arguments)
    return rules.return_items(order, customer, arguments["item_ids"], arguments["payment_method_id"])


def _exchange(books: Books, arguments: _Arguments) -> Change:
    return _swap(rules.exchange, books, arguments)


def _modify_items(books: Books, arguments: _Arguments) -> Change:
    return _swap(rules.modify_items, books, arguments)


def _swap(rule: Callable[..., Change], books: Books, arguments: _Arguments) -> Change:
    order, customer = _order(books, arguments)
    new = arguments["new_item_ids"]
    return rule(
        order, customer, _stock(books, new), arguments["item_ids"], new, arguments["payment_method_id"]
    )


def _modify_payment(books: Books, arguments: _Arguments) -> Change:
    order, customer = _order(books, arguments)
    return rules.modify_payment(order, customer, arguments["payment_method_id"])


def _modify_order_address(books: Books, arguments: _Arguments) -> Change:
    order, _ = _order(books, arguments)
    return rules.modify_order_address(order, address_in(arguments))


def _modify_customer_address(books: Books, arguments: _Arguments) -> Change:
    return rules.modify_customer_address(_customer(books, arguments["user_id"]), address_in(arguments))


_PLANS: dict[str, Callable[[Books, _Arguments], Change]] = {
    "cancel_pending_order": _cancel,
    "return_delivered_order_items": _return,
    "exchange_delivered_order_items": _exchange,
    "modify_pending_order_items": _modify_items,
    "modify_pending_order_payment": _modify_payment,
    "modify_pending_order_address": _modify_order_address,
    "modify_user_address": _modify_customer_address,
}

CHANGES = tuple(_PLANS)
"""The tools that change the record."""


def address_in(arguments: _Arguments) -> Address:
    """The address among the arguments of a call."""
    return Address(**{part: arguments[part] for part in Address.__dataclass_fields__})


def _order(books: Books, arguments: _Arguments) -> tuple[Order, Customer]:
    order = books.order(arguments["order_id"])
    if order is None:
        raise Refused(Obstacle.UNKNOWN, f"There is no order {arguments['order_id']}.")
    return order, _customer(books, order.customer_id)


def _customer(books: Books, customer_id: str) -> Customer:
    customer = books.customer(customer_id)
    if customer is None:
        raise Refused(Obstacle.UNKNOWN, f"There is no customer {customer_id}.")
    return customer


def _stock(books: Books, item_ids: list[str]) -> dict[str, Variant]:
    return {item_id: variant for item_id in item_ids if (variant := books.variant(item_id)) is not None}
