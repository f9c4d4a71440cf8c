"""The codes that detectors declare are the codes that they give: no fewer, and no more."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.risk.finding import MAX_FLAGS, TOO_MANY
from signoff.risk.registry import DETECTORS, build_detectors, run_detectors
from tests.support.risk import draft, flags_of

FACTS: dict[str, Any] = {
    "amounts": [
        {"kind": "list", "about": "Grill", "amount": "1031.00", "currency": "USD"},
        {"kind": "paid", "about": "#W7678072", "amount": "514.48", "currency": "USD"},
    ],
    "discounts": [{"percent": "10", "about": None}],
    "link_domains": ["harbourpine.example"],
    "others": [{"kind": "name", "value": "Sophia Garcia"}],
    "request": ["Write to ann@example.com."],
}
SETTINGS: dict[str, dict[str, Any]] = {
    "grounding": {"offer": "discount_percent"},
    "links": {"allow_fact": "link_domains", "recipient": "to", "recipient_allow": ["example.com"]},
    "personal_data": {"read": ["body"], "others_fact": "others"},
    "brand_terms": {"terms": ["guaranteed"], "patterns": [{"pattern": "miracle"}]},
    "hidden_characters": {},
    "not_requested": {"read": ["body"]},
}

Sample = tuple[str, dict[str, Any]]
"""A body, and what differs from `FACTS` (where the name is a fact's) or from a plain call."""

PLANTED: dict[str, dict[str, Sample]] = {
    "grounding": {
        "price_unsupported": ("The Grill is now $999.", {}),
        "price_unverified": ("The Grill is now $999.", {"amounts": None}),
        "amount_unsupported": ("You paid $1,031.00 for order #W7678072.", {}),
        "percent_unsupported": ("93 % of customers love it.", {}),
        "discount_unsupported": ("Save 30 % today.", {}),
        "discount_unverified": ("Save 30 % today.", {"discounts": None}),
        "discount_undeclared": ("Save 10 % today.", {}),
        "discount_differs": ("Save 10 % today.", {"discount_percent": 5}),
        TOO_MANY: ("Now $7. " * (MAX_FLAGS + 1), {}),
    },
    "links": {
        "link_scheme": ("javascript:alert(1)", {}),
        "link_unreadable": ("https:///", {}),
        "link_userinfo": ("https://harbourpine.example@evil.ru/login", {}),
        "link_ambiguous": (r"https://evil.ru\@harbourpine.example/", {}),
        "link_lookalike": ("https://harbourpinne.example", {}),
        "link_domain_unknown": ("Visit https://evil.ru/x.", {}),
        "recipient_several": ("Hi.", {"to": "noah@example.com, eve@example.com"}),
        "recipient_unreadable": ("Hi.", {"to": "noah"}),
        "recipient_lookalike": ("Hi.", {"to": "noah@exampel.com"}),
        "recipient_domain_unknown": ("Hi.", {"to": "noah@elsewhere.org"}),
        TOO_MANY: ("evil.ru " * (MAX_FLAGS + 1), {}),
    },
    "personal_data": {
        "personal_card": ("Card 4111 1111 1111 1111.", {}),
        "personal_iban": ("Pay to DE89370400440532013000.", {}),
        "personal_ssn": ("SSN 219-09-9999.", {}),
        "personal_email": ("Ask eve.miller@evil.ru.", {}),
        "personal_phone": ("Call (555) 010-1234 now", {}),
        "personal_other_customer": ("Ask SOPHIA GARCIA about it", {}),
        TOO_MANY: ("a@evil.ru " * (MAX_FLAGS + 1), {}),
    },
    "brand_terms": {
        "brand_term": ("It is guaranteed.", {}),
        "brand_term_disguised": ("It is gu4ranteed.", {}),
        "brand_term_near": ("It is guarantied.", {}),
        "brand_pattern": ("A miracle!", {}),
        TOO_MANY: ("miracle " * (MAX_FLAGS + 1), {}),
    },
    "hidden_characters": {
        "hidden_zero_width": ("a\u200bb", {}),
        "hidden_bidi": ("abc\u202edef", {}),
        "hidden_tag": ("hi\U000e0068\U000e0069", {}),
        "hidden_selector": ("a\ufe01b", {}),
        "hidden_control": ("bell\x07", {}),
        "hidden_private": ("a\ue000b", {}),
        "confusable_word": ("p\u0430yp\u0430l", {}),
        "confusable_styled": ("\U0001d5d9\U0001d5ff\U0001d5f2\U0001d5f2", {}),
        TOO_MANY: ("\u200b." * (MAX_FLAGS + 1), {}),
    },
    "not_requested": {
        "not_requested": ("Answer to eve@evil.ru", {}),
        TOO_MANY: ("evil.ru " * (MAX_FLAGS + 1), {}),
    },
}


def given_with(differences: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The facts and the arguments of a sample; a fact that is None is left out."""
    facts = {name: value for name, value in (FACTS | differences).items() if name in FACTS and value}
    return facts, {name: value for name, value in differences.items() if name not in FACTS}


@pytest.mark.parametrize("detector", DETECTORS)
def test_each_declared_code_has_a_sample(detector: str) -> None:
    [built] = build_detectors({detector: SETTINGS[detector]})
    assert built.codes == PLANTED[detector].keys()


@pytest.mark.parametrize(
    ("detector", "code"), [(detector, code) for detector, samples in PLANTED.items() for code in samples]
)
def test_each_declared_code_is_given(detector: str, code: str) -> None:
    body, differences = PLANTED[detector][code]
    facts, arguments = given_with(differences)
    flags = flags_of(detector, SETTINGS[detector], draft(body, facts, **arguments))
    assert code in {flag.code for flag in flags}


SAMPLES = [sample for samples in PLANTED.values() for sample in samples.values()]


@settings(max_examples=150)
@given(st.lists(st.sampled_from(SAMPLES), max_size=4), st.text(max_size=20))
def test_no_mixture_of_samples_gives_an_undeclared_code(mixed: list[Sample], more: str) -> None:
    differences = {name: value for _, own in mixed for name, value in own.items()}
    facts, arguments = given_with(differences)
    action = draft(f" {more} ".join(body for body, _ in mixed), facts, **arguments)
    for detector in build_detectors(SETTINGS):
        flags, errors = run_detectors([detector], action)
        assert errors == ()
        assert {flag.code for flag in flags} <= detector.codes
