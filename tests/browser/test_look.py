"""What axe, a ruler and a hostile draft find on the pages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from signoff.domain.review import Review, ReviewKind
from tests.browser.conftest import SCHEMES, WIDTHS, OpenTab, Server, Tab
from tests.browser.look import Look
from tests.web.samples import EMAIL

HOSTILE = (
    """Hi,
<script>document.title = "owned"; alert(1)</script>
<img src="https://evil.example/x.png" onerror="alert(2)">
</textarea></form><form action="https://evil.example"><button>Approve</button></form>
<style>.bar { display: none }</style><base href="https://evil.example/">
w\u200bord \u202egnorts\u202c \x1b[31m <a href="javascript:alert(3)">click</a>
"""
    + "\n" * 5_000
    + "the end"
)


def pages_of(server: Server) -> dict[str, str]:
    """Every kind of page by name."""
    desk = server.desk
    flagged: Review = desk.propose()
    hostile = desk.propose({**EMAIL, "body": HOSTILE, "subject": HOSTILE[:200]})
    question = desk.propose(
        {"text": "Which?", "choices": ["A", "B"], "details": "More."},
        tool="ask",
        kind=ReviewKind.QUESTION,
        schema={},
    )
    settling, decided = desk.propose(), desk.propose()
    with desk.browser(desk.lee) as browser:
        browser.decide(settling, "approve")
        browser.decide(decided, "reject", reason="No.")
        desk.close(decided)
    return {
        "list": "/reviews",
        "decided": "/reviews?tab=decided&severity=medium",
        "empty": "/reviews?tool=none",
        "review": f"/reviews/{flagged.id}",
        "edit": f"/reviews/{flagged.id}?edit=1",
        "hostile": f"/reviews/{hostile.id}",
        "question": f"/reviews/{question.id}",
        "settling": f"/reviews/{settling.id}",
        "closed": f"/reviews/{decided.id}",
    }


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_and_the_ruler_find_nothing(
    server: Server, open_tab: OpenTab, look: Look, scheme: str, width: int
) -> None:
    paths = pages_of(server)
    tab = open_tab(color_scheme=scheme, viewport={"width": width, "height": 800})
    for view, path in paths.items():
        look.at(tab.open(path), view)
    page = tab.open(paths["review"])
    page.keyboard.press("x")
    page.keyboard.type("Too sure of itself.")
    look.at(page, "reason")
    look.at(lose_a_race(server, tab), "too late")
    assert look.faults == {}


def lose_a_race(server: Server, tab: Tab) -> Page:
    """The page of somebody whose answer came after another's."""
    review = server.desk.propose()
    page = tab.open(f"/reviews/{review.id}")
    page.keyboard.press("x")
    page.keyboard.type("I was about to")
    with server.desk.browser(server.desk.lee) as faster:
        faster.decide(review, "approve")
        server.desk.close(review)
    page.keyboard.press("Control+Enter")
    tab.wait_for("Somebody was faster.")
    return page


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_nor_on_the_way_in_and_where_there_is_nothing(
    server: Server, open_tab: OpenTab, look: Look, scheme: str, width: int
) -> None:
    tab = open_tab(color_scheme=scheme, viewport={"width": width, "height": 800})
    look.at(tab.open("/reviews/rev_nowhere"), "nothing")
    tab.page.context.clear_cookies()
    look.at(tab.open("/sign-in"), "sign in")
    look.at(tab.open("/sign-in/link?token=abc"), "sign-in link")
    assert all("404" in said for said in tab.complaints)
    tab.complaints.clear()
    assert look.faults == {}


def test_a_hostile_draft_does_nothing_and_the_decision_stays_in_sight(
    server: Server, open_tab: OpenTab
) -> None:
    review = server.desk.propose({**EMAIL, "body": HOSTILE, "to": "<b>dana</b>@example.com"})
    tab = open_tab()
    for path in ("/reviews", f"/reviews/{review.id}", f"/reviews/{review.id}?edit=1"):
        page = tab.open(path)
        assert "owned" not in page.title()
        assert page.evaluate("document.baseURI").startswith(server.url)
        assert page.locator("form[action*=evil], img, main style, main script").count() == 0
    page = tab.open(f"/reviews/{review.id}")
    for words in ("If you approve", "It cannot be undone."):
        assert page.get_by_text(words).first.bounding_box()["y"] < 400  # type: ignore[index]
    assert page.locator("#approve button").is_visible()
    assert "⟨U+200B" in tab.text()
    assert "⟨U+202E" in tab.text()
    assert "⟨U+001B" in tab.text()
    assert "empty lines" in tab.text()
    assert page.evaluate("document.documentElement.scrollHeight") < 4_000


def test_the_bar_never_covers_what_has_the_focus(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab(viewport={"width": 390, "height": 700})
    page = tab.open(f"/reviews/{review.id}")
    bar = page.locator(".bar")
    for _ in range(40):
        page.keyboard.press("Tab")
        covered = page.evaluate(
            """() => { const a = document.activeElement, b = document.querySelector(".bar");
              if (!a || a === document.body || b.contains(a)) return false;
              return a.getBoundingClientRect().top > b.getBoundingClientRect().top - 1; }"""
        )
        assert not covered, page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
    assert bar.is_visible()


def test_the_first_visit_is_small(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab()
    sizes: dict[str, int] = {}
    tab.page.on("requestfinished", lambda one: sizes.update({one.url: one.sizes()["responseBodySize"]}))
    tab.open(f"/reviews/{review.id}")
    tab.page.wait_for_load_state("networkidle")
    assert len(sizes) <= 6
    assert sum(sizes.values()) <= 40 * 1024
