"""The audit chain in its tables. The head is locked last, so chains never wait on each other's work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, and_, bindparam, insert, select, update

from signoff.domain import canonical
from signoff.domain.audit import GENESIS, AuditEntry, AuditEvent, ChainHead, sealed
from signoff.domain.ids import Digest, WorkspaceId
from signoff.domain.person import Actor, ActorKind
from signoff.store.database import Tx
from signoff.store.ids import new_salt
from signoff.store.prepared import Prepared
from signoff.store.rows import AuditContentRow, AuditHeadRow, AuditRow
from signoff.store.sql import insert_new, table

_entries, _contents, _heads = table(AuditRow), table(AuditContentRow), table(AuditHeadRow)

_head = select(_heads.c.size, _heads.c.hash).where(_heads.c.workspace == bindparam("of"))
_READ_HEAD, _LOCK_HEAD = Prepared(_head), Prepared(_head.with_for_update())
_MOVE_HEAD = Prepared(
    update(_heads)
    .where(_heads.c.workspace == bindparam("of"))
    .values(size=bindparam("new_size"), hash=bindparam("new_hash"))
)
_ADD_ENTRY, _ADD_CONTENT = Prepared(insert(_entries)), Prepared(insert(_contents))


def append(tx: Tx, events: Sequence[AuditEvent]) -> None:
    """Link `events` after the head, which stays locked until the commit."""
    previous = _locked_head(tx)
    for audit_event in events:
        entry, content = sealed(tx.workspace, previous, audit_event, tx.now, new_salt())
        previous = ChainHead(workspace=tx.workspace, size=entry.seq, hash=entry.hash)
        _ADD_ENTRY.send(tx, _entry_values(entry))
        kept = {"workspace": tx.workspace, "seq": entry.seq, "salt": entry.salt, "content": content}
        _ADD_CONTENT.send(tx, kept)
    _MOVE_HEAD.send(tx, {"of": tx.workspace, "new_size": previous.size, "new_hash": previous.hash})


def head(tx: Tx) -> ChainHead:
    """Where the chain of the workspace ends; size 0 for an empty one."""
    return _read_head(tx, _READ_HEAD) or _empty(tx)


def _locked_head(tx: Tx) -> ChainHead:
    found = _read_head(tx, _LOCK_HEAD)
    if found is None:
        insert_new(tx, _heads, {"workspace": tx.workspace, "size": 0, "hash": GENESIS})
        found = _read_head(tx, _LOCK_HEAD)
    return found or _empty(tx)


def _read_head(tx: Tx, query: Prepared) -> ChainHead | None:
    row = query.run(tx, {"of": tx.workspace}).one_or_none()
    return row and ChainHead(workspace=tx.workspace, size=row.size, hash=Digest(row.hash))


def _empty(tx: Tx) -> ChainHead:
    return ChainHead(workspace=tx.workspace, size=0, hash=GENESIS)


def entries(
    tx: Tx,
    *,
    after: int = 0,
    limit: int | None = None,
    review_id: str | None = None,
    thread: str | None = None,
) -> Iterator[AuditEntry]:
    """Entries in the order of the chain, with their content unless it was erased."""
    query = (
        select(_entries, _contents.c.salt, _contents.c.content)
        .outerjoin(
            _contents, and_(_contents.c.workspace == _entries.c.workspace, _contents.c.seq == _entries.c.seq)
        )
        .where(_entries.c.workspace == tx.workspace, _entries.c.seq > after)
        .order_by(_entries.c.seq)
    )
    if review_id is not None:
        query = query.where(_entries.c.review_id == review_id)
    if thread is not None:
        query = query.where(_entries.c.thread == thread)
    for row in tx.execute(query.limit(limit)):
        yield _entry(row)


def _entry_values(entry: AuditEntry) -> dict[str, Any]:
    return {
        "workspace": entry.workspace,
        "seq": entry.seq,
        "at": entry.at,
        "event": entry.event,
        "actor_kind": entry.actor.kind.value,
        "actor_id": entry.actor.id,
        "actor_name": entry.actor.name,
        "thread": entry.thread,
        "action_id": entry.action_id,
        "review_id": entry.review_id,
        "effect_id": entry.effect_id,
        "digest": entry.digest,
        "policy": entry.policy,
        "channel": entry.channel,
        "commitment": entry.commitment,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        workspace=WorkspaceId(row.workspace),
        seq=row.seq,
        at=row.at,
        event=row.event,
        actor=Actor(kind=ActorKind(row.actor_kind), id=row.actor_id, name=row.actor_name),
        thread=row.thread,
        action_id=row.action_id,
        review_id=row.review_id,
        effect_id=row.effect_id,
        digest=row.digest,
        policy=row.policy,
        channel=row.channel,
        commitment=row.commitment,
        previous=row.previous,
        hash=row.hash,
        content=None if row.content is None else canonical.decode(row.content),
        salt=row.salt,
    )
