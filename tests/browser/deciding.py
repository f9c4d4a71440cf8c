"""What tests of deciding have in common."""

from __future__ import annotations

from playwright.sync_api import Page

from signoff.domain.review import Review
from tests.browser.conftest import Server
from tests.web.desk import PASSWORD
from tests.web.samples import EMAIL

CLEAN = {**EMAIL, "body": "Hi Dana,\n\nwould Monday at ten suit you?\n\nSam"}


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


def sign_in(page: Page) -> None:
    page.locator("#email").press_sequentially("ann@example.com")
    page.locator("#password").press_sequentially(PASSWORD)
    press(page, "Enter")
