"""What is known in a thread about one call, read at once."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select

from signoff.domain.action import Action
from signoff.domain.effect import Effect
from signoff.domain.ids import EffectId, ThreadId
from signoff.domain.review import Review
from signoff.store import effects
from signoff.store.actions import BY_KEY, StoredAction, stored_action
from signoff.store.database import Tx
from signoff.store.prepared import Prepared, Rows, run_together
from signoff.store.reviews import LIVE_IN_THREAD, WITHOUT_REDRAFT, Place, place_of, review_of
from signoff.store.rows import EffectRow, ReviewRow
from signoff.store.sql import table

_reviews, _effects = table(ReviewRow), table(EffectRow)


_OF_EFFECT = Prepared(
    select(_reviews)
    .join(_effects, _effects.c.review_id == _reviews.c.id)
    .where(_effects.c.workspace == bindparam("of"), _effects.c.id == bindparam("with_id"))
)


class Looked(NamedTuple):
    """What became of a call so far."""

    proposed: tuple[StoredAction, ...]
    """What was proposed under its key, newest first."""
    effect: Effect | None
    review: Review | None
    """The review that authorised the effect."""


def look(tx: Tx, thread: ThreadId, key: str, effect_id: EffectId) -> Looked:
    parameters = {"of": tx.workspace, "in_thread": thread, "with_key": key, "with_id": effect_id}
    queries = (BY_KEY, effects.BY_ID, _OF_EFFECT)
    proposed, effect, review = run_together(tx, *((query, parameters) for query in queries))
    effect_row, review_row = effect.one_or_none(), review.one_or_none()
    return Looked(
        proposed=tuple(stored_action(row) for row in proposed),
        effect=None if effect_row is None else effects.effect_of(effect_row),
        review=None if review_row is None else review_of(review_row),
    )


class Met(NamedTuple):
    """What was there before the proposal."""

    earlier: tuple[StoredAction, ...]
    """What was proposed under the same key, newest first."""
    live: tuple[tuple[Review, Place], ...]
    """Reviews that are not closed, settlements left out."""
    without_redraft: Review | None
    """A review of the tool whose requested changes no redraft has answered yet, and that was not asked in
    the same turn; of several one with the title of the proposal, or the newest."""


def meet(tx: Tx, action: Action, title: str) -> Met:
    parameters = {**_redraft_parameters(tx, action, title), "with_key": action.key}
    queries = (BY_KEY, LIVE_IN_THREAD, WITHOUT_REDRAFT)
    earlier, live, asked = run_together(tx, *((query, parameters) for query in queries))
    return Met(
        earlier=tuple(stored_action(row) for row in earlier),
        live=tuple((review_of(row), place_of(row)) for row in live),
        without_redraft=_redraft_wanted(asked),
    )


def without_redraft(tx: Tx, action: Action, title: str) -> Review | None:
    """Like `Met.without_redraft`, as of now."""
    return _redraft_wanted(WITHOUT_REDRAFT.run(tx, _redraft_parameters(tx, action, title)))


def _redraft_parameters(tx: Tx, action: Action, title: str) -> dict[str, str]:
    return {
        "of": tx.workspace,
        "in_thread": action.thread,
        "with_tool": action.tool,
        "of_pause": action.pause,
        "with_title": title,
    }


def _redraft_wanted(rows: Rows) -> Review | None:
    row = rows.one_or_none()
    return None if row is None else review_of(row)
