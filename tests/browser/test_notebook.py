"""The card in a real JupyterLab: read, edit, decide by keyboard, and the next cell reads the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.deciding import press
from tests.support.jupyter import SHOWN, WAITING, Lab, Notebook, jupyter_lab

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
RESULT = """\
print(shown.review.outcome, "by", shown.review.decided_by)
print("run", desk.run("first").status, "mails", len(list(maildir.glob("new/*"))))
print("Welcome back." in next(maildir.glob("new/*")).read_text())
print(shown.result["messages"][-1].text)"""
_INSIDE = "document.activeElement?.shadowRoot?.activeElement?.id ?? 'not in a card'"

Open = Callable[[str, list[str]], Notebook]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with jupyter_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def open_notebook(chromium: Browser, lab: Lab) -> Iterator[Open]:
    """Opens notebooks; afterwards nothing may have complained."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000}, color_scheme="light")
    context.set_default_timeout(60_000)
    complaints: list[str] = []

    def open_one(name: str, cells: list[str]) -> Notebook:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        return Notebook(page, lab.put(name, cells))

    yield open_one
    context.close()
    assert complaints == []


def focused(page: Page) -> str:
    """The id of what has the focus inside a card."""
    return str(page.evaluate(_INSIDE))


def test_edited_and_decided_by_keyboard_and_the_next_cell_reads_the_end(open_notebook: Open) -> None:
    notebook = open_notebook("decide.ipynb", [WAITING, SHOWN, RESULT])
    page, card = notebook.page, notebook.cards
    notebook.run(0)
    notebook.run(1)
    card.wait_for()
    assert card.locator("mark.high").all_inner_texts() == ["guaranteed", "risk-free", "l1fetime warranty"]

    press(page, "Shift+Tab")  # from the next cell into the card above it
    press(page, "x")
    assert focused(page) == "ask-reject-reason"
    page.keyboard.type("dd x")
    assert notebook.cells.count() == 3
    press(page, "Control+a", "Delete", "Escape")

    press(page, "a")
    assert focused(page).startswith("ack-brand_term-")
    press(page, "Space", "e")
    card.locator("#edit").wait_for()
    page.keyboard.press("Shift+Tab")
    _edit(card, page)
    press(page, "Control+Enter")
    card.locator("#settling").get_by_text("Until then you can take it back.").wait_for()
    press(page, "u", "Enter")
    card.locator("#approve").wait_for()
    press(page, "a", "Enter")
    card.get_by_role("button", name="Send now").focus()
    press(page, "Enter")
    card.locator("#outcome").get_by_text("Done.").wait_for()
    said = notebook.run(2).inner_text()
    assert "revised by Mia Marketing\nrun finished mails 1\nTrue\n" in said


def _edit(card: Locator, page: Page) -> None:
    body = card.locator("#field-body")
    body.focus()
    press(page, "Control+a")
    page.keyboard.type("Hi Anya,\n\nWelcome back. Results are guaranteed.\n\nEllie")
    card.locator("#preview ins").first.wait_for()
    card.get_by_role("heading", name="1 flag in your edit").wait_for()
    card.get_by_role("button", name="Use the safer wording").click()
    card.get_by_role("heading", name="No flags in your edit").wait_for()
    assert "made to last" in body.input_value()
    body.focus()


def test_two_cards_and_the_notebook_do_not_reach_into_each_other(open_notebook: Open) -> None:
    cells = [WAITING, SHOWN, "card(desk, other, by=mia, graph=graph)"]
    notebook = open_notebook("two.ipynb", cells)
    page, cards = notebook.page, notebook.cards
    notebook.page.add_style_tag(content="section h2, .bar button { display: none }")
    before = _look(page)
    for n in range(3):
        notebook.run(n)
    first, second = cards.nth(0), cards.nth(1)
    second.wait_for()
    assert _look(page) == before
    assert first.locator(".title").is_visible()
    second.locator("article label.ack").first.click()
    second.locator("#ask-reject > summary").click()
    for changed in ("article .ack :checked", "#ask-reject[open]"):
        assert (first.locator(changed).count(), second.locator(changed).count()) == (0, 1), changed
    first.locator(".counts a").first.click()
    assert "#" not in page.url
    press(page, "?")
    assert first.locator("dialog[open]").is_visible()
    assert second.locator("dialog[open]").count() == 0
    press(page, "Escape")

    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    dark = "([card]) => getComputedStyle(card).backgroundColor"
    assert first.evaluate_all(dark) == "rgb(23, 22, 19)"
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")
    assert first.evaluate_all(dark) == "rgb(246, 243, 236)"

    count = notebook.cells.count()
    notebook.cells.nth(2).locator(".jp-InputPrompt").first.click()
    press(page, "x")  # outside of a card the key is JupyterLab's own
    cards.nth(1).wait_for(state="detached")
    assert notebook.cells.count() == count - 1


def _look(page: Page) -> object:
    """How things of the notebook look that a style sheet of pages would change."""
    return page.evaluate(
        """() => ["button", "header", "main", "h1", ".jp-Toolbar", ".jp-Cell"].map((name) => {
            const node = document.querySelector(name);
            const style = node && getComputedStyle(node);
            return style && [name, style.font, style.color, style.margin, style.padding, style.minHeight];
        })"""
    )
