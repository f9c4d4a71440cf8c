from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.figures import decimal_of
from signoff.risk.amounts import DOLLAR, claims
from signoff.risk.text import Plain


@pytest.mark.parametrize(
    ("text", "kind", "value", "currency", "quote"),
    [
        ("now $1,234.50.", "money", "1234.50", DOLLAR, "$1,234.50"),
        ("now $1,234.50, then", "money", "1234.50", DOLLAR, "$1,234.50"),
        ("only US$ 5k today", "money", "5000", "USD", "US$ 5k"),
        ("USD 99", "money", "99", "USD", "USD 99"),
        ("99 dollars", "money", "99", "USD", "99 dollars"),
        ("\u20ac 1.234,50", "money", "1234.50", "EUR", "\u20ac 1.234,50"),
        ("12,50 \u20ac", "money", "12.50", "EUR", "12,50 \u20ac"),
        ("\u00a320", "money", "20", "GBP", "\u00a320"),
        ("1'234.50 CHF", "money", "1234.50", "CHF", "1'234.50 CHF"),
        ("$1.2 million", "money", "1200000", DOLLAR, "$1.2 million"),
        ("fifty dollars", "money", "50", "USD", "fifty dollars"),
        ("a hundred and twenty euros", "money", "120", "EUR", "a hundred and twenty euros"),
        ("12 % off", "percent", "12", None, "12 %"),
        ("12% off", "percent", "12", None, "12%"),
        ("save12%", "percent", "12", None, "12%"),
        ("a 12-percent cut", "percent", "12", None, "12-percent"),
        ("12.5 per cent", "percent", "12.5", None, "12.5 per cent"),
        ("twenty-five percent", "percent", "25", None, "twenty-five percent"),
        ("half price", "percent", "50", None, "half price"),
        ("Buy one get one", "percent", "50", None, "Buy one get one"),
        ("1,23,4 $", "money", None, DOLLAR, "1,23,4 $"),
    ],
)
def test_reads_amounts_as_people_write_them(
    text: str, kind: str, value: str | None, currency: str | None, quote: str
) -> None:
    [claim] = claims(text)
    assert claim.kind == kind
    assert claim.value == (None if value is None else Decimal(value))
    assert claim.currency == currency
    assert text[claim.start : claim.end] == quote


def test_reads_both_ends_of_a_range() -> None:
    text = "between 10-20 % off"
    assert [claim.value for claim in claims(text)] == [Decimal(10), Decimal(20)]


@pytest.mark.parametrize(
    "text",
    [
        "Order #W2611340 of 2026-03-02",
        "We are open from 9 to 5.",
        "Version 1.2.3 and a 13-inch screen",
        "Call us at 555-0100.",
        "item 6469567736, 1000ml",
    ],
)
def test_other_figures_are_no_amounts(text: str) -> None:
    assert list(claims(text)) == []


@pytest.mark.parametrize("figures", ["1,23,4", "1.2.3", "1,234,5", "9" * 31])
def test_refuses_figures_that_make_no_number(figures: str) -> None:
    assert decimal_of(figures) is None


@given(st.text(alphabet=st.sampled_from("0123456789,.' $%\u20ackm-USDpercntadolrs"), max_size=80))
def test_claims_are_in_order_and_apart(text: str) -> None:
    end = 0
    for claim in claims(Plain(text).text):
        assert end <= claim.start < claim.end <= len(text)
        assert claim.start <= claim.number[0] < claim.number[1] <= claim.end
        end = claim.end


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_any_price_is_read_back(price: Decimal) -> None:
    for text in (f"${price:,.2f}", f"${price:.2f}", f"USD {price:,.2f}", f"{price:,.2f} dollars"):
        [claim] = claims(f"It is {text}.")
        assert claim.value == price
