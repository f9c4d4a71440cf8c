"""Asking for a thread's wake-up, in the transaction that gives the reason for it."""

from __future__ import annotations

from signoff.domain.ids import ThreadId
from signoff.services.core import Core
from signoff.services.ports import Job, JobKind
from signoff.store import runs
from signoff.store.database import Tx


def wake(tx: Tx, core: Core, thread: ThreadId) -> None:
    """Mark the thread as wanting a wake-up and enqueue the job that gives it."""
    runs.want(tx, thread)
    enqueue_resume(tx, core, thread)


def enqueue_resume(tx: Tx, core: Core, thread: ThreadId) -> None:
    job = Job(kind=JobKind.RESUME, workspace=tx.workspace, subject=thread)
    name = f"{tx.workspace}/{thread}"
    core.queue.enqueue(tx, job, lock=f"thread:{name}", dedupe=f"resume:{name}")
