"""The audit chain in its tables. The head is locked last, so chains never wait on each other's work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, insert, select, update

from signoff.domain import canonical
from signoff.domain.audit import GENESIS, AuditEntry, AuditEvent, ChainHead, Seal, seal
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
_EMPTY = (0, GENESIS)
_ADD_ENTRY, _ADD_CONTENT = Prepared(insert(_entries)), Prepared(insert(_contents))


def append(tx: Tx, events: Sequence[AuditEvent]) -> None:
    """Link `events` after the head, which stays locked until the commit."""
    size, previous = _locked_head(tx)
    for event in events:
        size, salt = size + 1, new_salt()
        sealed = seal(tx.workspace, size, previous, event, tx.now, salt)
        _ADD_ENTRY.send(tx, _entry_values(tx, size, previous, event, sealed))
        _ADD_CONTENT.send(
            tx, {"workspace": tx.workspace, "seq": size, "salt": salt, "content": sealed.content}
        )
        previous = sealed.hash
    _MOVE_HEAD.send(tx, {"of": tx.workspace, "new_size": size, "new_hash": previous})


def head(tx: Tx) -> ChainHead:
    """Where the chain of the workspace ends; size 0 for an empty one."""
    size, end = _read_head(tx, _READ_HEAD) or _EMPTY
    return ChainHead(workspace=tx.workspace, size=size, hash=end)


def _locked_head(tx: Tx) -> tuple[int, Digest]:
    found = _read_head(tx, _LOCK_HEAD)
    if found is None:
        insert_new(tx, _heads, {"workspace": tx.workspace, "size": 0, "hash": GENESIS})
        found = _read_head(tx, _LOCK_HEAD)
    return found or _EMPTY


def _read_head(tx: Tx, query: Prepared) -> tuple[int, Digest] | None:
    row = query.run(tx, {"of": tx.workspace}).one_or_none()
    return None if row is None else (row.size, Digest(row.hash))


def entries(
    tx: Tx,
    *,
    after: int = 0,
    limit: int | None = None,
    review_id: str | None = None,
    thread: str | None = None,
) -> Iterator[AuditEntry]:
    """Entries in the order of the chain, with their content unless it was erased."""
    query = with_content(tx).where(_entries.c.seq > after).order_by(_entries.c.seq)
    if review_id is not None:
        query = query.where(_entries.c.review_id == review_id)
    if thread is not None:
        query = query.where(_entries.c.thread == thread)
    for row in tx.execute(query.limit(limit)):
        yield entry_of(row)


def with_content(tx: Tx) -> Select[Any]:
    """The entries of the workspace, each beside its content."""
    beside = and_(_contents.c.workspace == _entries.c.workspace, _contents.c.seq == _entries.c.seq)
    return (
        select(_entries, _contents.c.salt, _contents.c.content)
        .outerjoin(_contents, beside)
        .where(_entries.c.workspace == tx.workspace)
    )


def _entry_values(tx: Tx, seq: int, previous: Digest, event: AuditEvent, sealed: Seal) -> dict[str, Any]:
    return {
        "workspace": tx.workspace,
        "seq": seq,
        "at": tx.now,
        "event": event.event,
        "actor_kind": event.actor.kind.value,
        "actor_id": event.actor.id,
        "actor_name": event.actor.name,
        "thread": event.thread,
        "action_id": event.action_id,
        "review_id": event.review_id,
        "effect_id": event.effect_id,
        "digest": event.digest,
        "policy": event.policy,
        "channel": event.channel,
        "commitment": sealed.commitment,
        "previous": previous,
        "hash": sealed.hash,
    }


def entry_of(row: Row[Any]) -> AuditEntry:
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
