from __future__ import annotations

import pytest

from graphs.contract_review.models.provider import as_we, provider_name

TERMS = [
    "Acme may end your account at any time.",
    "You and Acme agree to arbitrate; Acme will pay the fees.",
    "The Services may change, and the services have no warranty.",
    "You may write to ACME at help@acme.com or visit www.acme.com.",
    "Services will be billed monthly.",
]


def test_the_provider_is_the_name_that_acts_most() -> None:
    assert provider_name(TERMS) == "Acme"


def test_its_name_becomes_we_however_it_is_written() -> None:
    assert as_we(TERMS)[0] == "we may end your account at any time."
    assert as_we(TERMS)[1] == "You and we agree to arbitrate; we will pay the fees."
    assert as_we(TERMS)[3].startswith("You may write to we at")


@pytest.mark.parametrize(
    "segments",
    [
        [],
        ["Acme may end it.", "Acme will tell."],
        ["You may leave.", "You will pay.", "You can write.", "You shall not resell."],
        ["Users may leave.", "Users will pay, as users do.", "Users shall not resell."],
    ],
    ids=["nothing", "too seldom", "the customer", "a common word"],
)
def test_a_document_without_a_name_stays_as_it_is(segments: list[str]) -> None:
    assert provider_name(segments) is None
    assert as_we(segments) == segments
