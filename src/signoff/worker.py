"""The worker: does the jobs of the queue, and looks after what time alone brings."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from signoff.registry import Registry
from signoff.services.erase import Retention
from signoff.services.handle import handle
from signoff.services.ports import Job, nothing
from signoff.services.reconcile import reconcile
from signoff.services.sweep import sweep
from signoff.settings import Settings

log = logging.getLogger(__name__)


class Worker:
    """Drives the threads of a registry's graphs."""

    def __init__(self, registry: Registry, settings: Settings, *, slots: int | None = None) -> None:
        self._registry = registry
        self._core = registry.core
        self._settings = settings
        self._slots = slots or settings.slots
        self._keep = Retention(snapshots=settings.keep_snapshots, content=settings.keep_content)
        self._reconciled_at = time.monotonic()

    def run(self, stop: threading.Event, ready: Callable[[], None] = nothing) -> None:
        """Work until `stop` is set; `ready` is called once this process is the worker.

        Raises:
            SecondWorker: another process works on the same SQLite file.
        """
        waiting = [ready]

        def look_after() -> None:
            while waiting:
                waiting.pop()()
            self._look_after()

        self._core.queue.run(
            self._handle,
            stop=stop,
            slots=self._slots,
            sweep=look_after,
            sweep_every=self._settings.sweep_every.total_seconds(),
        )

    def run_due(self) -> int:
        """Do what is due now; how many jobs were done or tried.

        Raises:
            SecondWorker: another process works on the same SQLite file.
        """
        sweep(self._core)
        return self._core.queue.run_due(self._handle)

    def _handle(self, job: Job) -> None:
        handle(self._core, self._registry, job)

    def _look_after(self) -> None:
        sweep(self._core)
        if time.monotonic() - self._reconciled_at < self._settings.reconcile_every.total_seconds():
            return
        self._reconciled_at = time.monotonic()
        self._registry.expire(self._keep)
        for found in reconcile(self._core, self._registry):
            log.warning("thread.reconciled thread=%s found=%s", found.thread, found.found)


class WorkerThread:
    """A worker beside something else in the same process."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._stop = threading.Event()
        self._settled = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="signoff-worker", daemon=True)

    def start(self) -> None:
        """Start, and wait until it works.

        Raises:
            SecondWorker: another process works on the same SQLite file.
        """
        self._thread.start()
        self._settled.wait()
        if self._error is not None:
            raise self._error

    @property
    def error(self) -> BaseException | None:
        """What ended the worker before it was told to stop."""
        return self._error

    def stop(self) -> None:
        """Let the jobs now running end, and stop."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        try:
            self._worker.run(self._stop, self._settled.set)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that started this one
            self._error = error
        finally:
            self._settled.set()
