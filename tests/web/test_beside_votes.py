"""What a page takes beside votes: who looks, comments, asking for it back, taking a request back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from signoff.domain.review import Outcome, ReviewState
from tests.web.desk import POLICY, Browser, Desk, open_desk
from tests.web.html_text import Page
from tests.web.samples import EMAIL

STAGED = POLICY.replace(
    "    summary: A person reads every e-mail before it goes out.\n",
    """    summary: A person reads every e-mail before it goes out.
    stages:
      - {name: author, candidates: ["ann@example.com"], four_eyes: true}
      - {name: legal, candidates: ["lee@example.com"], four_eyes: true}
""",
)


@pytest.fixture
def staged(sqlite_url: str) -> Iterator[Desk]:
    """Ann first, then Lee, and nobody decides what they asked for or wrote."""
    with open_desk(sqlite_url, STAGED) as opened:
        yield opened


def send(browser: Browser, path: str, act: str, **fields: str) -> Any:
    """Send one of the page's forms."""
    return browser.post(f"{path}/{act}", **{**browser.hidden(path), **fields})


def look(browser: Browser, path: str) -> str:
    answer = browser.post(f"{path}/look", **browser.hidden(path))
    assert answer.status_code == 200
    return Page(answer.text).text


def test_others_see_who_looks_on_the_page_and_in_the_list(desk_on_both: Desk) -> None:
    desk = desk_on_both
    review = desk.propose()
    path = f"/reviews/{review.id}"
    before = desk.counts()
    with desk.browser() as ann, desk.browser(desk.lee) as lee:
        assert look(lee, path) == ""
        assert "Lee Park is looking" in look(ann, path)
        assert "Lee Park is looking" in Page(ann.get(path).text).text
        assert "any reviewer · Lee Park is looking" in Page(ann.get("/reviews").text).text
        mine = Page(lee.get(path).text).text
        assert "Lee Park is looking" not in mine
        assert "Ann Keller is looking" in mine
        lee.decide(review, "approve")
        assert "is looking" not in Page(ann.get(path).text).text
        assert look(ann, path) == ""
    assert desk.counts()["audit_entry"] == before["audit_entry"] + 3  # two sessions and one vote


def test_looking_at_a_page_alone_tells_nobody(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    with desk.browser(desk.lee) as lee:
        lee.get(f"/reviews/{review.id}")
        lee.get(f"/reviews/{review.id}/status")
    assert "is looking" not in Page(browser.get(f"/reviews/{review.id}").text).text


def test_a_comment_on_the_page(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    path = f"/reviews/{review.id}"
    assert send(browser, path, "comment", comment="Ask <Dana> first.").status_code == 303
    text = Page(browser.get(path).text).text
    assert "Ann Keller commented" in text
    assert "Ask <Dana> first." in text
    empty = send(browser, path, "comment", comment="  ")
    assert empty.status_code == 422
    assert Page(empty.text).all("a", href="#comment")
    long = send(browser, path, "comment", comment="y" * 10_001)
    assert long.status_code == 422
    assert "y" * 10_001 in long.text
    assert desk.file(review).review.state is ReviewState.OPEN


def test_a_vote_that_comes_too_late_leaves_its_note(desk_on_both: Desk) -> None:
    desk = desk_on_both
    review = desk.propose()
    path = f"/reviews/{review.id}"
    with desk.browser() as ann, desk.browser(desk.lee) as lee:
        hidden = lee.hidden(path)
        ann.decide(review, "approve")
        desk.close(review)
        for _ in range(2):
            late = lee.decide(review, "reject", hidden, reason="The record says otherwise.")
            assert late.status_code == 409
        shown = Page(late.text)
        assert "Your note is kept as a comment in the history." in shown.text
        assert "Nothing of yours was recorded" not in shown.text
        assert shown.text.count("Lee Park commented, as the vote came too late") == 1
        assert "The record says otherwise." in Page(ann.get(path).text).text
        silent = lee.decide(review, "approve", hidden)
        assert "Your note" not in Page(silent.text).text
    assert len(desk.file(review).votes) == 1


def test_it_is_asked_back_from_who_has_it_now(staged: Desk) -> None:
    review = staged.propose()
    path = f"/reviews/{review.id}"
    with staged.browser() as ann, staged.browser(staged.lee) as lee:
        assert not Page(ann.get(path).text).all("form", action=f"{path}/ask-back")
        ann.decide(review, "approve")
        moved = Page(ann.get(path).text)
        assert "“Legal” takes one person of lee@example.com" in moved.text
        assert moved.all("form", action=f"{path}/ask-back")
        assert send(ann, path, "ask-back", comment="I read the wrong draft.").status_code == 303
        assert "Ann Keller asked for it back" in Page(ann.get(path).text).text
        holder = Page(lee.get(path).text)
        assert "Ann Keller asks for it back. I read the wrong draft." in holder.text
        assert not holder.all("form", action=f"{path}/ask-back")
        assert send(lee, path, "ask-back").status_code == 403
        lee.decide(review, "reject", reason="Then no.")
    assert staged.file(review).review.outcome is Outcome.REJECTED


def test_who_asked_for_it_takes_it_back_and_decides_nothing(staged: Desk) -> None:
    review = staged.propose(requester="ann@example.com")
    path = f"/reviews/{review.id}"
    with staged.browser() as ann, staged.browser(staged.lee) as lee:
        page = Page(ann.get(path).text)
        assert "somebody else than the requester must decide" in page.text
        assert page.all("button", name="choice") == []
        assert page.all("form", action=f"{path}/withdraw")
        assert not Page(lee.get(path).text).all("form", action=f"{path}/withdraw")
        assert send(lee, path, "withdraw", reason="Mine!").status_code == 403
        assert send(ann, path, "withdraw", reason=" ").status_code == 422
        assert send(ann, path, "withdraw", reason="The webinar is cancelled.").status_code == 303
        assert "Withdrawn by Ann Keller" in Page(lee.get(path).text).text
    assert staged.file(review).review.outcome is Outcome.WITHDRAWN


def test_who_wrote_the_draft_under_four_eyes_may_refuse_it_but_not_approve_it(sqlite_url: str) -> None:
    policy = STAGED.replace('["ann@example.com"]', '["ann@example.com", "lee@example.com"]')
    with open_desk(sqlite_url, policy) as desk, desk.browser() as ann:
        review = desk.propose()
        path = f"/reviews/{review.id}"
        edit = {"arg/to": EMAIL["to"], "arg/subject": "Two hours", "arg/body": "Shall we talk?"}
        assert ann.decide(review, "revise", **edit).status_code == 303
        page = Page(ann.get(path).text)
        assert "You cannot approve this. Four eyes: you wrote this revision" in page.text
        offered = {button["value"] for button in page.all("button", name="choice")}
        assert offered == {"request_changes", "escalate", "reject", "abstain"}
        assert ann.decide(review, "approve").status_code == 403
        assert ann.decide(review, "reject", reason="I misread the record.").status_code == 303
        assert desk.file(review).votes[-1].reason == "I misread the record."
