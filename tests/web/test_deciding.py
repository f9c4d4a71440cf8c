"""Every decision by plain forms, as a browser without script sends them; nothing typed is ever lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signoff.domain.effect import EffectState
from signoff.domain.review import Outcome, ReviewKind, ReviewState
from signoff.domain.vote import VoteKind
from tests.web.desk import Browser, Desk, open_desk
from tests.web.html_text import Page
from tests.web.samples import BODY, EMAIL

EDITED: dict[str, str] = {
    "arg/to": EMAIL["to"],
    "arg/subject": "Two hours back",
    "arg/body": BODY.replace("guaranteed to double", "known to raise").replace("\n", "\r\n"),
    "arg/discount_percent": "20",
}


def page(browser: Browser, path: str) -> Page:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return Page(answer.text)


def test_the_list_says_what_waits(desk: Desk, browser: Browser) -> None:
    assert "Nothing waits for you." in page(browser, "/reviews").text
    review = desk.propose()
    shown = page(browser, "/reviews")
    assert shown.all("a", href=f"/reviews/{review.id}")
    for words in (
        "Mail to dana.ortiz@harborlight.example",
        "Send email",
        "for sam@example.com",
        "Medium",
        "due in 7 h",
    ):
        assert words in shown.text
    assert "Nothing was decided yet." in page(browser, "/reviews?tab=decided").text


def test_the_list_is_narrowed_by_its_address_and_has_pages(desk: Desk, browser: Browser) -> None:
    for n in range(27):
        desk.propose({**EMAIL, "to": f"c{n:02}@example.com"})
    desk.propose({**EMAIL, "to": "calm@example.com", "body": "Hello."}, requester="kim@example.com")
    first = page(browser, "/reviews?severity=medium")
    assert first.text.count("Mail to c") == 25
    [following] = first.all("a", rel="next")
    second = page(browser, str(following["href"]))
    assert second.text.count("Mail to c") == 2
    assert "Mail to calm@example.com" in page(browser, "/reviews?requester=kim@example.com").text
    assert "Nothing matches these filters." in page(browser, "/reviews?tool=none&severity=high").text
    assert browser.get("/reviews?severity=strange&tool=%00").status_code == 200
    assert browser.get("/reviews?after=nonsense").status_code == 422


def test_approve_undo_approve_and_the_result(desk_on_both: Desk) -> None:
    desk = desk_on_both
    review = desk.propose()
    path = f"/reviews/{review.id}"
    with desk.browser() as browser:
        answer = browser.decide(review, "approve", seconds="12.5")
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        [vote] = desk.file(review).votes
        assert (vote.kind, vote.channel, vote.seconds) == (VoteKind.APPROVE, "page", 12.5)
        settling = page(browser, path)
        assert "Approved by Ann Keller." in settling.text
        assert settling.all("meta", **{"http-equiv": "refresh"})

        assert browser.post(f"{path}/undo", **browser.hidden(path)).status_code == 303
        assert desk.file(review).review.state is ReviewState.OPEN
        assert browser.decide(review, "approve").status_code == 303
        before = desk.file(review).review.settles_at
        assert browser.post(f"{path}/more-time", **browser.hidden(path)).status_code == 303
        after = desk.file(review).review.settles_at
        assert before is not None
        assert after is not None
        assert after - before == timedelta(minutes=1)

        desk.close(review)
        assert "Not started yet" in page(browser, path).text
        desk.run_effect(review, EffectState.SUCCEEDED)
        done = page(browser, path).text
        assert "Done. It ran once and reported success." in done
        assert "allowed by Ann Keller" in done
        assert "Approved" in page(browser, "/reviews?tab=decided").text


@pytest.mark.parametrize("choice", ["request_changes", "reject"])
def test_the_reason_is_needed_and_goes_to_the_agent(desk: Desk, browser: Browser, choice: str) -> None:
    review = desk.propose()
    refused = browser.decide(review, choice, reason="  ")
    assert refused.status_code == 422
    assert f"{choice!r} needs a reason" in Page(refused.text).text
    assert desk.file(review).votes == ()
    assert browser.decide(review, choice, reason="Leave out\r\nthe discount.").status_code == 303
    desk.close(review)
    closed = desk.file(review).review
    assert (
        closed.outcome is {"request_changes": Outcome.CHANGES_REQUESTED, "reject": Outcome.REJECTED}[choice]
    )
    assert closed.reason == "Leave out\nthe discount."
    assert "It does not run." in page(browser, f"/reviews/{review.id}").text


def test_edit_and_approve_makes_a_revision_with_a_redline(desk_on_both: Desk) -> None:
    desk = desk_on_both
    review = desk.propose()
    path = f"/reviews/{review.id}"
    with desk.browser() as browser:
        form = page(browser, f"{path}?edit=1")
        assert form.all("textarea", name="arg/body")
        assert browser.decide(review, "revise", **EDITED, reason="softer").status_code == 303
        file = desk.file(review)
        assert file.current.arguments == {
            "to": EMAIL["to"],
            "subject": "Two hours back",
            "body": BODY.replace("guaranteed to double", "known to raise"),
            "discount_percent": 20,
        }
        assert file.current.author.name == "Ann Keller"
        assert file.current.flags == ()
        shown = page(browser, path).text
        assert "Approved with edits by Ann Keller" in shown
        assert "removed: guaranteed to double" in shown
        assert "added: known to raise" in shown


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"arg/discount_percent": "a lot"}, "not a number"),
        ({"arg/discount_percent": "150"}, "150 is not valid under any of the given schemas"),
        ({"arg/to": "eve@rival.example"}, "Nothing is ever sent to a rival."),
    ],
)
def test_an_edit_that_does_not_hold_up_keeps_all_that_was_typed(
    desk: Desk, browser: Browser, change: dict[str, str], message: str
) -> None:
    review = desk.propose()
    before = desk.counts()
    answer = browser.decide(review, "revise", **{**EDITED, **change}, reason="my reason")
    assert answer.status_code == 422
    shown = Page(answer.text)
    assert message in shown.text
    assert "known to raise your reply rate" in shown.text
    assert "my reason" in shown.text
    for name, value in change.items():
        assert shown.all("input", name=name)[0]["value"] == value
    [target] = [a["href"] for a in shown.all("a") if str(a["href"]).startswith(("#field", "#edit"))]
    ids = {attributes.get("id") for _, attributes in shown.elements}
    assert str(target)[1:] in ids
    assert desk.counts() == before


def test_an_edit_without_a_change_is_not_recorded_as_one(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    untouched = {f"arg/{name}": str(value).replace("\n", "\r\n") for name, value in EMAIL.items()}
    answer = browser.decide(review, "revise", **untouched)
    assert answer.status_code == 422
    assert "Nothing was changed." in Page(answer.text).text


def test_a_bad_character_is_refused_before_the_database(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    assert browser.decide(review, "reject", reason="a\0b").status_code == 422
    assert browser.decide(review, "escalate").status_code == 422
    assert desk.file(review).votes == ()


def test_two_tabs_deciding_at_once_the_second_learns_who_was_faster(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    path = f"/reviews/{review.id}"
    with desk.browser(desk.lee) as other:
        mine, theirs = browser.hidden(path), other.hidden(path)
        assert browser.decide(review, "approve", mine).status_code == 303
        desk.close(review)
        late = other.decide(review, "reject", theirs, reason="I had looked at the record for long.")
        assert late.status_code == 409
        shown = Page(late.text)
        assert "Somebody was faster. Already approved by Ann Keller" in shown.text
        assert "I had looked at the record for long." in shown.text
        assert shown.all("button", name="choice") == []

        edited = other.decide(review, "revise", theirs, **EDITED)
        assert edited.status_code == 409
        assert "known to raise your reply rate" in Page(edited.text).text
    assert len(desk.file(review).votes) == 1


def test_an_agreeing_click_within_the_window_is_told_too(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    path = f"/reviews/{review.id}"
    with desk.browser(desk.lee) as other:
        theirs = other.hidden(path)
        browser.decide(review, "approve")
        answer = other.decide(review, "approve", theirs)
        assert answer.status_code == 409
        assert "approved by Ann Keller" in Page(answer.text).text


def test_the_same_click_twice_is_one_vote(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    hidden = browser.hidden(f"/reviews/{review.id}")
    assert browser.decide(review, "approve", hidden).status_code == 303
    assert browser.decide(review, "approve", hidden).status_code == 303
    assert len(desk.file(review).votes) == 1


def test_a_draft_that_changed_while_it_was_read(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    path = f"/reviews/{review.id}"
    old = browser.hidden(path)
    with desk.browser(desk.lee) as other:
        other.decide(review, "revise", **EDITED)
        other.post(f"{path}/undo", **other.hidden(path))
    answer = browser.decide(review, "reject", old, reason="Too sure of itself.")
    assert answer.status_code == 409
    shown = Page(answer.text)
    assert "The draft changed while you were reading." in shown.text
    assert "Too sure of itself." in shown.text
    assert "known to raise" in shown.text
    assert browser.decide(review, "revise", old, **EDITED).status_code == 409


def test_a_question_is_answered_from_its_choices(desk: Desk, browser: Browser) -> None:
    question = {"text": "Which address?", "choices": ["12 Quay St", "12 Key Street"], "details": ""}
    review = desk.propose(question, tool="ask", kind=ReviewKind.QUESTION, schema={})
    assert browser.decide(review, "answer").status_code == 422
    wrong = browser.decide(review, "answer", answer="7")
    assert "Choose one of the answers." in Page(wrong.text).text
    assert browser.decide(review, "answer", answer="1").status_code == 303
    [vote] = desk.file(review).votes
    assert vote.answer == "12 Key Street"
    desk.close(review)
    assert "Answer: 12 Key Street" in page(browser, f"/reviews/{review.id}").text


ZIP = {"title": "Custom", "type": "string", "pattern": "^[0-9]{5}$", "description": "five digits"}


def test_a_question_is_answered_beside_its_choices_with_what_fits(desk: Desk, browser: Browser) -> None:
    offered = [{"Use CRM": "1234"}, {"Use ERP": "98765"}]
    question = {"text": "Which zip?", "choices": offered, "other": ZIP, "details": ""}
    review = desk.propose(question, tool="ask", kind=ReviewKind.QUESTION, schema={})
    shown = page(browser, f"/reviews/{review.id}")
    for words in ("Use CRM: 1234", "Use ERP: 98765", "Custom", "five digits"):
        assert words in shown.text
    assert "pattern" not in shown.text
    for typed in ("4711", "", "fifty"):
        refused = browser.decide(review, "answer", answer="other", **{"arg/other": typed})
        assert refused.status_code == 422
        [kept] = Page(refused.text).all("input", name="arg/other")
        assert kept["value"] == typed
    assert desk.file(review).votes == ()
    assert browser.decide(review, "answer", answer="other", **{"arg/other": "04711"}).status_code == 303
    assert [vote.answer for vote in desk.file(review).votes] == ["04711"]


def test_a_question_without_choices_takes_what_its_schema_says(desk: Desk, browser: Browser) -> None:
    days = {"title": "Days", "type": "integer", "minimum": 1}
    review = desk.propose(
        {"text": "How many?", "choices": [], "other": days, "details": ""},
        tool="ask", kind=ReviewKind.QUESTION, schema={},
    )  # fmt: skip
    assert browser.decide(review, "answer", **{"arg/other": "0"}).status_code == 422
    assert browser.decide(review, "answer", **{"arg/other": "30"}).status_code == 303
    assert [vote.answer for vote in desk.file(review).votes] == [30]


def test_an_unknown_outcome_is_settled_on_the_page(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    browser.decide(review, "approve")
    desk.close(review)
    desk.run_effect(review, EffectState.UNKNOWN, "connection lost")
    shown = page(browser, f"/reviews/{review.id}")
    assert "Outcome unknown." in shown.text
    [link] = [a for a in shown.all("a") if str(a["href"]).startswith("/reviews/rev_")][:1]
    question = page(browser, str(link["href"]))
    assert "Did it happen? Mail to dana.ortiz@harborlight.example" in question.text
    review_id = str(link["href"]).removeprefix("/reviews/")
    answer = browser.post(
        f"/reviews/{review_id}/decide", **browser.hidden(f"/reviews/{review_id}"), choice="answer", answer="0"
    )
    assert answer.status_code == 303
    assert "Done. It ran once" in page(browser, f"/reviews/{review.id}").text


def test_the_status_tells_other_tabs_what_changed(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    path = f"/reviews/{review.id}"
    version = Page(browser.get(path).text).all("main")[0]["data-version"]
    status = browser.get(f"{path}/status").json()
    assert (status["version"], status["open"]) == (version, True)
    browser.decide(review, "approve")
    status = browser.get(f"{path}/status").json()
    assert status["version"] != version
    assert status["open"] is False
    assert status["text"] == "Approved by Ann Keller, and can still be taken back."


def test_the_next_review_is_offered_after_a_decision(desk: Desk, browser: Browser) -> None:
    first, second = desk.propose(), desk.propose()
    browser.decide(first, "reject", reason="no")
    desk.close(first)
    assert page(browser, f"/reviews/{first.id}").all("a", href=f"/reviews/{second.id}")


def test_a_window_of_nothing_closes_at_once(sqlite_url: str) -> None:
    from tests.web.desk import POLICY

    with (
        open_desk(sqlite_url, POLICY.replace("settling: 30s", "settling: 0s")) as desk,
        desk.browser() as browser,
    ):
        review = desk.propose()
        browser.decide(review, "approve")
        assert desk.file(review).review.outcome is Outcome.APPROVED
        late = browser.post(f"/reviews/{review.id}/undo", **browser.hidden("/reviews"))
        assert late.status_code == 409
        assert "Too late for that. Already approved by Ann Keller" in Page(late.text).text


def test_what_is_not_there_is_a_page(desk: Desk, browser: Browser) -> None:
    for path in ("/reviews/rev_none", "/nothing", "/reviews/rev_none/status"):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert "text/html" in answer.headers["content-type"]
    assert (
        browser.post("/reviews/rev_none/decide", **browser.hidden("/reviews"), choice="approve").status_code
        == 404
    )
