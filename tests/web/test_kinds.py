"""Every kind of review is shown as what it is, under the policy that its flow ships."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.desk import Desk
from tests.web.html_text import Page
from tests.web.kinds import open_kinds


@pytest.fixture
def pages(desk: Desk) -> dict[str, Page]:
    opened = open_kinds(desk)
    with desk.browser() as browser:
        return {name: Page(browser.get(f"/reviews/{review.id}").text) for name, review in opened.items()}


WORDS = {
    "email": (
        "From Harbour & Pine <hello@harbourpine.example>", "To noah.brown7922@example.com",
        "off your next boots", "the agent's own words, not verified",
    ),
    "email_html": ("Preview · 3 remote images not loaded", "<h1>Your boots are on their way</h1>"),
    "contract_clause": (
        "Their text, as it came in", "two (2) months", "removed: ",
        "We accept A cap of no less than 6 months", "We walk away from A cap under 3 months",
        "Comment that goes to the other side",
    ),
    "refund": (
        "Goes back now 585.97", "Went back in the 30 days before 158.23", "Together 744.20", "#W9911714",
        "Smart Watch, black leather 411.19", "Method asked for credit_card_9513926", "50 % of the order",
    ),
    "data_conflict": (
        "Use CRM Net 30", "Use ERP Net 60", "Custom", "all 3 accounts", "A-1007 Sunset Garden",
    ),
    "data_changes": ("3 values to change", "A-1001 payment_terms Net 60 Net 30"),
    "deal": (
        "At list price 28,800.00 USD", "gives up to 10 %", "28.0 %", "Sales lead open", "Legal waits",
    ),
    "fields": (
        "channel sms", "What it is given · the agent", "audience / country US", "at text",
        "09:00 Good morning!", "repeat yes",
    ),
}  # fmt: skip


def test_each_kind_says_what_matters_of_it(pages: dict[str, Page]) -> None:
    assert WORDS.keys() == pages.keys()
    for name, words in WORDS.items():
        text = " ".join(" ".join(pages[name].texts).split())
        for word in words:
            assert word in text, (name, word)


def test_nothing_went_wrong_while_they_were_judged(desk: Desk) -> None:
    for name, review in open_kinds(desk).items():
        file = desk.file(review)
        unclassified = ('the policy does not classify the tool "schedule_campaign"',)
        assert file.current.verdict.errors == (unclassified if name == "fields" else ()), name


@pytest.mark.parametrize("answer", [0, 1])
def test_a_conflict_is_decided_by_its_sides(desk: Desk, answer: int) -> None:
    review = open_kinds(desk)["data_conflict"]
    with desk.browser() as browser:
        assert browser.decide(review, "answer", answer=str(answer)).status_code == 303
    [vote] = desk.file(review).votes
    expected: Any = ({"Use CRM": "Net 30"}, {"Use ERP": "Net 60"})[answer]
    assert vote.answer == expected


def test_the_preview_has_a_policy_of_its_own_that_lets_nothing_in(desk: Desk) -> None:
    kinds = open_kinds(desk)
    with desk.browser() as browser:
        answer = browser.get(f"/reviews/{kinds['email_html'].id}/mail")
        assert browser.get(f"/reviews/{kinds['email'].id}/mail").status_code == 404
        assert browser.get(f"/reviews/{kinds['deal'].id}/mail").status_code == 404
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "allow" not in policy
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert {tag for tag, _ in Page(answer.text).elements} >= {"h1", "table", "b"}
    assert not {"img", "a", "script", "link"} & {tag for tag, _ in Page(answer.text).elements}
