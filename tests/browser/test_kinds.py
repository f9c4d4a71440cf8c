"""What axe and a ruler find on the review of each kind, as it is read and as it is edited."""

from __future__ import annotations

import pytest

from tests.browser.conftest import SCHEMES, WIDTHS, OpenTab, Server
from tests.browser.look import Look
from tests.web.kinds import open_kinds

VIEWS = {
    "email": "e-mail",
    "email_html": "e-mail in HTML",
    "contract_clause": "clause",
    "refund": "refund",
    "data_conflict": "conflict",
    "data_changes": "changed values",
    "deal": "deal",
    "fields": "fields",
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_and_the_ruler_find_nothing(
    server: Server, open_tab: OpenTab, look: Look, scheme: str, width: int
) -> None:
    reviews = open_kinds(server.desk)
    tab = open_tab(color_scheme=scheme, viewport={"width": width, "height": 800})
    for kind, review in reviews.items():
        look.at(tab.open(f"/reviews/{review.id}"), VIEWS[kind])
    for kind in ("email", "refund", "fields"):
        look.at(tab.open(f"/reviews/{reviews[kind].id}?edit=1"), f"{VIEWS[kind]}, edited")
    assert look.faults == {}
