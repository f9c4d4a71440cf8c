"""Pages in a longer language and in one that runs from right to left."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from signoff.domain.person import Role
from signoff.services import people
from signoff.web.pages import reading, translate
from tests.browser.conftest import WIDTHS, OpenTab, Server
from tests.browser.look import RULER
from tests.browser.test_look import pages_of
from tests.support.pseudo import Pseudo, pseudo

OFFICE = {
    name: f"/{name}" for name in ("settings", "people", "dashboard", "audit", "policies", "runs", "effects")
}
CLIPPED = """() => [...document.querySelectorAll("button, summary, a.btn, .row, .tabs a, label, th")]
  .filter((node) => node.checkVisibility() && node.clientWidth && getComputedStyle(node).display !== "inline"
    && !node.classList.contains("sr") && node.scrollWidth > node.clientWidth + 1)
  .map((node) => [node.className, node.textContent.trim().slice(0, 40), node.scrollWidth])"""
PSEUDO = Pseudo()
UNDER = """() => { scrollTo(0, document.documentElement.scrollHeight);
  const bar = document.querySelector(".bar"); if (!bar) return 0;
  const last = [...document.querySelectorAll(".desk, .where")].at(-1);
  return Math.max(0, Math.round(last.getBoundingClientRect().bottom - bar.getBoundingClientRect().top)); }"""


@pytest.fixture
def views(server: Server) -> dict[str, str]:
    with server.desk.begin() as tx:
        server.desk.ann = people.change_person(tx, server.desk.ann.id, roles=[Role.REVIEWER, Role.ADMIN])
    return {**pages_of(server), **{name: f"/{name}" for name in OFFICE}}


@pytest.mark.parametrize("width", WIDTHS)
def test_a_longer_language_fits(
    server: Server,
    open_tab: OpenTab,
    views: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    width: int,
) -> None:
    monkeypatch.setattr(translate, "catalogue", lambda _: PSEUDO)
    tab = open_tab(viewport={"width": width, "height": 800})
    faults: dict[str, Any] = {}
    for name, path in views.items():
        page = tab.open(path)
        assert pseudo("Skip to the content") in page.content()
        measured = {**page.evaluate(RULER), "clipped": page.evaluate(CLIPPED), "under": page.evaluate(UNDER)}
        if measured != {"wide": 0, "small": [], "low": [], "cut": [], "clipped": [], "under": 0}:
            faults[name] = measured
    assert faults == {}


@pytest.mark.parametrize("width", [390, 1280])
def test_a_language_from_right_to_left_is_mirrored(
    server: Server, open_tab: OpenTab, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr(translate, "catalogue", lambda _: PSEUDO)
    monkeypatch.setattr(reading, "SPOKEN", ("en", "ar"))
    paths = pages_of(server)
    tab = open_tab(viewport={"width": width, "height": 800}, locale="ar")
    for path in paths.values():
        page = tab.open(path)
        assert page.locator("html").get_attribute("dir") == "rtl"
        assert page.evaluate(RULER)["wide"] == 0, path
    page = tab.open(paths["review"])
    assert middle(page, ".wordmark") > width / 2
    if width == 1280:
        assert middle(page, "aside.margin") < middle(page, ".sheet")


def middle(page: Page, selector: str) -> float:
    """Where the middle of an element stands, from the left edge of the window."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2
