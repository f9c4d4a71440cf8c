"""Inbox, settings and people in a browser: axe, the ruler, the keyboard, and what script adds."""

from __future__ import annotations

import pytest

from signoff.domain.person import Role
from signoff.services import people
from tests.browser.conftest import SCHEMES, WIDTHS, OpenTab, Server
from tests.browser.look import Look
from tests.web.desk import PASSWORD
from tests.web.samples import EMAIL


def pages_of(server: Server) -> dict[str, str]:
    """Every page of this part by name."""
    desk = server.desk
    with desk.begin() as tx:
        people.change_person(
            tx,
            desk.ann.id,
            roles=[Role.REVIEWER, Role.ADMIN],
            groups=["marketing", "a-group-with-a-long-name"],
        )
        people.change_person(tx, desk.lee.id, active=False)
    for n in range(27):
        desk.propose({**EMAIL, "to": f"dana{n}@example.com", "body": "guaranteed " * (n % 2) + "hi"})
    settling = desk.propose()
    with desk.browser() as browser:
        browser.decide(settling, "approve")
    return {
        "inbox": "/reviews",
        "inbox filtered": "/reviews?severity=medium&q=mail",
        "inbox empty": "/reviews?q=nothing",
        "settings": "/settings",
        "people": "/people",
        "person": f"/people/{desk.lee.id}",
    }


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_and_the_ruler_find_nothing(
    server: Server, open_tab: OpenTab, look: Look, scheme: str, width: int
) -> None:
    tab = open_tab(color_scheme=scheme, viewport={"width": width, "height": 800})
    for view, path in pages_of(server).items():
        look.at(tab.open(path), view)
    if width < 640:
        page = tab.open("/settings")
        page.locator(".menu summary").click()
        look.at(page, "menu")
    assert look.faults == {}


def test_the_inbox_by_the_keyboard(server: Server, open_tab: OpenTab) -> None:
    first, second = server.desk.propose(), server.desk.propose({**EMAIL, "to": "kim@example.com"})
    tab = open_tab()
    page = tab.open("/reviews")
    links = {review.id: page.locator(f'a[href="/reviews/{review.id}"]') for review in (first, second)}
    assert all(link.bounding_box()["height"] >= 44 for link in links.values())  # type: ignore[index]
    for key, review in (("j", first), ("j", second), ("j", second), ("k", first), ("j", second)):
        page.keyboard.press(key)
        assert links[review.id].evaluate("node => node === document.activeElement")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/reviews/{second.id}")
    page = tab.open("/reviews")
    page.fill("#search", "kim")
    page.keyboard.type("jk")
    assert page.input_value("#search") == "kimjk", "letters are letters where somebody types"
    page.fill("#search", "kim")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews?q=kim")
    assert page.locator("a.row").count() == 1


def test_the_zone_of_the_browser_and_the_theme_hold_without_a_choice_and_with_one(
    server: Server, open_tab: OpenTab
) -> None:
    tab = open_tab(color_scheme="light")
    tab.page.context.clear_cookies()
    page = tab.open("/sign-in")  # the form tells the zone
    page.fill("#email", server.desk.ann.email)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews")
    page = tab.open("/settings")
    assert page.locator("#sessions time").first.inner_text().endswith((" CET", " CEST"))
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.select_option("select[name=theme]", "dark")
    page.select_option("select[name=zone]", "Asia/Tokyo")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/settings?saved=pages#pages")
    assert page.evaluate(paper) != light
    assert page.locator("#sessions time").first.inner_text().endswith(" JST")


def test_the_menu_of_a_phone_works_without_script(server: Server, open_tab: OpenTab) -> None:
    tab = open_tab(viewport={"width": 320, "height": 700}, java_script_enabled=False)
    page = tab.open("/reviews")
    menu = page.locator(".menu")
    assert not menu.get_by_role("link", name="Ann Keller").is_visible()
    menu.locator("summary").click()
    assert menu.get_by_role("link", name="Inbox").get_attribute("aria-current") == "true"
    menu.get_by_role("link", name="Ann Keller").click()
    page.wait_for_url("**/settings")
