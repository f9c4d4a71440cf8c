"""The job table of the embedded queue. A job's dedupe key is dropped when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from signoff.store.database import Tx
from signoff.store.ids import new_id
from signoff.store.prepared import Prepared
from signoff.store.rows import JobRow
from signoff.store.sql import table

WAITING, RUNNING, FAILED = "waiting", "running", "failed"

_job = table(JobRow)
_other = _job.alias("other")
_age: ColumnElement[int] = literal_column("job.rowid")
_other_age: ColumnElement[int] = literal_column("other.rowid")
_new = insert(_job)
_ADD = Prepared(
    _new.on_conflict_do_update(
        index_elements=[_job.c.dedupe], set_={"run_at": func.min(_job.c.run_at, _new.excluded.run_at)}
    ),
    ("id", "kind", "lock", "dedupe", "payload", "run_at", "state", "attempts", "error", "created_at"),
)
_REMOVE = Prepared(delete(_job).where(_job.c.dedupe == bindparam("with_dedupe"), _job.c.state == WAITING))


@dataclass(frozen=True)
class StoredJob:
    """A job as it lies in the table; `attempts` counts the current one."""

    id: str
    payload: str
    attempts: int
    error: str


def add(
    tx: Tx, *, kind: str, payload: str, run_at: datetime | None, lock: str | None, dedupe: str | None
) -> None:
    """Add a job, or, if one of the same dedupe key waits, give that one the earlier of the two times."""
    due = run_at or tx.now
    values = {
        "id": new_id("job"),
        "kind": kind,
        "lock": lock,
        "dedupe": dedupe,
        "payload": payload,
        "run_at": due,
        "state": WAITING,
        "attempts": 0,
        "error": "",
        "created_at": tx.now,
    }
    _ADD.send(tx, values)


def remove(tx: Tx, dedupe: str) -> None:
    """Remove the waiting job of this dedupe key, if there is one."""
    _REMOVE.send(tx, {"with_dedupe": dedupe})


def is_one_due(tx: Tx) -> bool:
    """Whether a claim would find something."""
    return tx.execute(_due(tx)).first() is not None


def claim(tx: Tx) -> StoredJob | None:
    """Start the next due job: the one due longest whose lock is free and next in line for it."""
    found = tx.execute(_due(tx)).one_or_none()
    if found is None:
        return None
    attempts = found.attempts + 1
    _change(tx, found.id, state=RUNNING, attempts=attempts, dedupe=None)
    return StoredJob(found.id, found.payload, attempts, found.error)


def finish(tx: Tx, job_id: str) -> None:
    """A job that is done leaves the table."""
    tx.execute(delete(_job).where(_job.c.id == job_id))


def put_back(tx: Tx, job_id: str, run_at: datetime, error: str) -> None:
    """Have a job tried again."""
    _change(tx, job_id, state=WAITING, run_at=run_at, error=error)


def give_up(tx: Tx, job_id: str, error: str) -> None:
    """Keep a job as failed."""
    _change(tx, job_id, state=FAILED, error=error)


def take_over(tx: Tx, most_attempts: int, error: str) -> int:
    """Put back the jobs that a dead worker left running; how many.

    Those that already had `most_attempts` fail with `error`: they may be what killed the worker.
    """
    is_spent = _job.c.attempts >= most_attempts
    changed = (
        update(_job)
        .where(_job.c.state == RUNNING)
        .values(
            state=case((is_spent, FAILED), else_=WAITING),
            error=case((is_spent, error), else_=_job.c.error),
        )
    )
    return tx.execute(changed).rowcount


def failed(tx: Tx, limit: int) -> tuple[StoredJob, ...]:
    """Failed jobs, oldest first."""
    query = (
        select(_job.c.id, _job.c.payload, _job.c.attempts, _job.c.error)
        .where(_job.c.state == FAILED)
        .order_by(_age)
        .limit(limit)
    )
    return tuple(StoredJob(row.id, row.payload, row.attempts, row.error) for row in tx.execute(query))


def _due(tx: Tx) -> Any:
    stands_before = or_(_other.c.state == RUNNING, and_(_other.c.state == WAITING, _other_age < _age))
    is_held = exists().where(_other.c.lock == _job.c.lock, stands_before).correlate(_job)
    return (
        select(_job.c.id, _job.c.payload, _job.c.attempts, _job.c.error)
        .where(_job.c.state == WAITING, _job.c.run_at <= tx.now, ~is_held)
        .order_by(_job.c.run_at, _age)
        .limit(1)
    )


def _change(tx: Tx, job_id: str, **values: Any) -> None:
    tx.execute(update(_job).where(_job.c.id == job_id).values(**values))
