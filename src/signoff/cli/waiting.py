"""A worker for one command: it drives what is queued until a thread pauses or ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from signoff.domain.ids import ThreadId

if TYPE_CHECKING:
    from signoff.app import Desk
    from signoff.domain.run import Run
    from signoff.settings import Settings
    from signoff.worker import Worker

_POLL = 0.3


def worker_for(desk: Desk, settings: Settings, graph: str) -> Worker:
    """A worker that can drive `graph`."""
    from signoff.registry import Registry
    from signoff.worker import Worker

    registry = Registry(desk, settings.graphs)
    registry.graph(graph)
    return Worker(registry, settings)


def waited(desk: Desk, mine: Worker, thread: str) -> Run:
    """The run once it pauses or ends; works on the queue unless another process does."""
    from signoff.domain.errors import SecondWorker
    from signoff.domain.run import RunStatus
    from signoff.services import runs

    worker: Worker | None = mine
    while True:
        try:
            if worker is not None:
                worker.run_due()
        except SecondWorker:
            worker = None
        with desk.read() as tx:
            now = runs.get_run(tx, ThreadId(thread))
        if now.status not in (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.DUE):
            return now
        time.sleep(_POLL)
