"""Deciding in Chromium by keyboard alone: with and without script, and in two tabs at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from signoff.domain.effect import EffectState
from signoff.domain.review import Outcome, Review, ReviewKind, ReviewState
from signoff.domain.vote import VoteKind
from tests.browser.conftest import OpenTab, Server, Tab, serving
from tests.web.desk import FLAGGING, PASSWORD
from tests.web.samples import BODY, EMAIL

CLEAN = {**EMAIL, "body": "Hi Dana,\n\nwould Monday at ten suit you?\n\nSam"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests here; each makes reviews of its own."""
    folder: Path = tmp_path_factory.mktemp("desk")
    with serving(f"sqlite:///{folder / 'signoff.db'}", FLAGGING) as running:
        yield running


def press(page: Page, *keys: str) -> int:
    """Press these keys; how many that were."""
    for key in keys:
        page.keyboard.press(key)
    return len(keys)


def focused(page: Page) -> str:
    """The id of what has the focus."""
    return str(page.evaluate("document.activeElement.id"))


def is_undecided(server: Server, review: Review) -> bool:
    return server.desk.file(review).votes == ()


# Keystrokes


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


# Nothing typed is lost


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


def sign_in(page: Page) -> None:
    page.locator("#email").press_sequentially("ann@example.com")
    page.locator("#password").press_sequentially(PASSWORD)
    press(page, "Enter")


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


# Editing


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


# Without script


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


# After the decision


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
