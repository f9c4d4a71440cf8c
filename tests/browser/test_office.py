"""What axe and a ruler find on the pages around the review, with a month of history behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import SCHEMES, WIDTHS, Server, Tab, serving
from tests.browser.look import Look
from tests.web.history import POLICY, Team, add_team, seed

Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Team]]:
    file = tmp_path_factory.mktemp("office") / "signoff.db"
    with serving(f"sqlite:///{file}", POLICY) as running:
        team = add_team(running.desk)
        seed(running.desk, team, calls=150)
        yield running, team


@pytest.fixture
def auditor(chromium: Browser, office: tuple[Server, Team]) -> Iterator[Tab]:
    running, team = office
    context = chromium.new_context(locale="en-GB", timezone_id="Europe/Berlin", reduced_motion="reduce")
    tab = Tab(context.new_page(), running)
    tab.sign_in(team.mara)
    yield tab
    context.close()
    assert (tab.complaints, tab.foreign) == ([], [])


def pages_of(running: Server) -> dict[str, str]:
    """Every page of this part by name."""
    policy = f"/policies/{running.desk.core.judge.policy.content_hash}"
    return {
        "dashboard": "/dashboard",
        "reviews behind a figure": "/dashboard/reviews?tab=decided&decided=1",
        "audit": "/audit?event=review.revised_draft",
        "policies": "/policies",
        "policy": policy,
        "changes": f"{policy}/changes",
        "backtest": f"{policy}/backtest",
    }


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_and_the_ruler_find_nothing(auditor: Tab, look: Look, scheme: Scheme, width: int) -> None:
    auditor.page.set_viewport_size({"width": width, "height": 800})
    auditor.page.emulate_media(color_scheme=scheme)
    for view, path in pages_of(auditor.server).items():
        look.at(auditor.open(path), view)
    assert look.faults == {}


def test_an_auditor_verifies_finds_and_takes_away_by_keyboard(auditor: Tab) -> None:
    page = auditor.open("/audit")
    page.get_by_role("button", name="Verify all").focus()
    page.keyboard.press("Enter")
    auditor.wait_for("Verified up to entry")
    page.get_by_label("What").select_option("vote.cast")
    page.get_by_label("Tool").select_option("refund")
    page.get_by_label("Tool").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**tool=refund**")
    assert "CET" in page.locator(".trail .local").first.inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").focus()
        page.keyboard.press("Enter")
    lines = download.value.path().read_text().splitlines()
    assert lines[0].startswith("seq,at,event,actor_kind")
    assert len(lines) > 10
    assert all(",vote.cast,person,person " in line for line in lines[1:])
