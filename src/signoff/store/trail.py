"""The audit chain as somebody searches it: filtered, newest first, or walked page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, literal_column, select

from signoff.domain.audit import VERIFIED, AuditEntry
from signoff.store.audit import entry_of, with_content
from signoff.store.database import Tx
from signoff.store.rows import ActionRow, AuditRow, PolicyRow, RunRow
from signoff.store.sql import table

_entries, _actions = table(AuditRow), table(ActionRow)
_runs, _policies = table(RunRow), table(PolicyRow)


@dataclass(frozen=True)
class TrailFilter:
    """Which entries are read; every field that is None does not narrow it."""

    person: str | None = None
    """Id of who acted."""
    agent: str | None = None
    """The graph on whose threads it happened."""
    thread: str | None = None
    review: str | None = None
    event: str | None = None
    tool: str | None = None
    policy: str | None = None
    """Name of the policy that judged the call it is about."""
    rule: str | None = None
    """The rule that spoke about it."""
    since: datetime | None = None
    until: datetime | None = None
    """The first instant that is left out."""


def newest(tx: Tx, wanted: TrailFilter, before: int | None, limit: int) -> list[AuditEntry]:
    """Entries from behind `before` backwards."""
    query = _matching(tx, wanted).order_by(_entries.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(_entries.c.seq < before)
    return [entry_of(row) for row in tx.execute(query)]


def forward(tx: Tx, wanted: TrailFilter, after: int, limit: int) -> list[AuditEntry]:
    """Entries from behind `after` in the order of the chain."""
    query = _matching(tx, wanted).where(_entries.c.seq > after).order_by(_entries.c.seq).limit(limit)
    return [entry_of(row) for row in tx.execute(query)]


def last_verification(tx: Tx) -> AuditEntry | None:
    """The newest entry that says how a verification went."""
    # Written out, because no database uses a partial index for a value that comes as a parameter.
    is_one = _entries.c.event == literal_column(f"'{VERIFIED}'")
    query = with_content(tx).where(is_one).order_by(_entries.c.seq.desc()).limit(1)
    row = tx.execute(query).one_or_none()
    return None if row is None else entry_of(row)


def graphs(tx: Tx) -> list[str]:
    """Names of the graphs that ever ran here."""
    query = select(_runs.c.graph).where(_runs.c.workspace == tx.workspace).distinct().order_by(_runs.c.graph)
    return [row.graph for row in tx.execute(query)]


def _matching(tx: Tx, wanted: TrailFilter) -> Select[tuple[object, ...]]:
    of = _entries.c
    equal = ((of.actor_id, wanted.person), (of.thread, wanted.thread), (of.review_id, wanted.review),
             (of.event, wanted.event))  # fmt: skip
    conditions = [column == value for column, value in equal if value is not None]
    if wanted.since is not None:
        conditions.append(of.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(of.at < wanted.until)
    if wanted.agent is not None:
        threads = select(_runs.c.thread).where(
            _runs.c.workspace == tx.workspace, _runs.c.graph == wanted.agent
        )
        conditions.append(of.thread.in_(threads))
    query = with_content(tx).where(*conditions)
    about = _about_action(wanted)
    if not about:
        return query
    return query.join(
        _actions, and_(_actions.c.workspace == of.workspace, _actions.c.id == of.action_id)
    ).where(*about)


def _about_action(wanted: TrailFilter) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.tool is not None:
        conditions.append(_actions.c.tool == wanted.tool)
    if wanted.rule is not None:
        conditions.append(_actions.c.rule == wanted.rule)
    if wanted.policy is not None:
        hashes = select(_policies.c.hash).where(_policies.c.name == wanted.policy)
        conditions.append(_actions.c.policy_hash.in_(hashes))
    return conditions
