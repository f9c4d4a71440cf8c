"""A review as static HTML: the sheet and the margin of the page, without its buttons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup

from signoff.app import Desk
from signoff.domain.ids import PersonId, ReviewId
from signoff.domain.person import Person
from signoff.domain.review import Review
from signoff.domain.visibility import NOBODY
from signoff.services import people, query
from signoff.services.sight import Sight
from signoff.store.database import Tx
from signoff.web.pages.common import read_sources
from signoff.web.pages.render import assets, environment
from signoff.web.pages.reveal import written
from signoff.web.pages.view import ReviewView, review_view


@dataclass(frozen=True)
class Card:
    """A review that a notebook shows as it stands at that moment; show it again to see what became of it.

    It runs no script, and everything that an agent or a person wrote is escaped.
    """

    desk: Desk
    review_id: str

    def _repr_html_(self) -> str:
        with self.desk.read() as tx:
            view = _view(tx, self.desk, self.review_id)
            deciders = _deciders(tx, view)
        return (
            _templates()
            .get_template("card.html")
            .render(view=view, deciders=deciders, editing=False, typed={}, style=style())
        )

    def __repr__(self) -> str:
        with self.desk.read() as tx:
            review = Sight(tx, self.desk.core, NOBODY).review(ReviewId(self.review_id)).file.review
        state = review.outcome.value if review.outcome else review.state.value
        return f"<review {written(review.title)!r}: {state}, stage {review.stage} of {review.stages_total}>"


def card(desk: Desk, review: Review | str) -> Card:
    """The card of a review, given itself or by its id.

    Raises:
        NotFound: the desk's workspace has no such review.
    """
    review_id = review if isinstance(review, str) else review.id
    return Card(desk, desk.review(review_id).review.id)


def _view(tx: Tx, desk: Desk, review_id: str) -> ReviewView:
    # A card is nobody's page: it says who may decide, not what its reader may do.
    nobody = Person(id=PersonId(""), workspace=desk.workspace, email="", name="", roles=frozenset())
    return review_view(read_sources(tx, desk.core, review_id, nobody, NOBODY))


def _deciders(tx: Tx, view: ReviewView) -> list[str]:
    """Names of those whose approval counts now."""
    if not view.review.is_live:
        return []
    file = view.sources.file
    return [person.name for person in people.everybody(tx) if query.eligibility(file, person) is None]


@cache
def _templates() -> Environment:
    pages = environment()
    assert pages.loader is not None  # noqa: S101 - it is made with one
    return pages.overlay(loader=ChoiceLoader([PackageLoader("signoff.notebook"), pages.loader]))


@cache
def style() -> Markup:
    """The page's own style sheet without what it says about the whole document, here a notebook."""
    lines = assets()["desk.css"].content.decode().splitlines()
    return Markup("\n".join(line for line in lines if not line.strip().startswith("html ")))  # noqa: S704 - ours
