"""A review as still HTML: what stays in a saved notebook, for whoever opens it."""

from __future__ import annotations

import re

from signoff.app import Desk
from signoff.domain.ids import PersonId
from signoff.domain.person import Person
from signoff.domain.visibility import NOBODY
from signoff.notebook.drawing import draw, style
from signoff.services import people, query
from signoff.store.database import Tx
from signoff.web.pages.common import read_sources
from signoff.web.pages.view import ReviewView, review_view

_NAMED = re.compile(r'\s(?:id|aria-labelledby|popovertarget)="[^"]*"')


def still(desk: Desk, review_id: str, buttons: str) -> str:
    """The sheet and the margin of the page, with nothing that acts; it runs no script.

    Args:
        buttons: says how to get a card that can be decided in.
    """
    with desk.read() as tx:
        view = _view(tx, desk, review_id)
        deciders = _deciders(tx, view)
    html = draw(
        "still.html", view=view, deciders=deciders, buttons=buttons, editing=False, typed={}, style=style()
    )
    # Several stand in one document, and nothing in them is led to.
    return _NAMED.sub("", html)


def _view(tx: Tx, desk: Desk, review_id: str) -> ReviewView:
    # It is nobody's page: it says who may decide, not what its reader may do.
    nobody = Person(id=PersonId(""), workspace=desk.workspace, email="", name="", roles=frozenset())
    return review_view(read_sources(tx, desk.core, review_id, nobody, NOBODY))


def _deciders(tx: Tx, view: ReviewView) -> list[str]:
    """Names of those whose approval counts now."""
    if not view.review.is_live:
        return []
    file = view.sources.file
    return [person.name for person in people.everybody(tx) if query.eligibility(file, person) is None]
