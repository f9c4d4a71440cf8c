"""Actions as they were proposed, and what the policy said about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import bindparam, insert, select

from signoff.domain import canonical
from signoff.domain.action import Action, EffectClass
from signoff.domain.flag import RiskFlag
from signoff.domain.ids import ActionId, Digest, ReviewId, ThreadId, WorkspaceId
from signoff.domain.policy import Verdict
from signoff.domain.value import Value
from signoff.store.database import Tx
from signoff.store.prepared import Prepared
from signoff.store.rows import ActionRow, ReviewRow
from signoff.store.sql import table

_actions, _reviews = table(ActionRow), table(ReviewRow)
_flags: TypeAdapter[tuple[RiskFlag, ...]] = TypeAdapter(tuple[RiskFlag, ...])

BY_KEY = Prepared(
    select(_actions)
    .where(
        _actions.c.workspace == bindparam("of"),
        _actions.c.thread == bindparam("in_thread"),
        _actions.c.key == bindparam("with_key"),
    )
    .order_by(_actions.c.id.desc())
)
_BY_ID = Prepared(
    select(_actions).where(_actions.c.workspace == bindparam("of"), _actions.c.id == bindparam("with_id"))
)
_ADD = Prepared(insert(_actions))


class StoredAction(Value):
    """An action with its frozen flags and verdict."""

    id: ActionId
    digest: Digest
    action: Action
    flags: tuple[RiskFlag, ...]
    verdict: Verdict


def add(
    tx: Tx, action_id: ActionId, action: Action, digest: Digest, flags: Sequence[RiskFlag], verdict: Verdict
) -> None:
    _ADD.send(
        tx,
        {
            "id": action_id,
            "workspace": tx.workspace,
            "thread": action.thread,
            "key": action.key,
            "pause": action.pause,
            "tool": action.tool,
            "fingerprint": action.fingerprint,
            "effect_class": action.effect_class.value,
            "digest": digest,
            "arguments": canonical.encode(action.arguments),
            "bound": canonical.encode(action.bound),
            "context": canonical.encode(action.context),
            "flags": dump_flags(flags),
            "verdict": verdict.model_dump_json(),
            "ruling": verdict.effect.value,
            "rule": verdict.rule,
            "policy_hash": verdict.policy_hash,
            "created_at": tx.now,
            "erased_at": None,
        },
    )


def with_key(tx: Tx, thread: ThreadId, key: str) -> list[StoredAction]:
    """What was ever proposed under `key`, newest first; more than one when its inputs changed."""
    rows = BY_KEY.run(tx, {"of": tx.workspace, "in_thread": thread, "with_key": key})
    return [stored_action(row) for row in rows]


def get(tx: Tx, action_id: ActionId) -> StoredAction:
    return stored_action(_BY_ID.run(tx, {"of": tx.workspace, "with_id": action_id}).one())


def ids_in(tx: Tx, thread: ThreadId) -> list[tuple[ActionId, ReviewId | None]]:
    """Everything that was ever proposed in a thread, with each review of it."""
    query = (
        select(_actions.c.id, _reviews.c.id.label("review_id"))
        .outerjoin(_reviews, _reviews.c.action_id == _actions.c.id)
        .where(_actions.c.workspace == tx.workspace, _actions.c.thread == thread)
    )
    return [
        (ActionId(row.id), None if row.review_id is None else ReviewId(row.review_id))
        for row in tx.execute(query)
    ]


def dump_flags(flags: Sequence[RiskFlag]) -> str:
    return _flags.dump_json(tuple(flags)).decode()


def load_flags(text: str) -> tuple[RiskFlag, ...]:
    return _flags.validate_json(text)


def stored_action(row: Any) -> StoredAction:
    return StoredAction(
        id=ActionId(row.id),
        digest=Digest(row.digest),
        action=action_of(row),
        flags=load_flags(row.flags),
        verdict=Verdict.model_validate_json(row.verdict),
    )


def action_of(row: Any) -> Action:
    return Action(
        workspace=WorkspaceId(row.workspace),
        thread=ThreadId(row.thread),
        key=row.key,
        pause=row.pause,
        tool=row.tool,
        fingerprint=row.fingerprint,
        effect_class=EffectClass(row.effect_class),
        arguments=canonical.decode(row.arguments),
        bound=canonical.decode(row.bound),
        context=canonical.decode(row.context),
    )
