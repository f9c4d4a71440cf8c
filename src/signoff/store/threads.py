"""What a proposal meets in its thread, read at once."""

from __future__ import annotations

from typing import NamedTuple

from signoff.domain.action import Action
from signoff.domain.review import Review
from signoff.store.actions import BY_KEY, StoredAction, stored_action
from signoff.store.database import Tx
from signoff.store.prepared import Rows, run_together
from signoff.store.reviews import LIVE_IN_THREAD, WITHOUT_REDRAFT, Place, place_of, review_of


class Met(NamedTuple):
    """What was there before the proposal."""

    earlier: tuple[StoredAction, ...]
    """What was proposed under the same key, newest first."""
    live: tuple[tuple[Review, Place], ...]
    """Reviews that are not closed, settlements left out."""
    without_redraft: Review | None
    """The newest review of the tool whose requested changes no redraft has answered yet."""


def meet(tx: Tx, action: Action) -> Met:
    parameters = {
        "of": tx.workspace,
        "in_thread": action.thread,
        "with_key": action.key,
        "with_tool": action.tool,
    }
    queries = (BY_KEY, LIVE_IN_THREAD, WITHOUT_REDRAFT)
    earlier, live, asked = run_together(tx, *((query, parameters) for query in queries))
    return Met(
        earlier=tuple(stored_action(row) for row in earlier),
        live=tuple((review_of(row), place_of(row)) for row in live),
        without_redraft=_redraft_wanted(asked),
    )


def without_redraft(tx: Tx, action: Action) -> Review | None:
    """Like `Met.without_redraft`, as of now."""
    parameters = {"of": tx.workspace, "in_thread": action.thread, "with_tool": action.tool}
    return _redraft_wanted(WITHOUT_REDRAFT.run(tx, parameters))


def _redraft_wanted(rows: Rows) -> Review | None:
    row = rows.one_or_none()
    return None if row is None else review_of(row)
