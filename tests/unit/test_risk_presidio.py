from __future__ import annotations

from typing import Any

import pytest

from signoff.risk import presidio
from signoff.risk.registry import build_detectors
from tests.support.risk import draft, flags_of, found

SETTINGS: dict[str, Any] = {"read": ["body"], "own_fact": "own", "allow": ["desk@shop.example"]}


def check(body: str, **settings: Any) -> list[tuple[str, str]]:
    facts = {"own": ["+1 415 555 2671"]}
    return found(flags_of("presidio", SETTINGS | settings, draft(body, facts)))


def test_what_presidio_recognises_is_flagged_unless_it_is_the_recipients_own() -> None:
    body = "Call (415) 555-2671 or +44 20 7946 0958, write to desk@shop.example or eve@evil.ru."
    assert check(body) == [("pii_phone_number", "+44 20 7946 0958"), ("pii_email_address", "eve@evil.ru")]


def test_only_the_chosen_kinds_are_looked_for() -> None:
    body = "eve@evil.ru, 219-09-9999"
    assert check(body, entities=["US_SSN"]) == [("pii_us_ssn", "219-09-9999")]


def test_doubtful_findings_are_left_out_by_score() -> None:
    assert check("Call +44 20 7946 0958.", score=0.5) == []


def test_hidden_characters_do_not_hide_it_and_the_quote_is_the_original() -> None:
    assert check("card 4111\u200b 1111 1111 1111") == [("pii_credit_card", "4111\u200b 1111 1111 1111")]


def test_long_texts_are_read_to_the_end() -> None:
    body = "word " * 30_000 + "eve@evil.ru"
    assert check(body, entities=["EMAIL_ADDRESS"]) == [("pii_email_address", "eve@evil.ru")]


def test_noisy_kinds_cannot_be_chosen() -> None:
    with pytest.raises(ValueError, match="presidio: entities"):
        build_detectors({"presidio": {"entities": ["US_DRIVER_LICENSE"]}})


def test_without_the_extra_the_policy_is_refused_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(presidio, "import_module", missing)
    with pytest.raises(ValueError, match=r"presidio: needs the extra .*signoff\[pii\]"):
        build_detectors({"presidio": {"entities": ["CRYPTO"]}})
