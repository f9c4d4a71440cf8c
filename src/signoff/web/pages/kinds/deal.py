"""A deal: the price against the list price, the terms against the standard, and the steps still to come."""

from __future__ import annotations

from typing import ClassVar, Self

from signoff.web.pages.kinds.given import Amount, Given, Shape, Text
from signoff.web.pages.kinds.money import less, money

_PARTS = ("account", "product")
_TERMS = ("seats", "term_months", "payment_days")


class Deal(Shape):
    """The terms of a contract."""

    template: ClassVar[str] = "kinds/deal.html"
    shown_facts: ClassVar[tuple[str, ...]] = (
        "contract_value",
        "list_value",
        "discount_limit",
        "tier",
        "owner",
    )

    account: Text
    discount_percent: Amount
    parts: tuple[str, ...]
    terms: tuple[str, ...]
    contract_value: Text | Amount | None = None
    list_value: Text | Amount | None = None
    discount_limit: Amount | None = None
    tier: Text | None = None
    owner: Text | None = None

    @classmethod
    def read(cls, given: Given) -> Self:
        arguments, facts = given.arguments, given.facts
        return cls.model_validate(
            {
                **{name: facts[name] for name in cls.shown_facts if name in facts},
                "account": arguments.get("account"),
                "discount_percent": arguments.get("discount_percent"),
                "parts": tuple(f"/{name}" for name in _PARTS if name in arguments),
                "terms": tuple(f"/{name}" for name in _TERMS if name in arguments),
            }
        )

    @property
    def price(self) -> str:
        return _worded(self.contract_value)

    @property
    def list_price(self) -> str:
        return _worded(self.list_value)

    @property
    def limit(self) -> str:
        return "" if self.discount_limit is None else f"{money(self.discount_limit).removesuffix('.00')} %"

    @property
    def oversteps(self) -> bool:
        """Whether the discount is above what the price book gives."""
        over = less(self.discount_percent, self.discount_limit)
        return over is not None and over > 0


def _worded(value: Text | Amount | None) -> str:
    return value if isinstance(value, str) else money(value)
