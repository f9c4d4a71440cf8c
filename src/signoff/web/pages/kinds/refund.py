"""Money that goes back: the order and its items, the amount beside what went back before, and where to."""

from __future__ import annotations

from typing import ClassVar, Self

from signoff.web.pages.kinds.given import Amount, Given, Shape, Text
from signoff.web.pages.kinds.money import less, money, part_of
from signoff.web.pages.translate import N_, gettext

_IDS = ("order_id", "user_id", "customer_id")
_METHODS = ("payment_method_id", "payment_method", "method")
_ASKED = ((N_("Items"), "item_ids"), (N_("In their place"), "new_item_ids"), (N_("Reason"), "reason"))
SHOWN_FACTS = (
    "customer", "refund", "refund_in_30_days", "charge", "money_moves_to", "order_items", "order_total",
    "order_status", "paid_by",
)  # fmt: skip


class Item(Shape):
    """One thing that was bought."""

    item: Text
    price: Amount

    @property
    def amount(self) -> str:
        return money(self.price)


class Refund(Shape):
    """A refund, an exchange, or another change of an order that moves money."""

    template: ClassVar[str] = "kinds/refund.html"
    shown_facts: ClassVar[tuple[str, ...]] = SHOWN_FACTS

    order: tuple[str, ...]
    """Pointers of what it is about."""
    asked: tuple[tuple[str, str], ...] = ()
    """Label and pointer of what is asked for besides the money."""
    method: tuple[str, ...] = ()
    customer: Text | None = None
    refund: Amount | None = None
    refund_in_30_days: Amount | None = None
    charge: Amount | None = None
    money_moves_to: Text | None = None
    order_items: tuple[Item, ...] = ()
    order_total: Amount | None = None
    order_status: Text | None = None
    paid_by: Text | None = None

    @classmethod
    def read(cls, given: Given) -> Self:
        facts = {name: given.facts[name] for name in SHOWN_FACTS if name in given.facts}
        items = facts.pop("order_items", ())
        order = tuple(f"/{name}" for name in _IDS if name in given.arguments)
        return cls.model_validate(
            {
                **facts,
                "order": order or None,
                "asked": tuple(
                    (gettext(label), f"/{name}") for label, name in _ASKED if name in given.arguments
                ),
                "method": tuple(f"/{name}" for name in _METHODS if name in given.arguments),
                "order_items": tuple(Item.model_validate(item) for item in items),
            }
        )

    @property
    def sums(self) -> tuple[tuple[str, str, bool], ...]:
        """Label, amount, and whether it is the one that is decided on."""
        before = less(self.refund_in_30_days, self.refund)
        listed = (
            (gettext("Goes back now"), self.refund, True),
            (gettext("Went back in the 30 days before"), before, False),
            (gettext("Together"), self.refund_in_30_days if before else None, False),
            (gettext("The customer pays on top"), self.charge or None, True),
            (gettext("Order total"), self.order_total, False),
        )
        return tuple((label, money(amount), main) for label, amount, main in listed if amount is not None)

    @property
    def share(self) -> float | None:
        """How much of the order goes back, from 0 to 1."""
        return part_of(self.refund, self.order_total)
