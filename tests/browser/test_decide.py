"""Deciding in Chromium: an edit, what follows a decision, and on a phone."""

from __future__ import annotations

import pytest

from signoff.domain.effect import EffectState
from signoff.domain.review import ReviewState
from tests.browser.conftest import OpenTab, Server
from tests.browser.deciding import CLEAN, focused, press, sign_in
from tests.web.samples import BODY


@pytest.fixture
def server(flagging: Server) -> Server:
    return flagging


def test_an_edit_is_seen_at_once_and_safer_wording_is_one_key(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}")
    press(page, "e")
    page.wait_for_url("**edit=1")
    page.get_by_label("Body").focus()
    press(page, "Control+End")
    page.keyboard.type(" R.")
    page.locator("#diff ins", has_text="R.").wait_for()
    page.locator("#flag-1 button[name=use]").press("Enter")
    page.locator("#diff ins", has_text="known").wait_for()
    assert "it is known to double" in page.get_by_label("Body").input_value()
    assert page.locator("#flags h2").inner_text() == "2 flags in your edit"
    page.locator("#flag-1 .ack input").focus()
    press(page, "Space", "d")
    assert page.locator("#diff[open]").count() == 0
    press(page, "a", "Enter")
    tab.wait_for("Approved with edits by Ann Keller.")
    file = server.desk.file(review)
    assert file.current.arguments["body"] == BODY.replace("guaranteed", "known") + " R."
    assert len(file.votes[0].acknowledged) == 1


def test_two_people_see_that_the_other_looks(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose(CLEAN)
    lee = open_tab(server.desk.lee)
    with lee.page.expect_response("**/look"):
        lee.open(f"/reviews/{review.id}")
    ann = open_tab()
    ann.open(f"/reviews/{review.id}")
    ann.wait_for("Lee Park is looking")
    ann.open("/reviews?tab=mine")
    ann.wait_for("Lee Park is looking")


def test_the_wait_is_ended_and_the_result_appears_by_itself(server: Server, open_tab: OpenTab) -> None:
    review, _ = server.desk.propose(CLEAN), server.desk.propose(CLEAN)
    tab, other = open_tab(), open_tab(server.desk.lee)
    page = tab.open(f"/reviews/{review.id}")
    other.open(f"/reviews/{review.id}")
    press(page, "a", "Enter")
    tab.wait_for("ends the wait for everybody")
    other.wait_for("Until then it can be taken back.")
    assert other.page.get_by_role("button", name="Send now").count() == 0
    page.get_by_role("button", name="Send now").press("Enter")
    tab.wait_for("Not started yet.")
    assert server.desk.file(review).review.state is ReviewState.CLOSED
    server.desk.run_effect(review, EffectState.SUCCEEDED)
    tab.wait_for("It ran once and reported success.")
    assert focused(page) == "next"
    press(page, "Enter")
    page.wait_for_url(lambda url: "/reviews/rev_" in url and review.id not in url)


def test_the_end_of_the_wait_is_said_once_and_put_off_by_a_key(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose(CLEAN)
    tab = open_tab()
    page = tab.page
    page.clock.install()
    # The server's time would put right what the test has run ahead.
    page.route("**/status", lambda route: route.fulfill(status=204))
    tab.open(f"/reviews/{review.id}")
    press(page, "a", "Enter")
    tab.wait_for("Until then you can take it back.")
    page.clock.run_for(5_000)
    assert page.locator("#live").inner_text() == ""
    page.clock.run_for(6_000)
    assert "until it is final. One more minute is the key M." in page.locator("#live").inner_text()
    before = server.desk.file(review).review.settles_at
    with page.expect_navigation():
        press(page, "m", "Enter")
    after = server.desk.file(review).review.settles_at
    assert before is not None
    assert after is not None
    assert (after - before).total_seconds() == 60


def test_sign_in_leads_back_to_the_review(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab()
    tab.page.context.clear_cookies()
    page = tab.open(f"/reviews/{review.id}?edit=1")
    sign_in(page)
    page.wait_for_url(f"**/reviews/{review.id}?edit=1")
    page.get_by_label("Body").wait_for()


@pytest.mark.parametrize(("width", "height", "rows"), [(390, 844, 1), (320, 568, 2)])
def test_on_a_phone_the_bar_is_small_and_a_flag_is_ticked_where_it_stands(
    server: Server, open_tab: OpenTab, width: int, height: int, rows: int
) -> None:
    review = server.desk.propose()
    tab = open_tab(viewport={"width": width, "height": height})
    page = tab.open(f"/reviews/{review.id}")
    bar = page.locator(".bar").bounding_box()
    assert bar is not None
    assert bar["height"] <= height / 4
    tops = page.locator(".bar :is(.go, summary)").evaluate_all(
        "all => all.map(n => n.getBoundingClientRect().top)"
    )
    assert (len(tops), len(set(tops))) == (4, rows)
    order = [".due", "h1", ".counts", ".effect", ".sheet", ".flags", ".policy"]
    places = [page.locator(part).first.bounding_box() for part in order]
    heights = [place["y"] for place in places if place]
    assert (len(heights), heights) == (len(order), sorted(heights))
    page.locator("button.ref").first.press("Enter")
    page.locator("#note-1 .ack input").press("Space")
    assert page.locator("#flag-1 .ack input").is_checked()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
