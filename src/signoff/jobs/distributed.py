"""Jobs on PostgreSQL through Procrastinate, worked on by any number of processes.

Procrastinate's own limits that shape this adapter: deferring from an application that is open for async
work fails in sync code, so jobs are put into its table by a statement of ours; a timed job holds back
the others of its lock, so timers carry none; a job that fails while another of its queueing lock
waits cannot be put back, so a started job gives up that lock; nobody takes over the jobs of a dead worker
unless the application asks for it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from procrastinate import (
    App,
    BaseRetryStrategy,
    JobContext,
    PsycopgConnector,
    RetryDecision,
    SyncPsycopgConnector,
)
from procrastinate.jobs import Job as ProcrastinateJob
from procrastinate.worker import Worker

from signoff.jobs.backoff import KILLED, Backoff, describe
from signoff.services.ports import FailedJob, Job, nothing
from signoff.store import procrastinate_jobs as rows
from signoff.store.database import Database, Tx

log = logging.getLogger(__name__)

QUEUE = "signoff"
TASK = "signoff.job"

_AFTER_TROUBLE = 1.0
"""Seconds to wait when the database itself fails."""

T = TypeVar("T")


class DistributedQueue:
    """`JobQueue` on PostgreSQL; needs `install` once per database.

    A worker that sends no heartbeat for `stalled_after` seconds is taken for dead and its jobs are
    given to others; it may still be alive, so handlers fence what they do.

    Args:
        heartbeat: seconds between heartbeats, and between looks for jobs of dead workers.
        poll: seconds between looks at the table; a commit by any process is noticed at once.
    """

    def __init__(
        self,
        database: Database,
        *,
        backoff: Backoff | None = None,
        heartbeat: float = 5.0,
        stalled_after: float = 20.0,
        poll: float = 1.0,
    ) -> None:
        self.database = database
        self.backoff = backoff or Backoff()
        self.heartbeat = heartbeat
        self.stalled_after = stalled_after
        self.poll = poll
        self._application = App(connector=SyncPsycopgConnector())

    def install(self) -> None:
        """Make Procrastinate's tables unless they are there."""
        with self.database.begin() as tx:
            rows.install(tx, self._application.schema_manager.get_schema())

    def enqueue(
        self,
        tx: Tx,
        job: Job,
        *,
        run_at: datetime | None = None,
        lock: str | None = None,
        dedupe: str | None = None,
    ) -> None:
        is_timed = run_at is not None and run_at > tx.now
        if lock is not None and is_timed:
            raise ValueError(f"a job for {run_at} must not hold the lock {lock!r}")
        due = run_at if is_timed else None
        rows.defer(tx, QUEUE, TASK, job.model_dump_json(), lock=lock, dedupe=dedupe, run_at=due)

    def cancel(self, tx: Tx, dedupe: str) -> None:
        rows.remove(tx, dedupe)

    def failed(self, tx: Tx, *, limit: int = 100) -> tuple[FailedJob, ...]:
        return tuple(
            FailedJob(
                id=str(row.id),
                job=Job.model_validate({name: row.arguments[name] for name in Job.model_fields}),
                attempts=row.attempts,
                error=row.arguments.get("error", ""),
            )
            for row in rows.failed(tx, QUEUE, limit)
        )

    def run(
        self,
        handler: Callable[[Job], None],
        *,
        stop: threading.Event,
        slots: int = 1,
        sweep: Callable[[], None] = nothing,
        sweep_every: float = 5.0,
    ) -> None:
        crew = _Crew(self, handler, stop)
        _in_loop_of_its_own(lambda: crew.work(slots, sweep, sweep_every), stop, threads=slots + 4)

    def run_due(self, handler: Callable[[Job], None], *, limit: int | None = None) -> int:
        stop = threading.Event()
        crew = _Crew(self, handler, stop)
        return _in_loop_of_its_own(lambda: crew.drain(limit), stop, threads=4)


class _Crew:
    """A Procrastinate worker and what must stand beside it."""

    def __init__(
        self, queue: DistributedQueue, handler: Callable[[Job], None], stop: threading.Event
    ) -> None:
        self._queue = queue
        self._handler = handler
        self._stop = stop
        self._ended: dict[rows.Attempt, float] = {}
        self._done = 0
        self._limit: int | None = None
        self._worker_id: int | None = None

    async def work(self, slots: int, sweep: Callable[[], None], sweep_every: float) -> None:
        sweeping = asyncio.create_task(_repeat(sweep_every, lambda: asyncio.to_thread(sweep)))
        try:
            while not self._stop.is_set():
                try:
                    await self._serve(slots)
                except Exception:
                    log.exception("job.worker_failed")
                await _until(self._stop, _AFTER_TROUBLE)
        finally:
            await _cancel(sweeping)

    async def drain(self, limit: int | None) -> int:
        if limit is not None and limit < 1:
            return 0
        self._limit = limit
        app = self._app(slots=1)
        async with app.open_async():
            await self._rescue(app)
            await self._worker(app, concurrency=1, wait=False, listen_notify=False)
        return self._done

    async def _serve(self, slots: int) -> None:
        """Work until told to stop, or until Procrastinate's worker ends because of trouble."""
        app = self._app(slots)
        async with app.open_async():
            worker = asyncio.create_task(self._worker(app, concurrency=slots, wait=True, listen_notify=True))
            stopped = asyncio.create_task(_until(self._stop))
            rescuing = asyncio.create_task(_repeat(self._queue.heartbeat, lambda: self._rescue(app)))
            await asyncio.wait({worker, stopped}, return_when=asyncio.FIRST_COMPLETED)
            await _cancel(stopped)
            await _cancel(rescuing)
            # Procrastinate ends its heartbeat before the running jobs have ended.
            beating = asyncio.create_task(_repeat(self._queue.heartbeat, lambda: self._beat(app)))
            try:
                await _cancel(worker)
            finally:
                await _cancel(beating)

    async def _beat(self, app: App) -> None:
        if self._worker_id is not None:
            await app.job_manager.update_heartbeat(self._worker_id)

    def _app(self, slots: int) -> App:
        address = self._queue.database.url.set(drivername="postgresql")
        conninfo = address.render_as_string(hide_password=False)
        app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=slots + 3))
        app.task(name=TASK, queue=QUEUE, pass_context=True, retry=_Retry(self._queue.backoff))(self._perform)
        return app

    async def _worker(self, app: App, *, concurrency: int, wait: bool, listen_notify: bool) -> None:
        await app.run_worker_async(
            queues=[QUEUE],
            concurrency=concurrency,
            wait=wait,
            listen_notify=listen_notify,
            install_signal_handlers=False,
            fetch_job_polling_interval=self._queue.poll,
            update_heartbeat_interval=self._queue.heartbeat,
            stalled_worker_timeout=self._queue.stalled_after,
            delete_jobs="successful",
            worker_middleware=[self._follow],
        )

    def _perform(self, context: JobContext, /, *, error: str = "", **values: str) -> None:
        try:
            self._handler(Job.model_validate(values))
        except BaseException as raised:
            log.warning("job.attempt_failed id=%s attempt=%s", context.job.id, context.job.attempts + 1)
            with self._queue.database.begin() as tx:
                rows.note_error(tx, _id(context.job), describe(raised))
            if isinstance(raised, Exception):
                raise
            raise RuntimeError(describe(raised)) from raised

    async def _follow(
        self, call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker
    ) -> Any:
        self._worker_id = worker.worker_id
        try:
            return await call_next()
        finally:
            attempt = rows.Attempt(_id(context.job), worker.worker_id, context.job.attempts)
            self._ended[attempt] = time.monotonic()
            self._done += 1
            if self._stop.is_set() or self._done == self._limit:
                worker.stop()  # type: ignore[no-untyped-call]  # not annotated there

    async def _rescue(self, app: App) -> None:
        """Put back the jobs of dead workers, and those of ours whose end could not be written down."""
        stalled = await app.job_manager.get_stalled_jobs(
            queue=QUEUE, seconds_since_heartbeat=self._queue.stalled_after
        )
        lost = [rows.Attempt(_id(job), job.worker_id, job.attempts) for job in stalled]
        old = time.monotonic() - self._queue.stalled_after
        unsettled = [attempt for attempt, ended in list(self._ended.items()) if ended < old]
        if lost or unsettled:
            await asyncio.to_thread(self._put_back, lost + unsettled)
        for attempt in unsettled:
            del self._ended[attempt]

    def _put_back(self, attempts: list[rows.Attempt]) -> None:
        most = self._queue.backoff.attempts
        with self._queue.database.begin() as tx:
            count = sum(rows.put_back(tx, attempt, most, KILLED) for attempt in attempts)
            if count:
                rows.ring(tx, QUEUE)
        if count:
            log.warning("job.taken_over count=%s", count)


class _Retry(BaseRetryStrategy):
    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff

    def get_retry_decision(self, *, exception: BaseException, job: ProcrastinateJob) -> RetryDecision | None:
        pause = self._backoff.pause(job.attempts + 1)
        if pause is None:
            return None
        return RetryDecision(retry_in={"milliseconds": int(pause.total_seconds() * 1000)})


def _id(job: ProcrastinateJob) -> int:
    if job.id is None:
        raise ValueError("a job that was never stored")
    return job.id


def _in_loop_of_its_own(make: Callable[[], Coroutine[Any, Any, T]], stop: threading.Event, threads: int) -> T:
    """Run a coroutine in a thread, since the caller may stand in a running loop (a notebook does)."""
    outcome: list[T] = []
    errors: list[BaseException] = []

    async def main() -> T:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads, "signoff-job"))
        return await make()

    def body() -> None:
        try:
            outcome.append(asyncio.run(main()))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=body, name="signoff-jobs", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.5)
    finally:
        stop.set()
        thread.join()
    if errors:
        raise errors[0]
    return outcome[0]


async def _until(stop: threading.Event, seconds: float | None = None) -> None:
    """Until `stop` is set or the time is over."""
    ends = None if seconds is None else time.monotonic() + seconds
    while not stop.is_set() and (ends is None or time.monotonic() < ends):  # noqa: ASYNC110 - set by a thread
        await asyncio.sleep(0.1)


async def _repeat(every: float, act: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await act()
        except Exception:
            log.exception("job.sweep_failed")
        await asyncio.sleep(every)


async def _cancel(task: asyncio.Task[Any]) -> None:
    """End `task`; what it raised before is raised here."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
