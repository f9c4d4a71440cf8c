"""What threads held when they were last driven: one row for each, replaced every time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from signoff.domain.ids import ThreadId
from signoff.domain.snapshot import RunSnapshot
from signoff.store.database import Tx
from signoff.store.rows import RunSnapshotRow
from signoff.store.sql import insert_new, table

_snapshots = table(RunSnapshotRow)
LIMIT = 256 * 1024


@dataclass(frozen=True)
class StoredSnapshot:
    """A snapshot and when it was taken."""

    snapshot: RunSnapshot
    at: datetime


def keep(tx: Tx, thread: ThreadId, snapshot: RunSnapshot) -> None:
    """Keep what a thread holds now; the state is left out where it would be too large."""
    content = snapshot.model_dump_json(exclude_defaults=True)
    if len(content.encode()) > LIMIT:
        content = snapshot.model_copy(update={"state": ()}).model_dump_json(exclude_defaults=True)
    values = {"content": content, "taken_at": tx.now}
    here = (_snapshots.c.workspace == tx.workspace, _snapshots.c.thread == thread)
    if tx.execute(update(_snapshots).where(*here).values(**values)).rowcount == 0:
        insert_new(tx, _snapshots, {"workspace": tx.workspace, "thread": thread, **values})


def get(tx: Tx, thread: ThreadId) -> StoredSnapshot | None:
    query = select(_snapshots.c.content, _snapshots.c.taken_at).where(
        _snapshots.c.workspace == tx.workspace, _snapshots.c.thread == thread
    )
    row = tx.execute(query).one_or_none()
    return None if row is None else StoredSnapshot(RunSnapshot.model_validate_json(row.content), row.taken_at)
