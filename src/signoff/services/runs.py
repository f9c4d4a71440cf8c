"""Starting runs and looking at them."""

from __future__ import annotations

from typing import Any

from signoff.domain.errors import NotFound, VoteInvalid
from signoff.domain.ids import RunId, ThreadId
from signoff.domain.review import Review
from signoff.domain.run import Run, RunStatus
from signoff.services.core import Core
from signoff.services.ports import Job, JobKind
from signoff.services.propose import revoke, supersede
from signoff.services.query import MAX_PAGE, Page
from signoff.store import effects, reviews, runs
from signoff.store.database import Tx
from signoff.store.ids import new_id
from signoff.store.runs import RunFilter

EVERY_RUN = RunFilter()
INPUT_KEY = "signoff_input"
"""Names, in the run's config, the input that a thread was last given."""


def start_run(
    tx: Tx,
    core: Core,
    graph: str,
    input: dict[str, Any],
    *,
    thread: ThreadId | None = None,
    requester: str | None = None,
    trigger: str = "api",
    dedupe_key: str | None = None,
    config: dict[str, Any] | None = None,
) -> tuple[Run, bool]:
    """Queue a run, or return the one that the dedupe key already started.

    New input on a thread that is known supersedes its open reviews and starts over from there. A thread
    keeps the dedupe key of its newest input.

    Returns:
        The run, and whether this call queued it.

    Raises:
        VoteInvalid: the thread is being driven right now, or belongs to another requester, graph or
            workspace.
    """
    if dedupe_key is not None:
        earlier = runs.with_dedupe_key(tx, dedupe_key)
        if earlier is not None:
            return earlier, False
    chosen = thread or ThreadId(new_id("thr"))
    if thread is not None and runs.is_elsewhere(tx, thread):
        raise VoteInvalid("thread", "another workspace has a thread of this name")
    run = Run(
        id=RunId(new_id("run")),
        workspace=tx.workspace,
        thread=chosen,
        graph=graph,
        requester=requester,
        trigger=trigger,
        dedupe_key=dedupe_key,
        status=RunStatus.QUEUED,
        input=input,
        config={**(config or {}), INPUT_KEY: new_id("inp")},
        created_at=tx.now,
        updated_at=tx.now,
    )
    if not runs.add(tx, run):
        run, is_new = _new_input(tx, core, run)
        if not is_new:
            return run, False
    job = Job(kind=JobKind.START, workspace=tx.workspace, subject=chosen)
    name = f"{tx.workspace}/{chosen}"
    core.queue.enqueue(tx, job, lock=f"thread:{name}", dedupe=f"start:{name}")
    return run, True


def _new_input(tx: Tx, core: Core, wanted: Run) -> tuple[Run, bool]:
    """The known run of the thread with its new input, unless the same key gave it that meanwhile."""
    existing = runs.get(tx, wanted.thread, lock=True)
    if existing is None:
        raise VoteInvalid("dedupe_key", "another run was started under this key just now; ask again")
    if wanted.dedupe_key is not None and existing.dedupe_key == wanted.dedupe_key:
        return existing, False
    if existing.lease_until is not None and existing.lease_until > tx.now:
        raise VoteInvalid("thread", "the thread is being driven right now; try again when it pauses")
    if existing.graph and existing.graph != wanted.graph:
        raise VoteInvalid("graph", f"the thread is one of {existing.graph!r}")
    requester = _requester_of(existing, wanted)
    supersede_thread(tx, core, wanted.thread, "New input arrived on the thread.")
    key = wanted.dedupe_key or existing.dedupe_key
    runs.set_input(tx, wanted.thread, wanted.input or {}, wanted.config, requester, key)
    given = {
        "status": RunStatus.QUEUED,
        "input": wanted.input,
        "config": wanted.config,
        "requester": requester,
        "dedupe_key": key,
    }
    return existing.model_copy(update=given), True


def _requester_of(existing: Run, wanted: Run) -> str | None:
    """Who asks on a thread; a second requester could otherwise approve what they asked for themselves."""
    old, new = existing.requester, wanted.requester
    if old is not None and new is not None and old.strip().casefold() != new.strip().casefold():
        raise VoteInvalid("thread", "it belongs to another requester; start a thread of your own")
    return old or new


def supersede_thread(tx: Tx, core: Core, thread: ThreadId, reason: str) -> list[Review]:
    """Close the live reviews of a thread and revoke what was authorised but has not started."""
    gone = [review for review, _ in reviews.live_in_thread(tx, thread)]
    for review in gone:
        supersede(tx, core, review, reason)
    for planned in effects.planned_in(tx, thread):
        revoke(tx, planned.id, reason)
    return gone


def get_run(tx: Tx, thread: ThreadId) -> Run:
    """The run of a thread.

    Raises:
        NotFound: there is none.
    """
    run = runs.get(tx, thread)
    if run is None:
        raise NotFound("run", thread)
    return run


def list_runs(
    tx: Tx, wanted: RunFilter = EVERY_RUN, *, after: str | None = None, limit: int = 25
) -> Page[Run]:
    """Runs, newest first."""
    size = min(max(limit, 1), MAX_PAGE)
    found = runs.page(tx, wanted, after, size + 1)
    items = found[:size]
    return Page(items, items[-1].id if len(found) > size else None)


def due_runs(tx: Tx) -> list[Run]:
    """Runs of this workspace that want a wake-up, oldest first."""
    return runs.due(tx)
