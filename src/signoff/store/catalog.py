"""What was in force: policy texts, tool schemas, graph drawings and stop switches."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from signoff.domain.ids import Digest
from signoff.domain.policy import Policy
from signoff.store.database import Tx
from signoff.store.rows import ActionRow, GraphRow, PolicyRow, ToolRow, WorkspaceRow
from signoff.store.sql import insert_new, send_new, table

_policies, _tools, _graphs, _workspaces = (
    table(PolicyRow),
    table(ToolRow),
    table(GraphRow),
    table(WorkspaceRow),
)
_actions = table(ActionRow)


def keep_policy(tx: Tx, policy: Policy) -> None:
    """Keep the text of a policy."""
    values = {
        "hash": policy.content_hash,
        "name": policy.name,
        "version": policy.version,
        "source": policy.source,
        "loaded_at": tx.now,
    }
    send_new(tx, _policies, values)


def policy_source(tx: Tx, content_hash: Digest) -> str | None:
    query = select(_policies.c.source).where(_policies.c.hash == content_hash)
    source: str | None = tx.execute(query).scalar_one_or_none()
    return source


def policy_hashes(tx: Tx) -> list[Digest]:
    """Every policy text that is kept, by its hash."""
    return [Digest(row.hash) for row in tx.execute(select(_policies.c.hash))]


@dataclass(frozen=True)
class PolicyVersion:
    """A policy text that judged calls of the workspace, and how many."""

    hash: Digest
    name: str
    version: str
    calls: int
    first_at: datetime
    last_at: datetime


def policy_versions(tx: Tx) -> list[PolicyVersion]:
    """Every policy text that judged something here: by name, the last used first."""
    of = _actions.c
    judged = (
        select(
            of.policy_hash,
            func.count().label("calls"),
            func.min(of.created_at).label("first_at"),
            func.max(of.created_at).label("last_at"),
        )
        .where(of.workspace == tx.workspace)
        .group_by(of.policy_hash)
        .subquery()
    )
    query = (
        select(
            _policies.c.hash,
            _policies.c.name,
            _policies.c.version,
            judged.c.calls,
            judged.c.first_at,
            judged.c.last_at,
        )
        .join(judged, judged.c.policy_hash == _policies.c.hash)
        .order_by(_policies.c.name, judged.c.last_at.desc())
    )
    return [PolicyVersion(**row._mapping) for row in tx.execute(query)]  # noqa: SLF001 - its public name


def keep_tool(tx: Tx, fingerprint: str, name: str, schema: dict[str, Any]) -> None:
    values = {"fingerprint": fingerprint, "name": name, "argument_schema": json.dumps(schema)}
    send_new(tx, _tools, values)


def tool_schema(tx: Tx, fingerprint: str) -> dict[str, Any] | None:
    query = select(_tools.c.argument_schema).where(_tools.c.fingerprint == fingerprint)
    text = tx.execute(query).scalar_one_or_none()
    schema: dict[str, Any] | None = None if text is None else json.loads(text)
    return schema


def keep_graph(tx: Tx, name: str, fingerprint: str, drawing: dict[str, Any]) -> None:
    tx.execute(delete(_graphs).where(_graphs.c.name == name))
    values = {
        "name": name,
        "fingerprint": fingerprint,
        "drawing": json.dumps(drawing),
        "checked_at": tx.now,
    }
    insert_new(tx, _graphs, values)


def graph_fingerprint(tx: Tx, name: str) -> str | None:
    found: str | None = tx.execute(
        select(_graphs.c.fingerprint).where(_graphs.c.name == name)
    ).scalar_one_or_none()
    return found


def graph_drawing(tx: Tx, name: str) -> dict[str, Any] | None:
    text = tx.execute(select(_graphs.c.drawing).where(_graphs.c.name == name)).scalar_one_or_none()
    drawing: dict[str, Any] | None = None if text is None else json.loads(text)
    return drawing


def graph_names(tx: Tx) -> list[str]:
    return list(tx.execute(select(_graphs.c.name).order_by(_graphs.c.name)).scalars())


@dataclass(frozen=True)
class StopState:
    """Since when, by whom and why nothing starts in the workspace."""

    at: datetime
    by: str
    reason: str


def stop_state(tx: Tx) -> StopState | None:
    row = tx.execute(select(_workspaces).where(_workspaces.c.id == tx.workspace)).one_or_none()
    if row is None or row.stopped_at is None:
        return None
    return StopState(row.stopped_at, row.stopped_by, row.stop_reason)


def set_stop(tx: Tx, by: str | None, reason: str | None) -> None:
    """Turn the stop switch on, or off when `by` is None."""
    insert_new(tx, _workspaces, {"id": tx.workspace, "created_at": tx.now})
    values = {"stopped_at": tx.now if by else None, "stopped_by": by, "stop_reason": reason}
    tx.execute(update(_workspaces).where(_workspaces.c.id == tx.workspace).values(**values))
