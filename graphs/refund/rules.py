"""What the desk may do to an order: pure functions from what is on record to a change, or a refusal.

They follow the desk's written policy. The target runs them again inside its own transaction, so a
change that was fine when it was judged is still refused if the record has moved on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from graphs.refund import shop
from graphs.refund.shop import GIFT_CARD, PAYMENT, REFUND, Address, Customer, Item, Method, Order, Payment
from signoff import NotDone

REASONS = ("no longer needed", "ordered by mistake")
_NOTHING = Decimal("0.00")


class Obstacle(StrEnum):
    """Why the desk may not do it."""

    UNKNOWN = "unknown"
    """Order, customer, item or payment method are not on record."""
    STATUS = "status"
    """The order is not in a state that allows it."""
    REASON = "reason"
    ITEMS = "items"
    """Old and new items do not pair up, or are not of one product."""
    UNAVAILABLE = "unavailable"
    METHOD = "method"
    """The payment method may not be used for this."""
    BALANCE = "balance"


class Refused(NotDone):
    """The shop does not do this; nothing has changed."""

    def __init__(self, obstacle: Obstacle, message: str) -> None:
        super().__init__(message)
        self.obstacle = obstacle


@dataclass(frozen=True)
class Change:
    """What one call makes of the record, and the money that moves with it."""

    customer_id: str
    order: Order | None = None
    customer: Customer | None = None
    refund: Decimal = _NOTHING
    """What goes back to the customer by it, at once or when the parcel is back."""
    charge: Decimal = _NOTHING
    """What the customer pays more by it."""
    method_id: str | None = None
    """Where the money goes to or comes from."""


def cancel(order: Order, customer: Customer, reason: str) -> Change:
    """Cancel the whole order and pay back what was paid, each part to where it came from.

    Raises:
        Refused: the order is not pending, or the reason is none that the desk accepts.
    """
    _must_be(order, (shop.PENDING,), "cancelled")
    if reason not in REASONS:
        raise Refused(Obstacle.REASON, f"The reason must be one of: {', '.join(REASONS)}.")
    paid_back = [
        Payment(REFUND, payment.amount, payment.method_id)
        for payment in order.payments
        if payment.kind == PAYMENT and not _was_paid_back(order, payment)
    ]
    after = replace(
        order,
        status=shop.CANCELLED,
        cancel_reason=reason,
        payments=(*order.payments, *paid_back),
    )
    for payment in paid_back:
        customer = _booked(customer, payment.method_id, payment.amount)
    return Change(
        customer_id=customer.id,
        order=after,
        customer=customer,
        refund=sum((payment.amount for payment in paid_back), _NOTHING),
        method_id=order.paid_by,
    )


def return_items(order: Order, customer: Customer, item_ids: Sequence[str], method_id: str) -> Change:
    """Take delivered items back; the money follows when the parcel is there.

    Raises:
        Refused: not delivered, items that the order does not have, or a method that did not pay for it
            and is no gift card.
    """
    _must_be(order, (shop.DELIVERED,), "returned")
    method = _method(customer, method_id)
    if method.source != GIFT_CARD and method_id != order.paid_by:
        raise Refused(
            Obstacle.METHOD, "A refund goes to the method that paid for the order or to a gift card."
        )
    items = _items(order, item_ids)
    after = replace(
        order,
        status=shop.RETURN_REQUESTED,
        return_items=tuple(sorted(item_ids)),
        return_method_id=method_id,
    )
    refund = sum((item.price for item in items), _NOTHING)
    return Change(customer_id=customer.id, order=after, refund=refund, method_id=method_id)


def exchange(
    order: Order,
    customer: Customer,
    stock: Mapping[str, shop.Variant],
    item_ids: Sequence[str],
    new_item_ids: Sequence[str],
    method_id: str,
) -> Change:
    """Ask for delivered items in other options; the difference is settled with the parcel.

    Args:
        stock: the variants on record among `new_item_ids`.

    Raises:
        Refused: not delivered, items that do not pair up, out of stock, or too little on a gift card.
    """
    _must_be(order, (shop.DELIVERED,), "exchanged")
    pairs = _pairs(order, stock, item_ids, new_item_ids)
    difference = _difference(pairs)
    _must_cover(_method(customer, method_id), difference)
    after = replace(
        order,
        status=shop.EXCHANGE_REQUESTED,
        exchange_items=tuple(sorted(item_ids)),
        exchange_new_items=tuple(sorted(new_item_ids)),
        exchange_method_id=method_id,
        exchange_difference=difference,
    )
    refund, charge = _moved(difference)
    return Change(customer.id, after, refund=refund, charge=charge, method_id=method_id)


def modify_items(
    order: Order,
    customer: Customer,
    stock: Mapping[str, shop.Variant],
    item_ids: Sequence[str],
    new_item_ids: Sequence[str],
    method_id: str,
) -> Change:
    """Put other options in place of pending items, and settle the difference at once.

    Raises:
        Refused: not pending or modified before, items that do not pair up, out of stock, or too little
            on a gift card.
    """
    _must_be(order, (shop.PENDING,), "modified")
    if any(old == new for old, new in zip(item_ids, new_item_ids, strict=False)):
        raise Refused(Obstacle.ITEMS, "A new item must differ from the one it replaces.")
    pairs = _pairs(order, stock, item_ids, new_item_ids)
    difference = _difference(pairs)
    _must_cover(_method(customer, method_id), difference)
    kind = PAYMENT if difference > 0 else REFUND
    after = replace(
        order,
        status=shop.PENDING_MODIFIED,
        items=_replaced(order, pairs),
        payments=(*order.payments, Payment(kind, abs(difference), method_id)),
    )
    refund, charge = _moved(difference)
    return Change(
        customer_id=customer.id,
        order=after,
        customer=_booked(customer, method_id, -difference),
        refund=refund,
        charge=charge,
        method_id=method_id,
    )


def modify_payment(order: Order, customer: Customer, method_id: str) -> Change:
    """Let another method pay for a pending order, and pay the first one back.

    Raises:
        Refused: not pending, paid in more than one step, the same method, or too little on a gift card.
    """
    _must_be(order, (shop.PENDING, shop.PENDING_MODIFIED), "modified")
    method = _method(customer, method_id)
    if len(order.payments) != 1 or order.payments[0].kind != PAYMENT:
        raise Refused(Obstacle.STATUS, "Only an order that was paid once can get another payment method.")
    [paid] = order.payments
    if paid.method_id == method_id:
        raise Refused(Obstacle.METHOD, "This method has paid for the order already.")
    _must_cover(method, paid.amount)
    moved = (Payment(PAYMENT, paid.amount, method_id), Payment(REFUND, paid.amount, paid.method_id))
    customer = _booked(_booked(customer, method_id, -paid.amount), paid.method_id, paid.amount)
    return Change(
        customer_id=customer.id,
        order=replace(order, payments=(*order.payments, *moved)),
        customer=customer,
        refund=paid.amount,
        charge=paid.amount,
        method_id=paid.method_id,
    )


def modify_order_address(order: Order, address: Address) -> Change:
    """Send a pending order elsewhere.

    Raises:
        Refused: not pending.
    """
    _must_be(order, (shop.PENDING, shop.PENDING_MODIFIED), "sent elsewhere")
    return Change(customer_id=order.customer_id, order=replace(order, address=address))


def modify_customer_address(customer: Customer, address: Address) -> Change:
    """Give a customer another default address."""
    return Change(customer_id=customer.id, customer=replace(customer, address=address))


def _must_be(order: Order, statuses: Sequence[str], done: str) -> None:
    if order.status not in statuses:
        raise Refused(
            Obstacle.STATUS,
            f"Order {order.id} is {order.status}; only a {statuses[0]} order can be {done}.",
        )


def _method(customer: Customer, method_id: str) -> Method:
    method = customer.method(method_id)
    if method is None:
        raise Refused(Obstacle.UNKNOWN, f"Customer {customer.id} has no payment method {method_id}.")
    return method


def _was_paid_back(order: Order, payment: Payment) -> bool:
    """Whether a later refund of the same amount went to the same method."""
    back = Payment(REFUND, payment.amount, payment.method_id)
    return order.payments.count(back) >= order.payments.count(payment)


def _items(order: Order, item_ids: Sequence[str]) -> list[Item]:
    """The lines of the order that `item_ids` names; a number that stands twice names two lines."""
    left = list(order.items)
    found = []
    for item_id in item_ids:
        item = next((item for item in left if item.item_id == item_id), None)
        if item is None:
            raise Refused(Obstacle.UNKNOWN, f"Order {order.id} does not have the item {item_id} so often.")
        left.remove(item)
        found.append(item)
    return found


def _pairs(
    order: Order, stock: Mapping[str, shop.Variant], item_ids: Sequence[str], new_item_ids: Sequence[str]
) -> list[tuple[Item, shop.Variant]]:
    items = _items(order, item_ids)
    if len(item_ids) != len(new_item_ids):
        raise Refused(Obstacle.ITEMS, "There must be one new item for each item.")
    pairs = []
    for item, new_id in zip(items, new_item_ids, strict=True):
        variant = stock.get(new_id)
        if variant is None:
            raise Refused(Obstacle.UNKNOWN, f"There is no item {new_id}.")
        if variant.product_id != item.product_id:
            raise Refused(
                Obstacle.ITEMS, f"{new_id} is a {variant.name}, but {item.item_id} is a {item.name}."
            )
        if not variant.available:
            raise Refused(Obstacle.UNAVAILABLE, f"The item {new_id} cannot be had now.")
        pairs.append((item, variant))
    return pairs


def _difference(pairs: Sequence[tuple[Item, shop.Variant]]) -> Decimal:
    return sum((variant.price - item.price for item, variant in pairs), _NOTHING)


def _moved(difference: Decimal) -> tuple[Decimal, Decimal]:
    """What goes back to the customer, and what they pay more."""
    return max(-difference, _NOTHING), max(difference, _NOTHING)


def _must_cover(method: Method, amount: Decimal) -> None:
    if method.source == GIFT_CARD and (method.balance or _NOTHING) < amount:
        raise Refused(Obstacle.BALANCE, f"The gift card {method.id} does not hold {amount:.2f}.")


def _replaced(order: Order, pairs: Sequence[tuple[Item, shop.Variant]]) -> tuple[Item, ...]:
    """The lines of the order, each exchanged one as its new variant."""
    left = list(pairs)
    items = []
    for item in order.items:
        pair = next((pair for pair in left if pair[0] == item), None)
        if pair is None:
            items.append(item)
            continue
        left.remove(pair)
        new = pair[1]
        items.append(replace(item, item_id=new.item_id, price=new.price, options=new.options))
    return tuple(items)


def _booked(customer: Customer, method_id: str, amount: Decimal) -> Customer:
    """The customer with `amount` more on a gift card; other methods keep no balance here."""
    methods = tuple(
        replace(method, balance=(method.balance or _NOTHING) + amount)
        if method.id == method_id and method.source == GIFT_CARD
        else method
        for method in customer.methods
    )
    return replace(customer, methods=methods)
