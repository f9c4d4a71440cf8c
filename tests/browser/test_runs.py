"""The run view in Chromium: what axe and a ruler find, and a thread of any name by its link."""

from __future__ import annotations

from typing import Any

import pytest

from signoff.domain.person import Role
from signoff.domain.run import RunStatus
from signoff.services import people
from signoff.store import catalog
from signoff.store import people as accounts
from tests.browser.conftest import SCHEMES, WIDTHS, OpenTab, Server
from tests.browser.look import Look
from tests.web.desk import Desk, cheap_hash
from tests.web.graphs import FIFTEEN
from tests.web.run_samples import sample
from tests.web.test_runs import unknown_effect

ODD = "50%/half ?x=1&y#%2e/../ü"


def admin(desk: Desk) -> Any:
    with desk.begin() as tx:
        added = people.add_person(tx, email="root@example.com", name="Root", roles=(Role.ADMIN,))
        accounts.set_password_hash(tx, added.id, cheap_hash())
    return added


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_and_the_ruler_find_nothing(
    server: Server, open_tab: OpenTab, look: Look, scheme: str, width: int
) -> None:
    desk = server.desk
    review = desk.propose(thread="paused")
    sample(desk, "paused", RunStatus.PAUSED)
    sample(desk, "failed", RunStatus.FAILED, error="ValueError: " + "away " * 60)
    unknown_effect(desk, "unknown")
    with desk.begin() as tx:
        catalog.keep_graph(tx, "outbound_copy", "f2", FIFTEEN)
    tab = open_tab(admin(desk), color_scheme=scheme, viewport={"width": width, "height": 800})
    paths = {
        "runs": "/runs",
        "paused run": "/runs/paused?find=a",
        "failed run": "/runs/failed",
        "effects": "/effects",
        "review of a run": f"/reviews/{review.id}",
    }
    for view, path in paths.items():
        look.at(tab.open(path), view)
    assert look.faults == {}


def test_a_thread_of_any_name_is_opened_by_its_link_and_retried(server: Server, open_tab: OpenTab) -> None:
    sample(server.desk, ODD, RunStatus.FAILED, error="ValueError: away")
    tab = open_tab(admin(server.desk), java_script_enabled=False)
    page = tab.open("/runs")
    page.get_by_role("link", name="50%/half").click()
    assert "failed at draft" in tab.text()
    page.get_by_text("Retry…").click()
    page.get_by_role("button", name="Retry now").click()
    tab.wait_for("The run goes on at draft.")
    assert "a wake-up is queued already" in tab.text()
