"""The faults that are planted, by class: which slot is changed, and into what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random  # noqa: TID251 - seeded, so that every run plants the same faults
from typing import Any, Literal

from tests.campaigns.planted.situation import CENT, Situation

Group = Literal["numeric", "name", "link"]
Change = Callable[[Situation, str, Random], Any]
"""The false value of a slot, or None where this situation allows none."""

CONSEQUENCES: dict[str, frozenset[str]] = {
    "percent": frozenset({"offer", "saving"}),
    "low": frozenset({"offer", "saving", "product"}),
    "price": frozenset({"item", "sum2", "diff2"}),
    "price2": frozenset({"item2", "sum2", "diff2"}),
    "item": frozenset({"price"}),
    "item2": frozenset({"price2"}),
    "product": frozenset({"low", "offer", "saving"}),
    "order": frozenset({"total", "n_items", "item", "item2", "price", "price2", "due", "street"}),
    "first": frozenset({"last", "name"}),
    "last": frozenset({"first", "name"}),
    "street": frozenset({"city", "state", "zip"}),
    "city": frozenset({"street", "state", "zip"}),
    "zip": frozenset({"street", "city", "state"}),
}
"""Slots that contradict the changed one; a flag on them is a right one, but not asked for."""


@dataclass(frozen=True)
class Fault:
    """One class of faults."""

    name: str
    group: Group
    slots: tuple[str, ...]
    change: Change
    in_words: bool | None = None
    """Only places that are (or are not) written in words; None where it does not matter."""
    is_raw: bool = False
    """Whether `change` gives the text itself instead of a value to be written."""


def _known_amounts(at: Situation) -> set[Decimal]:
    """Every amount that the record could support somewhere in a draft of this situation."""
    orders = at.retail.orders_of(at.customer)
    known = {item.price for order in orders for item in order.items}
    known |= {order.total for order in orders} | {paid for order in orders for paid in order.paid}
    known |= {price for product in at.retail.products.values() for price in product.prices}
    return known | {value for value in at.values.values() if isinstance(value, Decimal)}


def _digit(text: str, chance: Random) -> str:
    places = [n for n, char in enumerate(text) if char.isdigit()]
    place = chance.choice(places)
    others = [digit for digit in "123456789" if digit != text[place]]
    return text[:place] + chance.choice(others) + text[place + 1 :]


def _swapped_neighbours(text: str, chance: Random) -> str:
    places = [
        n
        for n in range(len(text) - 1)
        if text[n].isdigit() and text[n + 1].isdigit() and text[n] != text[n + 1] and text[n + 1] != "0"
    ]
    if not places:
        return text
    place = chance.choice(places)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _other_amount(how: Callable[[str, Random], str]) -> Change:
    def change(at: Situation, slot: str, chance: Random) -> Decimal | None:
        known = _known_amounts(at)
        for _ in range(20):
            amount = Decimal(how(f"{at.values[slot]:.2f}", chance))
            if amount not in known and amount > 1:
                return amount
        return None

    return change


def _price_of_the_other(at: Situation, slot: str, chance: Random) -> Decimal:
    price: Decimal = at.values["price2" if slot == "price" else "price"]
    return price


def _total_of_another_order(at: Situation, slot: str, chance: Random) -> Decimal | None:
    own = {at.order.total, *at.order.paid}
    others = [
        order.total
        for order in at.retail.orders_of(at.customer)
        if order.id != at.order.id and order.total not in own
    ]
    return chance.choice(others) if others else None


def _wrong_sum(at: Situation, slot: str, chance: Random) -> Decimal | None:
    amount: Decimal = at.values[slot]
    shift = chance.choice([Decimal(1), Decimal(10), Decimal("0.10"), Decimal(9), Decimal(100)])
    wrong = amount + shift if chance.random() < 0.5 or amount <= shift else amount - shift
    return wrong.quantize(CENT) if wrong not in _known_amounts(at) else None


def _foreign_percent(at: Situation, slot: str, chance: Random) -> Decimal:
    tier = at.retail.overlay.tiers[at.retail.overlay.tier_of(at.customer.id)]
    return Decimal(chance.choice([n for n in (8, 12, 25, 30, 40, 50) if Decimal(n) not in tier.discounts]))


def _percent_as_amount(at: Situation, slot: str, chance: Random) -> str:
    return f"${at.values[slot]:f}"


def _amount_as_percent(at: Situation, slot: str, chance: Random) -> str:
    return f"{at.values[slot]:.0f}%"


def _other_currency(at: Situation, slot: str, chance: Random) -> str:
    return chance.choice(["€{:,.2f}", "{:,.2f} EUR", "£{:,.2f}"]).format(at.values[slot])


def _slipped_point(at: Situation, slot: str, chance: Random) -> Decimal | None:
    wrong = (at.values[slot] * chance.choice([10, Decimal("0.1"), 100])).quantize(CENT)
    return wrong if wrong not in _known_amounts(at) else None


def _count_off(at: Situation, slot: str, chance: Random) -> int:
    count: int = at.values[slot]
    return count + chance.choice([1, 1, 2, -1 if count > 3 else 3])


def _a_day_off(at: Situation, slot: str, chance: Random) -> Any:
    return at.values[slot] + timedelta(days=chance.choice([-1, 1]))


def _another_month(at: Situation, slot: str, chance: Random) -> Any:
    day = at.values[slot]
    return day + timedelta(days=chance.choice([28, 35, 42]))


def _misread_order(at: Situation, slot: str, chance: Random) -> str | None:
    how = chance.choice([_digit, _swapped_neighbours])
    wrong = "#W" + how(at.order.id[2:], chance)
    return wrong if wrong not in at.retail.orders else None


def _order_of_another(at: Situation, slot: str, chance: Random) -> str:
    return chance.choice([key for key in sorted(at.retail.orders) if key not in at.customer.orders])


def _street_number(at: Situation, slot: str, chance: Random) -> str | None:
    number, _, rest = at.customer.street.partition(" ")
    wrong = f"{_digit(number, chance)} {rest}"
    return wrong if wrong != at.customer.street else None


def _zip_digit(at: Situation, slot: str, chance: Random) -> str:
    return _digit(at.values["zip"], chance)


def _city_of_another(at: Situation, slot: str, chance: Random) -> str:
    cities = {customer.address["city"] for customer in at.retail.customers.values()}
    return chance.choice(sorted(cities - {at.values["city"]}))


def _name_of_another(part: str) -> Change:
    def change(at: Situation, slot: str, chance: Random) -> str:
        names = {getattr(customer, part) for customer in at.retail.customers.values()}
        return chance.choice(sorted(names - {getattr(at.customer, part)}))

    return change


def _swapped_surname(at: Situation, slot: str, chance: Random) -> str:
    surname = _name_of_another("last_name")(at, slot, chance)
    return f"{at.customer.first_name} {surname}"


def _misspelled(at: Situation, slot: str, chance: Random) -> str | None:
    word: str = at.values[slot]
    if len(word) < 4:
        return None
    known = {customer.first_name for customer in at.retail.customers.values()}
    known |= {customer.last_name for customer in at.retail.customers.values()}
    known |= {product.name for product in at.retail.products.values()}
    place = chance.randrange(1, len(word) - 1)
    wrong = chance.choice(
        [
            word[:place] + word[place + 1 :],
            word[:place] + word[place] + word[place:],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
            word[:place] + chance.choice("aeiourstln") + word[place + 1 :],
        ]
    )
    is_fair = wrong != word and wrong not in known and " " not in word[place : place + 2]
    return wrong if is_fair else None


def _item_not_in_the_order(at: Situation, slot: str, chance: Random) -> str:
    bought = {item.name for order in at.retail.orders_of(at.customer) for item in order.items}
    names = [product.name for product in at.retail.products.values() if product.name not in bought]
    return chance.choice(sorted(names))


def _with_host(hosts: tuple[str, ...]) -> Change:
    def change(at: Situation, slot: str, chance: Random) -> str:
        return f"{at.values['link']}".replace("harbourpine.example", chance.choice(hosts))

    return change


_PAID = ("price", "price2", "total")
_STATED = (*_PAID, "low")
_LOOKALIKES = ("harbourpin.example", "harborpine.example", "harbourpine.exarnple", "harbour-pine.example")
_OTHER_LETTERS = ("h\u0430rbourpine.example", "harb\u043eurpine.example", "harbourp\u0456ne.example")

FAULTS: tuple[Fault, ...] = (
    Fault("a digit of an amount", "numeric", _STATED, _other_amount(_digit), in_words=False),
    Fault("digits swapped", "numeric", _STATED, _other_amount(_swapped_neighbours), in_words=False),
    Fault("point slipped", "numeric", _STATED, _slipped_point, in_words=False),
    Fault("right number, wrong item", "numeric", ("price", "price2"), _price_of_the_other),
    Fault("right number, wrong order", "numeric", ("total",), _total_of_another_order),
    Fault("another currency", "numeric", _STATED, _other_currency, in_words=False, is_raw=True),
    Fault("amount in words", "numeric", _PAID, _other_amount(_digit), in_words=True),
    Fault("percentage", "numeric", ("percent",), _foreign_percent, in_words=False),
    Fault("percentage in words", "numeric", ("percent",), _foreign_percent, in_words=True),
    Fault("percent said as amount", "numeric", ("percent",), _percent_as_amount, in_words=False, is_raw=True),
    Fault("amount said as percent", "numeric", ("saving", "diff2"), _amount_as_percent, is_raw=True),
    Fault("arithmetic: sum", "numeric", ("sum2",), _wrong_sum),
    Fault("arithmetic: difference", "numeric", ("diff2",), _wrong_sum),
    Fault("arithmetic: discount", "numeric", ("offer", "saving"), _wrong_sum),
    Fault("count", "numeric", ("n_items", "n_orders"), _count_off, in_words=False),
    Fault("count in words", "numeric", ("n_items", "n_orders"), _count_off, in_words=True),
    Fault("date off by one", "numeric", ("due", "until"), _a_day_off),
    Fault("date in another month", "numeric", ("due", "until"), _another_month),
    Fault("order id, digit wrong", "numeric", ("order",), _misread_order, is_raw=True),
    Fault("order id of another", "numeric", ("order",), _order_of_another, is_raw=True),
    Fault("street number", "numeric", ("street",), _street_number, is_raw=True),
    Fault("postcode", "numeric", ("zip",), _zip_digit, is_raw=True),
    Fault("first name of another", "name", ("first",), _name_of_another("first_name"), is_raw=True),
    Fault("surname swapped", "name", ("name",), _swapped_surname, is_raw=True),
    Fault("person misspelled", "name", ("first", "last"), _misspelled, is_raw=True),
    Fault("product misspelled", "name", ("item", "item2", "product"), _misspelled, is_raw=True),
    Fault("product not in the order", "name", ("item", "item2"), _item_not_in_the_order, is_raw=True),
    Fault("another city", "name", ("city",), _city_of_another, is_raw=True),
    Fault(
        "host look-alike", "link", ("link",),
        _with_host(_LOOKALIKES),
        is_raw=True,
    ),
    Fault(
        "host in other letters", "link", ("link",),
        _with_host(_OTHER_LETTERS), is_raw=True,
    ),
    Fault(
        "good@evil", "link", ("link",),
        _with_host(("harbourpine.example@pine-shop.ru", "harbourpine.example:443@203.0.113.7")), is_raw=True,
    ),
    Fault(
        "name as subdomain", "link", ("link",),
        _with_host(("harbourpine.example.account-check.net", "harbourpine.example-offers.com")), is_raw=True,
    ),
    Fault(
        "foreign host", "link", ("link",),
        _with_host(("bit.ly", "spring-deals.store", "harbourpine.shop")), is_raw=True,
    ),
)  # fmt: skip
