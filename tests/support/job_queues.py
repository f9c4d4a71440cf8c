"""Helpers to drive a job queue and to watch it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from signoff.domain.ids import DEFAULT_WORKSPACE
from signoff.services.ports import Job, JobKind, JobQueue
from signoff.store.database import Database, Tx
from tests.support.job_worker import Journal

SECOND = timedelta(seconds=1)


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.dispose()


def job(subject: str) -> Job:
    return Job(kind=JobKind.RESUME, workspace=DEFAULT_WORKSPACE, subject=subject)


def enqueue(
    queue: JobQueue, database: Database, subject: str, *, after: timedelta | None = None, **options: Any
) -> None:
    with database.begin() as tx:
        run_at = None if after is None else tx.now + after
        queue.enqueue(tx, job(subject), run_at=run_at, **options)


@contextmanager
def rolled_back(database: Database) -> Iterator[Tx]:
    with pytest.raises(_Undone), database.begin() as tx:  # noqa: PT012 - the error is what ends the block
        yield tx
        raise _Undone


class _Undone(Exception):
    pass


class Recorder:
    """A handler that keeps what it was given and when."""

    def __init__(self, act: Callable[[str], None] = lambda subject: None) -> None:
        self._act = act
        self.seen: list[str] = []
        self.times: list[float] = []

    def __call__(self, given: Job) -> None:
        assert given == job(given.subject)
        self.seen.append(given.subject)
        self.times.append(time.monotonic())
        self._act(given.subject)


@contextmanager
def working(queue: JobQueue, handler: Callable[[Job], None], **options: Any) -> Iterator[threading.Thread]:
    stop = threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            queue.run(handler, stop=stop, **options)
        except BaseException as error:  # noqa: BLE001 - raised below
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
    assert failures == []


@contextmanager
def worker_process(url: str, journal: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "tests.support.job_worker", url, str(journal)])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > ends:
            pytest.fail("it did not come about")
        time.sleep(0.01)


def wait_for(until: threading.Event | threading.Barrier) -> None:
    until.wait(10)


def counted(journal: Path, word: str) -> list[str]:
    return [subject for said, subject, _ in Journal(journal).read() if said == word]
