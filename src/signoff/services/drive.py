"""Driving a thread: one driver at a time, again and again until no wake-up is left."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from signoff.domain.errors import NotFound, ThreadBusy
from signoff.domain.ids import ThreadId, WorkspaceId
from signoff.domain.run import Run, RunStatus
from signoff.services.core import Core
from signoff.services.ports import GraphRunner
from signoff.store import runs, snapshots

_log = logging.getLogger(__name__)


def drive(core: Core, runner: GraphRunner, workspace: WorkspaceId, thread: ThreadId) -> RunStatus:
    """Advance a thread until it pauses, finishes or fails with no wake-up asked for meanwhile.

    Raises:
        NotFound: there is no such run.
        ThreadBusy: somebody else drives it; whoever does serves the wake-up too.
    """
    with core.database.begin(workspace, durable=False) as tx:
        run = runs.acquire(tx, thread, tx.now + core.settings.lease)
        if run is None:
            if runs.get(tx, thread) is None:
                raise NotFound("run", thread)
            raise ThreadBusy(thread=thread)
    with _kept_alive(core, run):
        while True:
            done = runner.advance(run)
            with core.database.begin(workspace, durable=False) as tx:
                if runs.release(tx, run, done.status, done.error):
                    if done.snapshot is not None:
                        snapshots.keep(tx, thread, done.snapshot)
                    return done.status
                now = runs.get(tx, thread)
            if now is None or now.fence != run.fence:
                raise ThreadBusy(thread=thread)
            run = now


@contextmanager
def _kept_alive(core: Core, run: Run) -> Iterator[None]:
    """Extend the lease of the thread while it is driven."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(core.settings.lease.total_seconds() / 3):
            try:
                with core.database.begin(run.workspace, durable=False) as tx:
                    runs.extend_lease(tx, run.thread, run.fence, tx.now + core.settings.lease)
            except Exception:  # noqa: BLE001 - the next beat may reach the database again
                _log.warning("The lease of thread %s could not be extended.", run.thread, exc_info=True)

    heart = threading.Thread(target=beat, name=f"signoff-drive-{run.thread}", daemon=True)
    heart.start()
    try:
        yield
    finally:
        done.set()
        heart.join()
