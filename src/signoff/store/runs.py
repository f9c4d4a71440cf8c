"""Runs: one row per thread, with the wake-ups it wants and the lease of whoever drives it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, or_, select, update

from signoff.domain import canonical
from signoff.domain.ids import RunId, ThreadId, WorkspaceId
from signoff.domain.run import Run, RunStatus
from signoff.store.database import Tx
from signoff.store.prepared import Prepared
from signoff.store.rows import RunRow
from signoff.store.sql import insert_new, send_new, table

_runs = table(RunRow)
_moment = _runs.c.updated_at.type
_OF_THREAD = (_runs.c.workspace == bindparam("of"), _runs.c.thread == bindparam("in_thread"))
_get = select(_runs).where(*_OF_THREAD)
_HOLD = Prepared(select(_runs.c.id).where(*_OF_THREAD).with_for_update())
_GET, _GET_LOCKED = Prepared(_get), Prepared(_get.with_for_update())
_WANT = Prepared(
    update(_runs)
    .where(*_OF_THREAD)
    .values(
        wanted=_runs.c.wanted + 1,
        status=case(
            (_runs.c.lease_until > bindparam("at", type_=_moment), RunStatus.RUNNING), else_=RunStatus.DUE
        ),
        updated_at=bindparam("at", type_=_moment),
    )
)
_ACQUIRE = Prepared(
    update(_runs)
    .where(
        *_OF_THREAD,
        or_(_runs.c.lease_until.is_(None), _runs.c.lease_until < bindparam("at", type_=_moment)),
    )
    .values(
        lease_until=bindparam("lease", type_=_moment),
        fence=_runs.c.fence + 1,
        status=RunStatus.RUNNING,
        updated_at=bindparam("at", type_=_moment),
    )
    .returning(*_runs.c)
)
_RELEASE = Prepared(
    update(_runs)
    .where(
        *_OF_THREAD,
        _runs.c.fence == bindparam("with_fence"),
        _runs.c.wanted == bindparam("was_wanted"),
    )
    .values(
        lease_until=None,
        served=bindparam("was_wanted"),
        status=bindparam("new_status"),
        error=bindparam("new_error"),
        updated_at=bindparam("at", type_=_moment),
    )
)


def add(tx: Tx, run: Run) -> bool:
    """Add a run; False when its thread or its dedupe key is there already."""
    return insert_new(tx, _runs, _values(run))


def ensure(tx: Tx, run: Run) -> None:
    """Add a run unless its thread has one."""
    send_new(tx, _runs, _values(run))


def get(tx: Tx, thread: ThreadId, *, lock: bool = False) -> Run | None:
    query = _GET_LOCKED if lock else _GET
    row = query.run(tx, {"of": tx.workspace, "in_thread": thread}).one_or_none()
    return None if row is None else _run(row)


def with_id(tx: Tx, run_id: RunId) -> Run | None:
    query = select(_runs).where(_runs.c.workspace == tx.workspace, _runs.c.id == run_id)
    row = tx.execute(query).one_or_none()
    return None if row is None else _run(row)


def hold(tx: Tx, thread: ThreadId) -> None:
    """Lock the run until the commit. SQLite locks the whole database anyway."""
    if tx.locks_rows:
        _HOLD.send(tx, {"of": tx.workspace, "in_thread": thread})


def with_dedupe_key(tx: Tx, dedupe_key: str) -> Run | None:
    query = select(_runs).where(_runs.c.workspace == tx.workspace, _runs.c.dedupe_key == dedupe_key)
    row = tx.execute(query).one_or_none()
    return None if row is None else _run(row)


def is_elsewhere(tx: Tx, thread: ThreadId) -> bool:
    """Whether another workspace has a thread of this name: the saver knows threads by their name only."""
    query = select(_runs.c.id).where(_runs.c.workspace != tx.workspace, _runs.c.thread == thread).limit(1)
    return tx.execute(query).one_or_none() is not None


def want(tx: Tx, thread: ThreadId) -> None:
    """Ask for a wake-up of the thread."""
    _WANT.send(tx, {"of": tx.workspace, "in_thread": thread, "at": tx.now})


def acquire(tx: Tx, thread: ThreadId, lease_until: datetime) -> Run | None:
    """Take the right to drive the thread; None while somebody else holds it."""
    parameters = {"of": tx.workspace, "in_thread": thread, "at": tx.now, "lease": lease_until}
    row = _ACQUIRE.run(tx, parameters).one_or_none()
    return None if row is None else _run(row)


def extend_lease(tx: Tx, thread: ThreadId, fence: int, lease_until: datetime) -> bool:
    statement = (
        update(_runs)
        .where(_runs.c.workspace == tx.workspace, _runs.c.thread == thread, _runs.c.fence == fence)
        .values(lease_until=lease_until)
    )
    return tx.execute(statement).rowcount == 1


def release(tx: Tx, run: Run, status: RunStatus, error: str) -> bool:
    """Give the thread back; False when another wake-up was asked for meanwhile, or the lease is lost."""
    parameters = {
        "of": tx.workspace,
        "in_thread": run.thread,
        "with_fence": run.fence,
        "was_wanted": run.wanted,
        "new_status": status,
        "new_error": error,
        "at": tx.now,
    }
    return _RELEASE.run(tx, parameters).rowcount == 1


def set_status(tx: Tx, thread: ThreadId, status: RunStatus, **values: Any) -> None:
    statement = (
        update(_runs)
        .where(_runs.c.workspace == tx.workspace, _runs.c.thread == thread)
        .values(status=status, updated_at=tx.now, **values)
    )
    tx.execute(statement)


def set_input(
    tx: Tx,
    thread: ThreadId,
    new_input: dict[str, Any],
    config: dict[str, Any],
    requester: str | None,
    dedupe_key: str | None,
) -> None:
    """New input for a known thread, to be given at its next start."""
    given = {"input": canonical.encode(new_input), "config": canonical.encode(config)}
    set_status(tx, thread, RunStatus.QUEUED, error="", requester=requester, dedupe_key=dedupe_key, **given)


def paused(tx: Tx) -> list[tuple[WorkspaceId, ThreadId]]:
    """Threads of every workspace that wait for people."""
    query = select(_runs.c.workspace, _runs.c.thread).where(_runs.c.status == RunStatus.PAUSED)
    return [(WorkspaceId(row.workspace), ThreadId(row.thread)) for row in tx.execute(query)]


def unserved(tx: Tx, limit: int = 100) -> list[tuple[WorkspaceId, ThreadId]]:
    """Threads of every workspace that want a wake-up, or whose driver died, and that nobody drives."""
    nobody = or_(_runs.c.lease_until.is_(None), _runs.c.lease_until < tx.now)
    query = (
        select(_runs.c.workspace, _runs.c.thread)
        .where(
            nobody,
            or_(
                _runs.c.status == RunStatus.DUE,
                (_runs.c.status == RunStatus.RUNNING) & _runs.c.lease_until.is_not(None),
            ),
        )
        .limit(limit)
    )
    return [(WorkspaceId(row.workspace), ThreadId(row.thread)) for row in tx.execute(query)]


def due(tx: Tx, graph: str | None = None) -> list[Run]:
    """Runs of this workspace that want a wake-up, oldest first."""
    query = select(_runs).where(_runs.c.workspace == tx.workspace, _runs.c.status == RunStatus.DUE)
    if graph is not None:
        query = query.where(_runs.c.graph == graph)
    return [_run(row) for row in tx.execute(query.order_by(_runs.c.updated_at))]


@dataclass(frozen=True)
class RunFilter:
    """Which runs a list shows; every field that is None does not narrow it."""

    status: RunStatus | None = None
    graph: str | None = None
    thread: str | None = None


def page(tx: Tx, wanted: RunFilter, after: str | None, limit: int) -> list[Run]:
    """Newest first, from behind the id `after`."""
    query = select(_runs).where(_runs.c.workspace == tx.workspace)
    if wanted.status is not None:
        query = query.where(_runs.c.status == wanted.status)
    if wanted.graph is not None:
        query = query.where(_runs.c.graph == wanted.graph)
    if wanted.thread is not None:
        query = query.where(_runs.c.thread == wanted.thread)
    if after is not None:
        query = query.where(_runs.c.id < after)
    return [_run(row) for row in tx.execute(query.order_by(_runs.c.id.desc()).limit(limit))]


def _values(run: Run) -> dict[str, Any]:
    values = run.model_dump(exclude={"input", "config"})
    values["input"] = None if run.input is None else canonical.encode(run.input)
    values["config"] = canonical.encode(run.config)
    return values


def _run(row: Any) -> Run:
    return Run(
        id=RunId(row.id),
        workspace=WorkspaceId(row.workspace),
        thread=ThreadId(row.thread),
        graph=row.graph,
        requester=row.requester,
        trigger=row.trigger,
        dedupe_key=row.dedupe_key,
        status=RunStatus(row.status),
        input=None if row.input is None else canonical.decode(row.input),
        config=canonical.decode(row.config),
        wanted=row.wanted,
        served=row.served,
        lease_until=row.lease_until,
        fence=row.fence,
        error=row.error,
        created_at=row.created_at,
        updated_at=row.updated_at,
        erased_at=row.erased_at,
    )
