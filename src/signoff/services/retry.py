"""Waking a run that failed, or whose driver was lost: by a person, through a job."""

from __future__ import annotations

from datetime import datetime

from signoff.domain.audit import AuditEvent
from signoff.domain.errors import NotFound, NotRetryable
from signoff.domain.ids import ThreadId
from signoff.domain.person import Actor
from signoff.domain.run import Run, RunStatus
from signoff.domain.sentence import sentence
from signoff.services.core import Core
from signoff.services.wake import wake
from signoff.store import runs
from signoff.store.database import Tx

_WHY_NOT = {
    RunStatus.QUEUED: sentence("its first step is queued; a worker takes it."),
    RunStatus.DUE: sentence("a wake-up is queued already; a worker takes it."),
    RunStatus.RUNNING: sentence("it is being driven right now."),
    RunStatus.PAUSED: sentence("it waits for people; deciding its reviews wakes it."),
    RunStatus.FINISHED: sentence("it has finished."),
    RunStatus.CANCELLED: sentence("it was cancelled."),
}


def why_no_retry(run: Run, now: datetime) -> str | None:
    """Why a retry would help nothing, in words; None when it may."""
    if run.erased_at is not None:
        return "what it said was erased, and nothing is left to go on from."
    if run.is_driven_by_caller:
        return sentence("its own program drives it (graph.invoke), and a second driver could leave it stuck.")
    is_lost = run.status is RunStatus.RUNNING and run.lease_until is not None and run.lease_until < now
    return None if run.status is RunStatus.FAILED or is_lost else _WHY_NOT[run.status]


def retry_run(tx: Tx, core: Core, thread: ThreadId, actor: Actor, channel: str) -> Run:
    """Enqueue a wake-up of the run, which goes on from its last checkpoint.

    Raises:
        NotFound: there is no such run.
        NotRetryable: it neither failed nor lost its driver, or a job for it is queued already.
    """
    run = runs.get(tx, thread, lock=True)
    if run is None:
        raise NotFound("run", thread)
    why_not = why_no_retry(run, tx.now)
    if why_not is not None:
        raise NotRetryable(thread, run.status, why_not)
    wake(tx, core, thread)
    content = {"graph": run.graph, "status": run.status.value, "error": run.error}
    tx.record(AuditEvent(event="run.retried", actor=actor, thread=thread, channel=channel, content=content))
    return runs.get(tx, thread) or run
