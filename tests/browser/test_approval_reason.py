"""Approving by keyboard where the policy wants to know why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.conftest import OpenTab, Server, serving
from tests.browser.deciding import is_undecided, press
from tests.web.test_approval_reason import REASONED


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose policy asks for a reason where the risk is high."""
    with serving(f"sqlite:///{tmp_path_factory.mktemp('desk') / 'signoff.db'}", REASONED) as running:
        yield running


def test_an_approval_takes_its_ticks_and_its_reason(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}")
    press(page, "n", "Space", "n", "Space", "a")
    page.keyboard.type("Dana asked for it.")
    assert is_undecided(server, review)
    press(page, "Control+Enter")
    tab.wait_for("Until then you can take it back.")
    [vote] = server.desk.file(review).votes
    assert vote.reason == "Dana asked for it."


def test_an_unticked_flag_holds_it_back_too(server: Server, open_tab: OpenTab) -> None:
    review = server.desk.propose()
    tab = open_tab()
    page = tab.open(f"/reviews/{review.id}")
    page.locator("#ask-approve summary").focus()
    press(page, "Enter")
    page.locator("#ask-approve-reason").fill("Dana asked for it.")
    press(page, "Control+Enter")
    tab.wait_for("Tick each high flag once you have checked it; then approve.")
    assert is_undecided(server, review)
