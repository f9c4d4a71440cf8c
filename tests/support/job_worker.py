"""A worker process that can be killed: `python -m tests.support.job_worker URL JOURNAL`.

Every job is written into the journal when it starts and when it ends; a subject tells what happens
between: "hang…" never ends unless it was begun before, "suicide…" kills the process, others end at once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

from signoff.jobs.backoff import Backoff
from signoff.jobs.distributed import DistributedQueue
from signoff.jobs.embedded import EmbeddedQueue
from signoff.services.ports import Job
from signoff.store.database import Database

BACKOFF = Backoff(first=timedelta(milliseconds=50), cap=timedelta(milliseconds=200), attempts=3)


def quick_queue(database: Database) -> EmbeddedQueue | DistributedQueue:
    """The queue of `database` with periods short enough for tests."""
    if database.dialect == "sqlite":
        return EmbeddedQueue(database, backoff=BACKOFF)
    return DistributedQueue(database, backoff=BACKOFF, heartbeat=0.3, stalled_after=1.5, poll=0.3)


class Journal:
    """Lines that survive the process that wrote them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, word: str, subject: str) -> None:
        with self._path.open("a") as file:
            file.write(f"{word} {subject} {os.getpid()}\n")

    def read(self) -> list[tuple[str, str, int]]:
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        return [(word, subject, int(process)) for word, subject, process in map(str.split, lines)]


def main(url: str, journal_path: str) -> None:
    journal = Journal(Path(journal_path))

    def handle(job: Job) -> None:
        began_before = any(subject == job.subject for _, subject, _ in journal.read())
        journal.write("began", job.subject)
        if job.subject.startswith("suicide"):
            os.kill(os.getpid(), signal.SIGKILL)
        if job.subject.startswith("hang") and not began_before:
            time.sleep(600)
        if job.subject.startswith("slow"):
            time.sleep(0.1)
        journal.write("ended", job.subject)

    database = Database(url)
    queue = quick_queue(database)
    journal.write("ready", "-")
    queue.run(handle, stop=threading.Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
