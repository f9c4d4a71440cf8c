"""Jobs in the desk's own SQLite file, worked on by one process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Protocol

from signoff.jobs.backoff import KILLED, Backoff, describe
from signoff.jobs.station import Station, station_of
from signoff.services.ports import FailedJob, Job, nothing
from signoff.store import jobs as rows
from signoff.store.database import Database, Tx
from signoff.store.jobs import StoredJob

log = logging.getLogger(__name__)

_AFTER_TROUBLE = 1.0
"""Seconds to wait when the database itself fails."""


class EmbeddedQueue:
    """`JobQueue` on SQLite. Jobs that a killed process left running are put back by the next one.

    Args:
        poll: seconds between looks at the table; an enqueuing in the same process is noticed at once.
    """

    def __init__(self, database: Database, *, backoff: Backoff | None = None, poll: float = 0.2) -> None:
        if database.path is None:
            raise ValueError("the embedded queue needs an SQLite database")
        self._database = database
        self._backoff = backoff or Backoff()
        self._poll = poll
        self._station: Station = station_of(database.path)

    def enqueue(
        self,
        tx: Tx,
        job: Job,
        *,
        run_at: datetime | None = None,
        lock: str | None = None,
        dedupe: str | None = None,
    ) -> None:
        if lock is not None and run_at is not None and run_at > tx.now:
            raise ValueError(f"a job for {run_at} must not hold the lock {lock!r}")
        rows.add(
            tx, kind=job.kind.value, payload=job.model_dump_json(), run_at=run_at, lock=lock, dedupe=dedupe
        )
        tx.after_commit(self._station.ring)

    def cancel(self, tx: Tx, dedupe: str) -> None:
        rows.remove(tx, dedupe)

    def failed(self, tx: Tx, *, limit: int = 100) -> tuple[FailedJob, ...]:
        return tuple(
            FailedJob(id=row.id, job=_job(row), attempts=row.attempts, error=row.error)
            for row in rows.failed(tx, limit)
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
        with self._station.work(self._take_over):
            threads = [
                threading.Thread(
                    target=self._serve, args=(handler, stop), name=f"signoff-job-{number}", daemon=True
                )
                for number in range(slots)
            ]
            for thread in threads:
                thread.start()
            try:
                _repeat(sweep, sweep_every, stop)
            finally:
                stop.set()
                self._station.ring()
                for thread in threads:
                    thread.join()

    def run_due(self, handler: Callable[[Job], None], *, limit: int | None = None) -> int:
        done = 0
        with self._station.work(self._take_over):
            while (limit is None or done < limit) and (claimed := self._claim()) is not None:
                self._settle(self._attempt(handler, claimed, Exception))
                done += 1
        return done

    def _take_over(self) -> None:
        with self._database.begin() as tx:
            count = rows.take_over(tx, self._backoff.attempts, KILLED)
        if count:
            log.warning("job.taken_over count=%s", count)

    def _serve(self, handler: Callable[[Job], None], stop: threading.Event) -> None:
        while not stop.is_set():
            heard = self._station.rings
            try:
                claimed = self._claim()
            except Exception:
                log.exception("job.claim_failed")
                stop.wait(_AFTER_TROUBLE)
                continue
            if claimed is None:
                self._station.wait(heard, self._poll)
            else:
                self._settle_at_last(self._attempt(handler, claimed, BaseException), stop)

    def _claim(self) -> StoredJob | None:
        with self._database.read() as tx:
            if not rows.is_one_due(tx):
                return None
        with self._database.begin() as tx:
            return rows.claim(tx)

    def _attempt(
        self, handler: Callable[[Job], None], claimed: StoredJob, caught: type[BaseException]
    ) -> _Outcome:
        """Call the handler; what is to be written down about it."""
        try:
            handler(_job(claimed))
        except caught as error:
            log.warning("job.attempt_failed id=%s attempt=%s", claimed.id, claimed.attempts, exc_info=error)
            return partial(self._after_error, claimed, describe(error))
        except BaseException:
            self._settle(lambda tx: rows.put_back(tx, claimed.id, tx.now, claimed.error))
            raise
        return lambda tx: rows.finish(tx, claimed.id)

    def _after_error(self, claimed: StoredJob, error: str, tx: Tx) -> None:
        pause = self._backoff.pause(claimed.attempts)
        if pause is None:
            rows.give_up(tx, claimed.id, error)
        else:
            rows.put_back(tx, claimed.id, tx.now + pause, error)

    def _settle(self, outcome: _Outcome) -> None:
        with self._database.begin() as tx:
            outcome(tx)

    def _settle_at_last(self, outcome: _Outcome, stop: threading.Event) -> None:
        """Settle, again and again while the database fails: a job left running would keep its lock."""
        while True:
            try:
                return self._settle(outcome)
            except Exception:
                log.exception("job.settle_failed")
                if stop.wait(_AFTER_TROUBLE):
                    return None


class _Outcome(Protocol):
    def __call__(self, tx: Tx, /) -> None: ...


def _job(row: StoredJob) -> Job:
    return Job.model_validate_json(row.payload)


def _repeat(sweep: Callable[[], None], every: float, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            sweep()
        except Exception:
            log.exception("job.sweep_failed")
        stop.wait(every)
