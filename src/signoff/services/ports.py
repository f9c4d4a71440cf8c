"""What the services need from outside, each with two real adapters."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from signoff.domain.ids import WorkspaceId
from signoff.domain.run import Run, RunStatus
from signoff.domain.snapshot import RunSnapshot
from signoff.domain.value import Value
from signoff.store.database import Tx


class JobKind(StrEnum):
    """What is to be done."""

    START = "start"
    """Take the first step of a run."""
    RESUME = "resume"
    """Wake a paused thread."""
    CLOSE = "close"
    """Close a review whose settling window has ended."""


class Job(Value):
    """Work to be done after the commit. Handlers are idempotent: they read the rows again."""

    kind: JobKind
    workspace: WorkspaceId
    subject: str
    """The thread for `START` and `RESUME`, the review for `CLOSE`."""


class FailedJob(Value):
    """A job that used up its attempts; kept until somebody removes it."""

    id: str
    job: Job
    attempts: int
    error: str


def nothing() -> None:
    """A sweep that does nothing."""


class JobQueue(Protocol):
    """Durable jobs: enqueued in the caller's transaction, done at least once after its commit.

    Jobs of one `lock` run one at a time and in the order of enqueueing; a job waiting for its retry
    holds back those behind it. A handler that raises is called again after a growing pause; after the
    last attempt the job is kept as failed. The jobs of a worker that died are taken over.
    """

    def enqueue(
        self,
        tx: Tx,
        job: Job,
        *,
        run_at: datetime | None = None,
        lock: str | None = None,
        dedupe: str | None = None,
    ) -> None:
        """Have `job` done after `tx` commits, not before `run_at`.

        Args:
            dedupe: while a job of this name waits, another is not added; the earlier `run_at` holds.
                A job that has started no longer counts.

        Raises:
            ValueError: `run_at` lies ahead and a lock is given; the job would hold back the others of
                its lock until then.
        """
        ...

    def cancel(self, tx: Tx, dedupe: str) -> None:
        """Take back the waiting job of this name; nothing happens if it has started or never was."""
        ...

    def run(
        self,
        handler: Callable[[Job], None],
        *,
        stop: threading.Event,
        slots: int = 1,
        sweep: Callable[[], None] = nothing,
        sweep_every: float = 5.0,
    ) -> None:
        """Work until `stop` is set and the jobs then running have ended.

        Args:
            sweep: called every `sweep_every` seconds, beside the jobs; may raise.

        Raises:
            SecondWorker: another process works on the same SQLite file.
        """
        ...

    def run_due(self, handler: Callable[[Job], None], *, limit: int | None = None) -> int:
        """Do what is due now, jobs that arise meanwhile included; how many were done or tried.

        Raises:
            SecondWorker: another process works on the same SQLite file.
        """
        ...

    def failed(self, tx: Tx, *, limit: int = 100) -> tuple[FailedJob, ...]:
        """Jobs that used up their attempts, oldest first."""
        ...


class ThreadState(Value):
    """How a thread stands by its checkpoints."""

    is_pending: bool
    """Whether it has work left: a pause, or a step that was cut off."""
    waits_elsewhere: bool
    """Whether it is paused by an interrupt that is not one of ours."""


class Advanced(Value):
    """How far a thread got."""

    status: RunStatus
    error: str = ""
    """In words, where it failed."""
    snapshot: RunSnapshot | None = None
    """What it holds now; None where nobody can tell."""


class GraphRunner(Protocol):
    """Drives threads of graphs; the caller holds the thread's lease."""

    def advance(self, run: Run) -> Advanced:
        """Give a new run its input, or wake a paused one, until it pauses or ends."""
        ...

    def look(self, run: Run) -> ThreadState | None:
        """How the thread stands; None when its graph is not registered here."""
        ...
