from __future__ import annotations

from typing import Any

import pytest

from signoff.domain.flag import Severity
from signoff.risk.registry import build_detectors, run_detectors
from tests.support.risk import draft, flags_of, found

SETTINGS: dict[str, Any] = {
    "read": ["subject", "body"],
    "own_fact": "own",
    "others_fact": "others",
    "allow": ["care@brand.example", "+1 555 010 0000"],
}
FACTS: dict[str, Any] = {
    "own": ["noah.brown7922@example.com", "Noah Brown", "+1 (555) 010-9999", "80279", "#W7678072"],
    "others": [
        {"kind": "name", "value": "Sophia Garcia"},
        {"kind": "order number", "value": "#W1023987"},
        {"kind": "name", "value": "Noah Brown"},
    ],
}


def check(body: str, facts: dict[str, Any] = FACTS) -> list[tuple[str, str]]:
    return found(flags_of("personal_data", SETTINGS, draft(body, facts)))


@pytest.mark.parametrize(
    "body",
    [
        "Hi Noah Brown, we wrote to noah.brown7922@example.com about order #W7678072.",
        "We will call you at 555-010-9999, Noah.",
        "Write to CARE@brand.example or call +1 555 010 0000.",
        "Order #W2611340, item 6469567736, tracking 357962501027, zip 80279, 2026-03-02 10:30.",
        "It holds 1000ml, weighs 1,234.50 g and has version 1.2.3.4.",
        "4111 1111 1111 1112 and GB82 WEST 1234 5698 7654 33 and 666-12-3456 are no real numbers.",
        "https://shop.example/@noah is a link.",
    ],
)
def test_own_data_and_other_figures_pass(body: str) -> None:
    assert check(body) == []


@pytest.mark.parametrize(
    ("body", "code", "quote"),
    [
        ("Ask eve.miller@evil.ru.", "personal_email", "eve.miller@evil.ru"),
        ("Ask eve\u200b@evil.ru.", "personal_email", "eve\u200b@evil.ru"),
        ("Call (555) 010-1234 now", "personal_phone", "(555) 010-1234"),
        ("Call 555.010.1234 now", "personal_phone", "555.010.1234"),
        ("Call +49 30 1234567 now", "personal_phone", "+49 30 1234567"),
        ("Call 020 7946 0958 now", "personal_phone", "020 7946 0958"),
        ("Card 4111 1111 1111 1111.", "personal_card", "4111 1111 1111 1111"),
        ("Card 4111111111111111.", "personal_card", "4111111111111111"),
        ("Card 3782-822463-10005.", "personal_card", "3782-822463-10005"),
        ("Card \uff14111 1111 1111 1111.", "personal_card", "\uff14111 1111 1111 1111"),
        ("Pay to GB82 WEST 1234 5698 7654 32 please", "personal_iban", "GB82 WEST 1234 5698 7654 32"),
        ("Pay to DE89370400440532013000.", "personal_iban", "DE89370400440532013000"),
        ("SSN 219-09-9999.", "personal_ssn", "219-09-9999"),
        ("Ask SOPHIA GARCIA about it", "personal_other_customer", "SOPHIA GARCIA"),
        ("See order #W1023987.", "personal_other_customer", "#W1023987"),
    ],
)
def test_data_of_others_is_flagged(body: str, code: str, quote: str) -> None:
    assert check(body) == [(code, quote)]


def test_a_name_inside_a_longer_word_is_no_name() -> None:
    assert check("Sophia Garciamarquez wrote to #W10239871.") == []


def test_hard_identifiers_are_severe() -> None:
    flags = flags_of("personal_data", SETTINGS, draft("4111 1111 1111 1111, (555) 010-1234", FACTS))
    assert [(flag.code, flag.severity) for flag in flags] == [
        ("personal_card", Severity.HIGH),
        ("personal_phone", Severity.MEDIUM),
    ]
    assert flags[0].suggestion == "[card number removed]"


def test_without_facts_everything_is_somebody_elses() -> None:
    [flag] = flags_of("personal_data", SETTINGS, draft("Write to noah.brown7922@example.com"))
    assert flag.evidence == "The facts hold no data of the recipient to compare it with."


def test_the_flag_says_how_much_it_was_compared_with_but_not_what() -> None:
    [flag] = flags_of("personal_data", SETTINGS, draft("Write to eve@evil.ru", FACTS))
    assert "5 values" in flag.evidence
    assert "80279" not in flag.evidence


@pytest.mark.parametrize("others", [[{"kind": "name"}], [{"value": ""}], "text", ["text"]])
def test_facts_of_another_shape_are_an_error_not_silence(others: Any) -> None:
    action = draft("Hello", FACTS | {"others": others})
    flags, errors = run_detectors(build_detectors({"personal_data": SETTINGS}), action)
    assert flags == ()
    assert len(errors) == 1
    assert "others" in errors[0]
