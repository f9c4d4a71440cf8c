"""What is known in a thread about one call, read at once."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import and_, bindparam, select

from signoff.domain.action import Action
from signoff.domain.effect import Effect, effect_id
from signoff.domain.ids import Digest, ThreadId
from signoff.domain.review import Review, ReviewKind
from signoff.store.actions import BY_KEY, StoredAction, stored_action
from signoff.store.database import Tx
from signoff.store.effects import effect_of
from signoff.store.prepared import Apart, Prepared, Rows, run_together
from signoff.store.reviews import LIVE_IN_THREAD, WITHOUT_REDRAFT, Place, place_of, review_of
from signoff.store.rows import ActionRow, EffectRow, ReviewRow
from signoff.store.sql import table

_actions, _reviews, _effects = table(ActionRow), table(ReviewRow), table(EffectRow)

_ON_ACTION = and_(
    _reviews.c.workspace == _actions.c.workspace,
    _reviews.c.thread == _actions.c.thread,
    _reviews.c.action_id == _actions.c.id,
    _reviews.c.kind != ReviewKind.SETTLEMENT,
)
_ON_EFFECT = and_(_effects.c.workspace == _actions.c.workspace, _effects.c.id == bindparam("with_id"))
_LOOK = Prepared(
    select(_actions, _effects, _reviews)
    .select_from(_actions)
    .outerjoin(_effects, _ON_EFFECT)
    .outerjoin(_reviews, _ON_ACTION)
    .where(
        _actions.c.workspace == bindparam("of"),
        _actions.c.thread == bindparam("in_thread"),
        _actions.c.key == bindparam("with_key"),
        _actions.c.digest == bindparam("with_digest"),
    )
    .order_by(_reviews.c.id.desc())
    .limit(1)
)
_apart = Apart(_actions, _effects, _reviews)


class Looked(NamedTuple):
    """What became of a call so far."""

    stored: StoredAction
    effect: Effect | None
    review: Review | None
    """The newest about it, its settlements left out."""


def look(tx: Tx, thread: ThreadId, key: str, digest: Digest) -> Looked | None:
    """The call that was proposed under `key` with exactly these inputs; None if there was none."""
    parameters = {
        "of": tx.workspace,
        "in_thread": thread,
        "with_key": key,
        "with_digest": digest,
        "with_id": effect_id(tx.workspace, thread, key, digest),
    }
    row = _LOOK.run(tx, parameters).one_or_none()
    if row is None:
        return None
    action, effect, review = _apart(row)
    return Looked(
        stored=stored_action(action),
        effect=None if effect is None else effect_of(effect),
        review=None if review is None else review_of(review),
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
