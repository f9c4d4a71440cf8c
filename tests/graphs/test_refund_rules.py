"""What the desk may do, as pure rules: money is conserved, and what does not fit is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.refund import rules
from graphs.refund.rules import Change, Obstacle, Refused
from graphs.refund.shop import Address, Order
from tests.support.retail import CARD, GIFT, HOME, customer, item, order, variant

prices = st.integers(1, 500_000).map(lambda cents: Decimal(cents).scaleb(-2))
STOCK = {"v1": variant(1, "12.00"), "v2": variant(2, "9.50"), "v3": variant(3, "40.00")}


def net(made: Order, method_id: str | None = None) -> Decimal:
    """What the customer has paid so far, by one method or by all."""
    signs = {"payment": 1, "refund": -1}
    counted = [p for p in made.payments if method_id in (None, p.method_id)]
    return sum((signs[p.kind] * p.amount for p in counted), Decimal(0))


def gift_balance(change: Change) -> Decimal:
    gift = None if change.customer is None else change.customer.method("gift_1")
    assert gift is not None
    assert gift.balance is not None
    return gift.balance


@given(st.lists(prices, min_size=1, max_size=5), st.sampled_from(["card_1", "gift_1"]))
def test_a_cancelled_order_has_cost_nothing(amounts: list[Decimal], paid_by: str) -> None:
    before = order(*(item(n, str(price)) for n, price in enumerate(amounts)), paid_by=paid_by)
    change = rules.cancel(before, customer(), "ordered by mistake")
    assert change.order is not None
    assert change.order.status == "cancelled"
    assert net(change.order) == 0
    assert change.refund == before.total
    assert gift_balance(change) == Decimal("20.00") + (before.total if paid_by == "gift_1" else 0)


@given(prices, prices, st.integers(0, 600_000).map(lambda cents: Decimal(cents).scaleb(-2)))
def test_other_items_cost_what_they_cost_and_no_gift_card_goes_below_zero(
    old: Decimal, new: Decimal, balance: Decimal
) -> None:
    before, owner = order(item(1, str(old))), customer(CARD, replace(GIFT, balance=balance))
    stock = {"v1": variant(1, str(new))}
    if new - old > balance:
        with pytest.raises(Refused, match="does not hold"):
            rules.modify_items(before, owner, stock, ["i1"], ["v1"], "gift_1")
        return
    change = rules.modify_items(before, owner, stock, ["i1"], ["v1"], "gift_1")
    assert change.order is not None
    assert net(change.order) == change.order.total == new
    assert change.charge - change.refund == new - old
    assert min(change.charge, change.refund) == 0
    assert gift_balance(change) == balance - (new - old) >= 0


def test_each_item_becomes_its_own_new_item() -> None:
    before = order(item(1), item(2), item(3))
    change = rules.modify_items(before, customer(), STOCK, ["i3", "i1"], ["v1", "v2"], "card_1")
    assert change.order is not None
    assert [(one.item_id, str(one.price), one.options["size"]) for one in change.order.items] == [
        ("v2", "9.50", "v2"),
        ("i2", "10.00", "2"),
        ("v1", "12.00", "v1"),
    ]
    assert change.charge == Decimal("1.50")


def test_an_item_that_the_order_has_twice_is_two_items() -> None:
    before = order(item(1), item(1), status="delivered")
    assert rules.return_items(before, customer(), ["i1", "i1"], "card_1").refund == Decimal("20.00")
    with pytest.raises(Refused, match="so often"):
        rules.return_items(before, customer(), ["i1", "i1", "i1"], "card_1")


def test_a_return_is_promised_and_paid_when_the_parcel_is_back() -> None:
    before = order(item(1, "30.00"), item(2, "5.00"), status="delivered")
    change = rules.return_items(before, customer(), ["i2"], "gift_1")
    assert (change.refund, change.method_id, change.customer) == (Decimal("5.00"), "gift_1", None)
    assert change.order == replace(
        before, status="return requested", return_items=("i2",), return_method_id="gift_1"
    )


def test_an_exchange_settles_the_difference() -> None:
    before = order(item(1), status="delivered")
    change = rules.exchange(before, customer(), STOCK, ["i1"], ["v2"], "gift_1")
    assert (change.refund, change.charge) == (Decimal("0.50"), Decimal(0))
    assert change.order is not None
    assert change.order.exchange_difference == Decimal("-0.50")
    assert change.order.items == before.items


@given(prices)
def test_another_payment_leaves_what_was_paid_in_all(price: Decimal) -> None:
    before, owner = order(item(1, str(price))), customer(CARD, replace(GIFT, balance=price))
    change = rules.modify_payment(before, owner, "gift_1")
    assert change.order is not None
    assert (net(change.order), net(change.order, "card_1")) == (price, Decimal(0))
    assert gift_balance(change) == 0
    with pytest.raises(Refused, match="paid once"):
        rules.modify_payment(change.order, owner, "card_1")


def test_addresses_change_alone() -> None:
    new = Address("2 Elm", "", "Boulder", "CO", "USA", "80301")
    before = order(item(1))
    assert rules.modify_order_address(before, new).order == replace(before, address=new)
    assert rules.modify_customer_address(customer(), new).customer == replace(customer(), address=new)


PENDING, DELIVERED = order(item(1)), order(item(1), status="delivered")
CASES: list[tuple[Obstacle, Callable[..., Any], tuple[Any, ...]]] = [
    (Obstacle.STATUS, rules.cancel, (DELIVERED, customer(), "no longer needed")),
    (Obstacle.REASON, rules.cancel, (PENDING, customer(), "too expensive")),
    (Obstacle.STATUS, rules.return_items, (PENDING, customer(), ["i1"], "card_1")),
    (Obstacle.UNKNOWN, rules.return_items, (DELIVERED, customer(), ["i9"], "card_1")),
    (Obstacle.UNKNOWN, rules.return_items, (DELIVERED, customer(), ["i1"], "card_9")),
    (
        Obstacle.METHOD,
        rules.return_items,
        (DELIVERED, customer(CARD, replace(CARD, id="card_2")), ["i1"], "card_2"),
    ),
    (Obstacle.STATUS, rules.exchange, (PENDING, customer(), STOCK, ["i1"], ["v1"], "card_1")),
    (Obstacle.ITEMS, rules.exchange, (DELIVERED, customer(), STOCK, ["i1"], ["v1", "v2"], "card_1")),
    (Obstacle.UNKNOWN, rules.exchange, (DELIVERED, customer(), STOCK, ["i1"], ["v9"], "card_1")),
    (
        Obstacle.ITEMS,
        rules.exchange,
        (DELIVERED, customer(), {"v1": variant(1, "9.00", "p2")}, ["i1"], ["v1"], "card_1"),
    ),
    (
        Obstacle.UNAVAILABLE,
        rules.exchange,
        (DELIVERED, customer(), {"v1": variant(1, "9.00", available=False)}, ["i1"], ["v1"], "card_1"),
    ),
    (Obstacle.BALANCE, rules.exchange, (DELIVERED, customer(), STOCK, ["i1"], ["v3"], "gift_1")),
    (Obstacle.STATUS, rules.modify_items, (DELIVERED, customer(), STOCK, ["i1"], ["v1"], "card_1")),
    (Obstacle.ITEMS, rules.modify_items, (PENDING, customer(), STOCK, ["i1"], ["i1"], "card_1")),
    (Obstacle.METHOD, rules.modify_payment, (PENDING, customer(), "card_1")),
    (Obstacle.STATUS, rules.modify_payment, (DELIVERED, customer(), "gift_1")),
    (Obstacle.BALANCE, rules.modify_payment, (order(item(1, "20.01")), customer(), "gift_1")),
    (Obstacle.STATUS, rules.modify_order_address, (DELIVERED, HOME)),
]


@pytest.mark.parametrize(("obstacle", "rule", "arguments"), CASES)
def test_what_does_not_fit_is_refused(obstacle: Obstacle, rule: Any, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(Refused) as caught:
        rule(*arguments)
    assert caught.value.obstacle is obstacle
    assert str(caught.value).endswith(".")


def test_items_can_be_modified_once_only() -> None:
    change = rules.modify_items(order(item(1)), customer(), STOCK, ["i1"], ["v1"], "card_1")
    assert change.order is not None
    for again in (
        lambda made: rules.modify_items(made, customer(), STOCK, ["v1"], ["v2"], "card_1"),
        lambda made: rules.cancel(made, customer(), "no longer needed"),
    ):
        with pytest.raises(Refused, match="item modified"):
            again(change.order)
    assert rules.modify_order_address(change.order, HOME).order == change.order
