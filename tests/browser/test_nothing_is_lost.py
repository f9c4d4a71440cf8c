"""What somebody typed outlives races, new drafts, lost sessions and lost lines."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenTab, Server
from tests.browser.deciding import CLEAN, focused, is_undecided, press, sign_in
from tests.web.samples import BODY, EMAIL


@pytest.fixture
def server(flagging: Server) -> Server:
    return flagging


def test_a_typed_reason_holds_an_approval_back(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose(CLEAN)
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}")
    press(page, "r")
    page.keyboard.type("Softer, please.")
    press(page, "Escape", "a", "Enter")
    tab.wait_for("You typed a reason for another answer.")
    assert is_undecided(server, review)
    assert page.locator("#ask-changes-reason").input_value() == "Softer, please."


def test_an_unticked_flag_holds_an_approval_back(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}")
    assert page.locator("#approve button").evaluate("b => getComputedStyle(b).borderStyle") == "dashed"
    tab.wait_for("First tick flag 1, flag 2.")
    page.locator("#approve button").press("Enter")
    tab.wait_for("Tick each high flag once you have checked it")
    assert focused(page).startswith("ack-")
    assert is_undecided(server, review)
    press(page, "Space", "n", "Space")
    assert page.locator("#approve button").evaluate("b => getComputedStyle(b).borderStyle") == "solid"


def test_a_session_that_ends_loses_nothing(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}")
    press(page, "x")
    page.keyboard.type("I had read the record for long.")
    page.context.clear_cookies()
    press(page, "Control+Enter")
    page.wait_for_url("**/sign-in?**")
    sign_in(page)
    page.wait_for_url(f"**/reviews/{review.id}")
    assert page.locator("#ask-reject-reason").input_value() == "I had read the record for long."
    press(page, "x", "Control+Enter")
    tab.wait_for("Rejected by Ann Keller.")
    assert page.evaluate("sessionStorage.length") == 0


def test_an_edit_outlives_the_session_and_holds_an_approval_back(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose(CLEAN)
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}?edit=1")
    page.get_by_label("Body").fill("Hi Dana, Tuesday?")
    page.context.clear_cookies()
    press(page, "Control+Enter")
    page.wait_for_url("**/sign-in?**")
    sign_in(page)
    tab.wait_for("You have an edit that was not sent.")
    press(page, "a", "Enter")
    tab.wait_for("Go on with it, or drop it and then approve.")
    assert is_undecided(server, review)
    page.get_by_role("link", name="Go on with it").press("Enter")
    page.wait_for_url("**edit=1")
    assert page.get_by_label("Body").input_value() == "Hi Dana, Tuesday?"


def test_a_race_is_told_and_the_note_is_kept(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose(CLEAN)
    reading, typing, deciding = open_tab(server.desk.lee), open_tab(server.desk.lee), open_tab()
    for tab in (reading, typing, deciding):
        tab.open(f"/reviews/{review.id}")
    press(typing.page, "x")
    typing.page.keyboard.type("I was about to")
    press(deciding.page, "a", "Enter")
    for tab in (reading, typing):
        tab.wait_for("Approved by Ann Keller, and can still be taken back.")
    assert typing.page.locator("#ask-reject-reason").input_value() == "I was about to"
    server.desk.close(review)
    press(typing.page, "Control+Enter")
    typing.wait_for("Somebody was faster.")
    typing.wait_for("Your note is kept as a comment in the history.")
    assert typing.page.locator(".history .why").last.inner_text() == "I was about to"
    assert typing.page.locator(".kept").count() == 0
    assert len(server.desk.file(review).votes) == 1


def test_a_draft_that_changed_is_shown_with_what_is_new(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab(server.desk.lee)
    page = tab.open(f"/reviews/{review.id}")
    press(page, "n", "Space", "n", "Space", "x")
    page.keyboard.type("Too sure of itself.")
    with server.desk.browser() as other:
        edit = {
            "arg/subject": "Two hours",
            "arg/body": BODY,
            "arg/to": EMAIL["to"],
            "arg/discount_percent": "20",
        }
        acks = dict.fromkeys(other.acks(review), "on")
        assert other.decide(review, "revise", **edit, **acks).status_code == 303
        other.post(f"/reviews/{review.id}/undo", **other.hidden(f"/reviews/{review.id}"))
    press(page, "Control+Enter")
    tab.wait_for("The draft changed while you were reading.")
    assert "Two hours" in "".join(page.locator(".news ins").all_inner_texts())
    assert page.locator(".kept textarea").input_value() == "Too sure of itself."
    assert page.locator(".ack :checked").count() == 0
    page.get_by_role("link", name="Review the new draft").press("Enter")
    page.wait_for_url(f"**/reviews/{review.id}")


def test_news_reach_another_tab_within_a_second(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose(CLEAN)
    tab = open_tab(server.desk.lee)
    page = tab.open(f"/reviews/{review.id}")
    with page.expect_response("**/status"):
        pass
    with server.desk.browser() as other:
        hidden = other.hidden(f"/reviews/{review.id}")
        assert other.decide(review, "approve", hidden).status_code == 303
    page.get_by_text("Approved by Ann Keller, and can still be taken back.").first.wait_for(timeout=1_000)


def test_a_comment_by_keyboard_and_an_unsent_one_holds_an_approval_back(
    server: Server, open_tab: OpenTab
) -> None:
    review = server.desk.propose(CLEAN)
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}")
    page.locator(".comment summary").focus()
    press(page, "Enter", "Tab")
    page.keyboard.type("Ask Dana first.")
    page.locator(".approve").focus()
    press(page, "Enter")
    tab.wait_for("You wrote a comment. Add it, or clear it and then approve.")
    assert focused(page) == "comment"
    assert is_undecided(server, review)
    press(page, "Tab", "Enter")
    page.locator(".history summary").click()
    tab.wait_for("Ask Dana first.")
    assert is_undecided(server, review)
    press(page, "a", "Enter")
    tab.wait_for("Until then you can take it back.")


def test_offline_nothing_is_sent_and_nothing_is_lost(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose(CLEAN)
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}")
    press(page, "x")
    page.keyboard.type("No.")
    page.context.set_offline(True)
    press(page, "Control+Enter")
    tab.wait_for("You are offline. What you typed is kept here")
    page.context.set_offline(False)
    page.locator("#ask-reject-reason").focus()
    press(page, "Control+Enter")
    tab.wait_for("Rejected by Ann Keller.")
    assert all("ERR_INTERNET_DISCONNECTED" in said for said in tab.complaints)
    tab.complaints.clear()
