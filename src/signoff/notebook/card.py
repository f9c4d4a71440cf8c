"""A review as a card in a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from signoff.app import Desk
from signoff.domain.ids import PersonId, ReviewId
from signoff.domain.person import Person
from signoff.domain.review import Review
from signoff.domain.run import RunStatus
from signoff.domain.visibility import NOBODY
from signoff.notebook.onward import Onward
from signoff.notebook.sheet import Sheet
from signoff.notebook.still import still
from signoff.services import people
from signoff.services.sight import Sight
from signoff.web.pages.reveal import written

if TYPE_CHECKING:
    from signoff.app import Graph
    from signoff.notebook.widget import CardWidget

_NO_EXTRA = 'Buttons in this card need the extra: pip install "signoff[notebook]"'
_NO_PERSON = "card(desk, review, by=person.id) puts buttons into this card."


class Card:
    """A review in a cell. Made with `card`.

    What stays in a saved notebook is still, shows what nobody in particular may see, and runs no script.
    """

    def __init__(self, desk: Desk, review_id: ReviewId, by: PersonId | None, graph: Graph | None) -> None:
        self._desk, self._review_id, self._by, self._graph = desk, review_id, by, graph
        self._onward = Onward(desk, review_id, graph, self._redraw)
        self._widget: CardWidget | None = None

    @property
    def review(self) -> Review:
        """The review as it stands now, whoever decided it."""
        return self._desk.review(self._review_id).review

    @property
    def result(self) -> Any:
        """The state that the graph ended with.

        None while somebody still has to decide, while a decision can be taken back, and without `graph`.
        A graph that goes on at this moment is waited for; a click never is.
        """
        self._onward.wait()
        thread = self.review.thread
        if self._graph is None or self._desk.run(thread).status is not RunStatus.FINISHED:
            return None
        return self._graph.get_state({"configurable": {"thread_id": thread}}).values

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The live card; what `_repr_html_` gives stands beside it, for where there are no widgets."""
        widget_class = _widget_class()
        if self._by is None or widget_class is None:
            return {}
        if self._widget is None:
            self._widget = widget_class(Sheet(self._desk, self._review_id, self._by), self._onward)
        else:
            self._redraw()
        shown, _metadata = self._widget._repr_mimebundle_() or ({}, {})
        return {kind: data for kind, data in shown.items() if kind != "text/plain"}

    def _repr_html_(self) -> str:
        hint = _NO_EXTRA if _widget_class() is None else "" if self._by else _NO_PERSON
        return still(self._desk, self._review_id, hint)

    def __repr__(self) -> str:
        with self._desk.read() as tx:
            review = Sight(tx, self._desk.core, NOBODY).review(self._review_id).file.review
        state = review.outcome.value if review.outcome else review.state.value
        return f"<review {written(review.title)!r}: {state}, stage {review.stage} of {review.stages_total}>"

    def _redraw(self) -> None:
        if self._widget is not None:
            self._widget.redraw()


def card(
    desk: Desk, review: Review | str, *, by: Person | str | None = None, graph: Graph | None = None
) -> Card:
    """The card of a review, given itself or by its id.

    Args:
        by: who decides in it, or their id; without it the card can only be read. Whoever runs the notebook
            answers for this name, as with `desk.vote`: the vote is recorded as theirs, and their rights hold.
        graph: driven on as soon as a decision of this card is final; without it, call `desk.resume_due`.

    Raises:
        NotFound: the desk's workspace has no such review, or no such person.
    """
    review_id = desk.review(review if isinstance(review, str) else review.id).review.id
    person_id = by.id if isinstance(by, Person) else by
    if person_id is not None:
        with desk.read() as tx:
            people.get_person(tx, PersonId(person_id))
    return Card(desk, review_id, None if person_id is None else PersonId(person_id), graph)


def _widget_class() -> type[CardWidget] | None:
    """The live card; None without the extra."""
    try:
        from signoff.notebook.widget import CardWidget  # noqa: PLC0415 - needs the extra
    except ModuleNotFoundError as missing:
        if missing.name != "anywidget":
            raise
        return None
    return CardWidget
