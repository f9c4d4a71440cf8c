"""Deciding in Chromium by keyboard where no script runs."""

from __future__ import annotations

import pytest

from signoff.domain.review import Outcome, ReviewKind, ReviewState
from signoff.domain.vote import VoteKind
from tests.browser.conftest import OpenTab, Server, Tab
from tests.browser.deciding import press
from tests.web.samples import BODY, EMAIL


@pytest.fixture
def server(flagging: Server) -> Server:
    return flagging


def without_script(open_tab: OpenTab) -> Tab:
    return open_tab(java_script_enabled=False)


def test_without_script_flags_are_ticked_and_approved_and_taken_back(
    server: Server, open_tab: OpenTab
) -> None:
    review = server.desk.propose()
    tab = without_script(open_tab)
    page = tab.open(f"/reviews/{review.id}")
    page.locator("#flag-1 .ack input").press("Space")
    page.locator("#approve button").press("Enter")
    tab.wait_for("Not recorded yet.")
    [said] = page.locator("#notices a").all()
    assert said.inner_text() == "Brand term: tick this flag once you have checked it"
    assert page.locator("#flag-1 .ack input").is_checked()
    said.press("Enter")
    page.locator("#flag-2 .ack input").press("Space")
    page.locator("#approve button").press("Enter")
    tab.wait_for("Until then you can take it back.")
    assert server.desk.file(review).review.outcome is Outcome.APPROVED
    page.get_by_role("button", name="Undo").press("Enter")
    page.locator("#approve button").wait_for()
    assert server.desk.file(review).review.state is ReviewState.OPEN


@pytest.mark.parametrize(
    ("summary", "kind"),
    [
        ("Request changes", VoteKind.REQUEST_CHANGES),
        ("Reject", VoteKind.REJECT),
        ("Escalate", VoteKind.ESCALATE),
        ("Abstain", VoteKind.ABSTAIN),
    ],
)
def test_without_script_a_reason_by_keyboard(
    server: Server, open_tab: OpenTab, summary: str, kind: VoteKind
) -> None:
    review = server.desk.propose()
    page = without_script(open_tab).open(f"/reviews/{review.id}")
    page.locator("summary", has_text=summary).press("Enter")
    press(page, "Tab")
    page.keyboard.type("The record allows at most 20 %.")
    press(page, "Tab")
    with page.expect_navigation():
        press(page, "Enter")
    [vote] = server.desk.file(review).votes
    assert (vote.kind, vote.reason) == (kind, "The record allows at most 20 %.")


def test_without_script_edit_look_use_safer_wording_and_approve(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = without_script(open_tab)
    page = tab.open(f"/reviews/{review.id}")
    page.locator("#flag-1 button[name=use]").press("Enter")
    body = BODY.replace("guaranteed", "known")
    assert page.get_by_label("Body").input_value() == body
    page.get_by_label("Body").fill(body.replace("SSO", "sign-in"))
    page.get_by_label("Discount percent").fill("a lot")
    page.get_by_role("button", name="Show what changed").press("Enter")
    assert "removed: SSO, added: sign-in," in tab.text()
    page.get_by_role("button", name="Approve and send as edited").press("Enter")
    tab.wait_for("Not recorded yet.")
    assert page.get_by_label("Discount percent").input_value() == "a lot"
    page.get_by_label("Discount percent").fill("20")
    page.get_by_role("button", name="Approve and send as edited").press("Enter")
    tab.wait_for("Approved with edits by Ann Keller.")
    assert server.desk.file(review).current.arguments == {
        **EMAIL, "body": body.replace("SSO", "sign-in"), "discount_percent": 20,
    }  # fmt: skip


def test_without_script_a_question_is_answered(server: Server, open_tab: OpenTab) -> None:
    question = {"text": "Which address?", "choices": ["12 Quay St", "12 Key Street"], "details": ""}
    review = server.desk.propose(question, tool="ask", kind=ReviewKind.QUESTION, schema={})
    tab = without_script(open_tab)
    page = tab.open(f"/reviews/{review.id}")
    page.get_by_label("12 Key Street").press("Space")
    page.get_by_role("button", name="Answer", exact=False).first.press("Enter")
    tab.wait_for("Answered by Ann Keller.")
    assert server.desk.file(review).votes[0].answer == "12 Key Street"
