"""Questions hide from a reader what the policy hides, and nobody answers what they do not see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from signoff.domain.person import Role
from signoff.domain.question import QUESTION
from signoff.domain.review import Outcome, Review, ReviewKind
from signoff.services import people
from tests.web.desk import POLICY, Desk, open_desk
from tests.web.html_text import Page

VISIBLE = (
    POLICY
    + """\
questions:
  visible:
    facts/salary: {show: [lead], why: salaries, ask: HR}
    /details: {show: [lead], why: medical notes}
"""
)
ASKED: dict[str, Any] = {
    "text": "May Dana take June off?",
    "choices": ["yes", "no"],
    "details": "After the surgery.",
}


@pytest.fixture
def office(sqlite_url: str) -> Iterator[Desk]:
    """Ann reviews, Lee is a lead."""
    with open_desk(sqlite_url, VISIBLE) as desk:
        with desk.begin() as tx:
            people.change_person(tx, desk.lee.id, roles=[Role.LEAD])
        yield desk


def ask(desk: Desk, **arguments: object) -> Review:
    return desk.propose(
        {**ASKED, **arguments},
        tool=QUESTION,
        kind=ReviewKind.QUESTION,
        schema={},
        title=ASKED["text"],
        context={"salary": 81_450, "team": "Harbour"},
    )


def test_who_may_not_see_a_fact_or_an_argument_reads_that_it_is_hidden(office: Desk) -> None:
    review = ask(office)
    path = f"/reviews/{review.id}"
    key = office.voter(office.ann)
    with office.browser() as ann, office.browser(office.lee) as lee:
        html = ann.get(path).text
        text = Page(html).text
        assert "81450" not in html.replace(",", "")
        assert "surgery" not in html
        assert "Hidden: salaries. Ask HR." in text
        assert "Harbour" in text
        assert "What is known" in text
        whole = Page(lee.get(path).text).text
        assert "After the surgery." in whole
        assert "81450" in whole.replace(",", "")
        seen = ann.client.get(f"/api/v1/reviews/{review.id}", headers=key).text
        assert "surgery" not in seen
        assert "81450" not in seen


def test_nobody_answers_what_they_do_not_see_in_full(office: Desk) -> None:
    review = ask(office)
    with office.browser() as ann, office.browser(office.lee) as lee:
        page = Page(ann.get(f"/reviews/{review.id}").text)
        assert "You cannot answer this. Hidden from you: details. Lee Park can." in page.text
        assert "answer" not in {button["value"] for button in page.all("button", name="choice")}
        assert ann.decide(review, "answer", answer="0").status_code == 403
        assert office.file(review).votes == ()
        assert lee.decide(review, "answer", answer="0").status_code == 303
        office.close(review)
    assert office.file(review).review.outcome is Outcome.ANSWERED


def test_a_fact_alone_stops_no_answer(sqlite_url: str) -> None:
    policy = VISIBLE.replace("    /details: {show: [lead], why: medical notes}\n", "")
    with open_desk(sqlite_url, policy) as desk, desk.browser() as ann:
        review = ask(desk)
        assert "salaries" in Page(ann.get(f"/reviews/{review.id}").text).text
        assert ann.decide(review, "answer", answer="1").status_code == 303


def test_lists_and_search_know_no_more(sqlite_url: str) -> None:
    policy = VISIBLE.replace("/details:", "/text:")
    with open_desk(sqlite_url, policy) as desk, desk.browser() as ann:
        ask(desk)
        assert "[hidden]" in ann.get("/reviews").text
        assert "June off" not in ann.get("/reviews").text
        found = Page(ann.get("/reviews?q=surgery").text).text
        assert "Nothing matches these filters." in found
        assert "Nothing matches these filters." in Page(ann.get("/reviews?q=June").text).text
