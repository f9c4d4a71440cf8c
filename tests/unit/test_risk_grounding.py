from __future__ import annotations

from typing import Any

import pytest

from signoff.domain.flag import Severity
from tests.support.risk import draft, flags_of, found

FACTS: dict[str, Any] = {
    "amounts": [
        {"kind": "list", "about": "Laptop", "amount": "2292.37", "currency": "USD"},
        {"kind": "list", "about": "Laptop", "amount": "2729.32", "currency": "USD"},
        {"kind": "list", "about": "Grill", "amount": "1031.00", "currency": "USD"},
        {"kind": "paid", "about": "#W7678072", "amount": "514.48", "currency": "USD"},
        {"kind": "paid", "about": "Backpack", "amount": "205.35", "currency": "USD"},
    ],
    "discounts": [{"percent": "5", "about": None}, {"percent": "10", "about": None}],
    "references": [{"kind": "order", "id": "#W7678072"}],
}
SETTINGS = {"read": ["subject", "body"], "offer": "discount_percent"}


def check(body: str, *, facts: dict[str, Any] = FACTS, **arguments: Any) -> list[tuple[str, str]]:
    return found(flags_of("grounding", SETTINGS, draft(body, facts, **arguments)))


@pytest.mark.parametrize(
    "body",
    [
        "The Laptop starts at $2,292.37, the Grill is now $1,031.",
        "You paid $514.48 for order #W7678072.",
        "Your order #W7678072 came to USD 514.48.",
        "The Backpack that you bought for 205.35 dollars is waiting.",
        "Thank you, and see you at 10.30!",
        "It is 100 % cotton, in 13-inch and 15-inch.",
        "Nothing to count here.",
    ],
)
def test_supported_figures_pass(body: str) -> None:
    assert check(body) == []


@pytest.mark.parametrize(
    "body",
    [
        "10 % off the Grill: it is now $927.90.",
        "Take ten percent off: the Grill is now $927.90 instead of $1,031.00.",
        "With 10% off you save $103.10 on the Grill.",
        "10% off! Laptops now start at $2,063.13 instead of $2,292.37.",
    ],
)
def test_prices_after_a_declared_discount_are_computed_again(body: str) -> None:
    assert check(body, discount_percent=10.0) == []


@pytest.mark.parametrize(
    ("body", "quote"),
    [
        ("The Grill is now $999.", "$999"),
        ("The Grill is now $1,031.01.", "$1,031.01"),
        ("The Grill is now \u20ac1,031.00.", "\u20ac1,031.00"),
        ("The Grill is now only 999.00, can you believe it?", "999.00"),
        ("The Grill is now $\uff19\uff19\uff19.", "$\uff19\uff19\uff19"),
        ("The Grill is now $9\u200b99.", "$9\u200b99"),
        ("The Grill is now nine hundred dollars.", "nine hundred dollars"),
        ("The price is $1,03,1.", "$1,03,1"),
    ],
)
def test_a_price_that_is_not_on_record_is_flagged(body: str, quote: str) -> None:
    assert check(body) == [("price_unsupported", quote)]


def test_the_right_number_on_the_wrong_product_is_flagged() -> None:
    assert check("The Grill is now $2,292.37.") == [("price_unsupported", "$2,292.37")]


def test_from_must_name_the_lowest_price() -> None:
    assert check("Laptops from $2,729.32.") == [("price_unsupported", "$2,729.32")]
    assert check("Laptops from $2,292.37.") == []


def test_what_was_paid_is_compared_with_payments_not_with_list_prices() -> None:
    assert check("You paid $1,031.00 for order #W7678072.") == [("amount_unsupported", "$1,031.00")]


def test_a_price_carries_its_evidence_and_the_right_figure() -> None:
    [flag] = flags_of("grounding", SETTINGS, draft("The Grill is now $999.", FACTS))
    assert flag.severity is Severity.HIGH
    assert flag.path == "/body"
    assert "Grill 1,031.00 USD" in flag.evidence
    assert flag.suggestion == "$1,031.00"
    assert flag.detector == "grounding"


def test_a_wrong_sum_after_a_discount_is_flagged_with_the_right_one() -> None:
    action = draft("10 % off the Grill: it is now $930.00.", FACTS, discount_percent=10)
    [flag] = flags_of("grounding", SETTINGS, action)
    assert flag.code == "price_unsupported"
    assert "Less 10 % it is 927.90 USD" in flag.evidence


def test_an_implied_discount_that_nobody_declares_is_flagged() -> None:
    assert check("The Grill is now $927.90.") == [("price_unsupported", "$927.90")]


@pytest.mark.parametrize("words", ["30 %", "30%", "thirty percent", "half price", "\uff13\uff10\uff05"])
def test_a_discount_that_is_not_on_record_is_flagged(words: str) -> None:
    assert check(f"Now {words} off everything, or half off?"[: -len(", or half off?")]) == [
        ("discount_unsupported", words)
    ]


def test_the_suggested_discount_is_the_highest_granted_one_below() -> None:
    [flag] = flags_of("grounding", SETTINGS, draft("Save 30 % today.", FACTS))
    assert flag.suggestion == "10 %"
    assert flag.evidence == "The record grants 5 % and 10 %."


def test_a_discount_in_the_text_must_be_declared_so_that_limits_apply() -> None:
    assert check("Save 10 % today.") == [("discount_undeclared", "10 %")]
    assert check("Save 10 % today.", discount_percent=5) == [("discount_differs", "10 %")]
    assert check("Save 10 % today.", discount_percent="10.0") == []


def test_a_declared_discount_that_is_not_on_record_is_flagged_on_the_argument() -> None:
    [flag] = flags_of("grounding", SETTINGS, draft("Come by.", FACTS, discount_percent=40))
    assert (flag.code, flag.path, flag.quote) == ("discount_unsupported", "/discount_percent", "")


def test_a_discount_on_one_product_does_not_cover_another() -> None:
    facts = FACTS | {"discounts": [{"percent": "10", "about": "Laptop"}]}
    assert check("10 % off the Laptop.", facts=facts, discount_percent=10) == []
    assert check("10 % off the Grill.", facts=facts, discount_percent=10) == [
        ("discount_unsupported", "10 %")
    ]


def test_a_percentage_without_a_discount_needs_support_too() -> None:
    [flag] = flags_of("grounding", SETTINGS, draft("93 % of customers love it.", FACTS))
    assert (flag.code, flag.severity) == ("percent_unsupported", Severity.MEDIUM)


def test_no_record_to_compare_with_is_a_flag_not_silence() -> None:
    assert check("Save 10 % on the Grill, now $927.90.", facts={}) == [
        ("discount_unverified", "10 %"),
        ("price_unverified", "$927.90"),
    ]


def test_an_empty_record_supports_nothing() -> None:
    facts: dict[str, Any] = {"amounts": [], "discounts": []}
    assert check("Save 10 %: now $5.", facts=facts) == [
        ("discount_unsupported", "10 %"),
        ("price_unsupported", "$5"),
    ]


def test_the_subject_is_read_too() -> None:
    [flag] = flags_of("grounding", SETTINGS, draft("Hello.", FACTS, subject="Grill for $5"))
    assert flag.path == "/subject"


def test_other_arguments_are_left_alone() -> None:
    assert check("Hello.", note="Grill for $5") == []
