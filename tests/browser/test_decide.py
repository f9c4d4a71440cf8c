"""Deciding in Chromium: without script, by keyboard, and in two tabs at once."""

from __future__ import annotations

import pytest

from signoff.domain.review import Outcome, ReviewKind, ReviewState
from tests.browser.conftest import OpenTab, Server
from tests.web.samples import BODY, EMAIL


def test_without_script_approve_by_keyboard_undo_and_approve_again(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab(java_script_enabled=False)
    page = tab.open(f"/reviews/{review.id}")
    page.locator("#approve button").focus()
    page.keyboard.press("Enter")
    tab.wait_for("Until then you can take it back.")
    assert server.desk.file(review).review.outcome is Outcome.APPROVED
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    page.locator("#approve button").wait_for()
    assert server.desk.file(review).review.state is ReviewState.OPEN


@pytest.mark.parametrize(
    ("summary", "outcome"),
    [("Request changes", Outcome.CHANGES_REQUESTED), ("Reject", Outcome.REJECTED)],
)
def test_without_script_a_reason_by_keyboard(
    server: Server, open_tab: OpenTab, summary: str, outcome: Outcome
) -> None:
    review = server.desk.propose()
    tab = open_tab(java_script_enabled=False)
    page = tab.open(f"/reviews/{review.id}")
    page.locator("summary", has_text=summary).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("The record allows at most 20 %.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    tab.wait_for("Until then you can take it back.")
    decided = server.desk.file(review).review
    assert (decided.outcome, decided.reason) == (outcome, "The record allows at most 20 %.")


def test_without_script_edit_and_approve(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab(java_script_enabled=False)
    page = tab.open(f"/reviews/{review.id}")
    page.get_by_role("link", name="Edit and approve").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Discount percent").fill("a lot")
    page.get_by_label("Body").fill(BODY.replace("35%", "20%"))
    page.get_by_role("button", name="Approve and send as edited").focus()
    page.keyboard.press("Enter")
    tab.wait_for("Not recorded yet.")
    assert page.get_by_label("Discount percent").input_value() == "a lot"
    assert "20% off" in page.get_by_label("Body").input_value()
    page.get_by_label("Discount percent").fill("20")
    page.get_by_role("button", name="Approve and send as edited").press("Enter")
    tab.wait_for("Approved with edits by Ann Keller.")
    assert server.desk.file(review).current.arguments == {
        **EMAIL, "body": BODY.replace("35%", "20%"), "discount_percent": 20,
    }  # fmt: skip


def test_without_script_a_question_is_answered(server: Server, open_tab: OpenTab) -> None:
    question = {"text": "Which address?", "choices": ["12 Quay St", "12 Key Street"], "details": ""}
    review = server.desk.propose(question, tool="ask", kind=ReviewKind.QUESTION, schema={})
    tab = open_tab(java_script_enabled=False)
    page = tab.open(f"/reviews/{review.id}")
    page.get_by_label("12 Key Street").press("Space")
    page.get_by_role("button", name="Answer", exact=False).first.press("Enter")
    tab.wait_for("Answered by Ann Keller.")
    assert server.desk.file(review).votes[0].answer == "12 Key Street"


def test_two_keys_approve_and_u_takes_it_back(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}")
    page.keyboard.press("a")
    assert server.desk.file(review).votes == ()
    page.keyboard.press("Enter")
    tab.wait_for("Until then you can take it back.")
    assert (server.desk.file(review).votes[0].seconds or 0) >= 0
    page.keyboard.press("u")
    page.keyboard.press("Enter")
    page.locator("#approve").wait_for()


def test_two_keys_and_the_reason_reject(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}")
    page.keyboard.press("x")
    page.keyboard.type("a reason with letters: a e r x n p u l ?")
    page.keyboard.press("Control+Enter")
    tab.wait_for("Rejected by Ann Keller.")
    assert server.desk.file(review).review.reason == "a reason with letters: a e r x n p u l ?"


def test_keys_move_through_list_and_flags_and_help_opens(server: Server, open_tab: OpenTab) -> None:
    first = server.desk.propose()
    server.desk.propose()
    tab = open_tab()
    page = tab.page
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/reviews/{first.id}")
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.id") == "flag-1"
    page.keyboard.press("?")
    assert page.locator("dialog#keys").is_visible()
    page.keyboard.press("x")
    assert not page.locator("#ask-reject").get_attribute("open")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.wait_for_url("**edit=1")


def test_typed_reason_holds_an_approval_back(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}")
    page.keyboard.press("r")
    page.keyboard.type("Softer, please.")
    page.locator("#approve button").click()
    tab.wait_for("You typed a reason for another answer.")
    assert server.desk.file(review).votes == ()
    assert page.locator("#ask-changes-reason").input_value() == "Softer, please."


def test_a_tab_hears_that_somebody_else_decided(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    reading, typing, deciding = open_tab(server.desk.lee), open_tab(server.desk.lee), open_tab()
    for tab in (reading, typing, deciding):
        tab.open(f"/reviews/{review.id}")
    typing.page.keyboard.press("x")
    typing.page.keyboard.type("I was about to")
    deciding.page.keyboard.press("a")
    deciding.page.keyboard.press("Enter")
    for tab in (reading, typing):
        tab.wait_for("Approved by Ann Keller, and can still be taken back.")
    assert typing.page.locator("#ask-reject-reason").input_value() == "I was about to"
    server.desk.close(review)
    typing.page.keyboard.press("Control+Enter")
    typing.wait_for("Somebody was faster.")
    assert "I was about to" in typing.page.locator(".kept textarea").input_value()
    assert len(server.desk.file(review).votes) == 1


def test_the_result_appears_by_itself(server: Server, open_tab: OpenTab) -> None:
    from signoff.domain.effect import EffectState

    review = server.desk.propose()
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    tab.wait_for("Until then you can take it back.")
    server.desk.close(review)
    tab.wait_for("Not started yet.")
    server.desk.run_effect(review, EffectState.SUCCEEDED)
    tab.wait_for("It ran once and reported success.")


def test_sign_in_leads_back_to_the_review(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab()
    tab.page.context.clear_cookies()
    page = tab.open(f"/reviews/{review.id}?edit=1")
    page.fill("#email", "ann@example.com")
    page.fill("#password", "correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/reviews/{review.id}?edit=1")
    page.get_by_label("Body").wait_for()
