"""Deciding in Chromium by as few keys as can be."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from signoff.domain.review import Outcome, ReviewState
from signoff.domain.vote import VoteKind
from tests.browser.conftest import OpenTab, Server
from tests.browser.deciding import CLEAN, focused, is_undecided, press


@pytest.fixture
def server(flagging: Server) -> Server:
    return flagging


def test_a_clean_draft_is_approved_in_two_keys_and_u_takes_it_back(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose(CLEAN)
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}")
    assert press(page, "a") == 1
    assert is_undecided(server, review)
    assert press(page, "Enter") == 1
    tab.wait_for("Until then you can take it back.")
    [vote] = server.desk.file(review).votes
    assert vote.seconds is not None
    assert vote.seen is not None
    press(page, "u", "Enter")
    page.locator("#approve").wait_for()
    assert server.desk.file(review).review.state is ReviewState.OPEN


def test_each_high_flag_takes_two_keys_more(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}")
    press(page, "a")
    first = focused(page)
    assert first.startswith("ack-brand_term-")
    page.reload()
    assert press(page, "n", "Space", "n", "Space", "a", "Enter") == 2 + 2 * 2
    tab.wait_for("Until then you can take it back.")
    [vote] = server.desk.file(review).votes
    assert len(vote.acknowledged) == 2
    assert "having checked 2 flags" in str(page.locator(".history").text_content())


@pytest.mark.parametrize(
    ("key", "kind", "outcome"),
    [
        ("x", VoteKind.REJECT, Outcome.REJECTED),
        ("r", VoteKind.REQUEST_CHANGES, Outcome.CHANGES_REQUESTED),
        ("s", VoteKind.ESCALATE, None),
    ],
)
def test_two_keys_and_the_reason(
    server: Server, open_tab: OpenTab, key: str, kind: VoteKind, outcome: Outcome | None
) -> None:
    review = server.desk.propose()
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}")
    reason = "with all letters: a e r s x n p u m d j k g i / ?"
    press(page, key)
    page.keyboard.type(reason)
    press(page, "Control+Enter")
    tab.wait_for("Escalated by Ann Keller" if outcome is None else "Until then you can take it back.")
    [vote] = server.desk.file(review).votes
    assert (vote.kind, vote.reason) == (kind, reason)
    assert server.desk.file(review).review.outcome is outcome


def test_keys_walk_through_flags_reviews_and_the_list(server: Server, open_tab: OpenTab) -> None:
    reviews = [server.desk.propose() for _ in range(3)]
    tab = open_tab()
    page = tab.open(f"/reviews/{reviews[1].id}")
    press(page, "n", "n", "n")
    assert focused(page) == "flag-3"
    press(page, "p")
    assert focused(page).startswith("ack-")
    press(page, "j")
    page.wait_for_url(f"**/reviews/{reviews[2].id}")
    press(page, "k")
    page.wait_for_url(f"**/reviews/{reviews[1].id}")
    press(page, "?")
    assert page.locator("dialog#keys").is_visible()
    press(page, "x")
    assert page.locator("#ask-reject[open]").count() == 0
    press(page, "Escape")
    for held in ("Control+x", "Alt+r", "Meta+e"):
        press(page, held)
    assert page.locator(".ask[open]").count() == 0
    press(page, "g", "i")
    page.wait_for_url("**/reviews")
    press(page, "j", "j", "k", "Enter")
    page.wait_for_url("**/reviews/rev_*")


def test_keys_can_be_turned_off_and_put_elsewhere(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose(CLEAN)
    tab = open_tab()

    def with_keys(setting: str) -> Page:
        def answer(route: object) -> None:
            fetched = route.fetch()  # type: ignore[attr-defined]
            body = fetched.text().replace(
                '<body class="signoff"', f"<body class=\"signoff\" data-keys='{setting}'"
            )
            route.fulfill(response=fetched, body=body)  # type: ignore[attr-defined]

        tab.page.unroute_all()
        tab.page.route(f"**/reviews/{review.id}", answer)
        return tab.open(f"/reviews/{review.id}")

    page = with_keys('{"a": "y", "x": ""}')
    press(page, "a", "x")
    assert page.evaluate("document.activeElement === document.body")
    assert page.locator("#approve kbd").inner_text() == "Y"
    press(page, "y")
    assert page.evaluate("document.activeElement.value") == "approve"
    page = with_keys("false")
    press(page, "a", "r", "?")
    assert page.evaluate("document.activeElement === document.body")
