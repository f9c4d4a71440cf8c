"""Workers that die, meet, or lose their database."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from procrastinate.manager import JobManager
from sqlalchemy import text

from signoff.domain.errors import DatabaseUnready, SecondWorker
from signoff.jobs import check_queue, install_queue
from signoff.jobs.embedded import EmbeddedQueue
from signoff.services.ports import JobQueue
from signoff.store import procrastinate_jobs as rows
from signoff.store.database import Database
from tests.support.job_queues import (
    Recorder,
    counted,
    enqueue,
    job,
    opened,
    wait_for,
    wait_until,
    worker_process,
    working,
)
from tests.support.job_worker import BACKOFF, Journal, quick_queue
from tests.support.postgres import Postgres, fresh_database


@pytest.mark.crash
class TestDeadWorkers:
    def test_the_jobs_of_a_killed_worker_are_taken_over(
        self, queue: JobQueue, database: Database, database_url: str, tmp_path: Path
    ) -> None:
        journal = tmp_path / "journal"
        with worker_process(database_url, journal) as victim:
            enqueue(queue, database, "hang", lock="thread", dedupe="d")
            enqueue(queue, database, "next", lock="thread")
            wait_until(lambda: counted(journal, "began") == ["hang"])
            enqueue(queue, database, "hang", lock="thread", dedupe="d")
            victim.send_signal(signal.SIGKILL)
            victim.wait()
        killed = time.monotonic()
        with worker_process(database_url, journal):
            wait_until(lambda: len(counted(journal, "ended")) == 3)

        assert counted(journal, "began") == ["hang", "hang", "next", "hang"]
        assert counted(journal, "ended") == ["hang", "next", "hang"]
        assert time.monotonic() - killed < 10

    def test_a_job_that_kills_its_workers_is_given_up(
        self, queue: JobQueue, database: Database, database_url: str, tmp_path: Path
    ) -> None:
        journal = tmp_path / "journal"
        enqueue(queue, database, "suicide")
        for _ in range(BACKOFF.attempts):
            with worker_process(database_url, journal) as victim:
                assert victim.wait(30) == -signal.SIGKILL
        with worker_process(database_url, journal):
            enqueue(queue, database, "after")
            wait_until(lambda: counted(journal, "ended") == ["after"])

            def is_given_up() -> bool:
                with database.read() as tx:
                    return [failed.job.subject for failed in queue.failed(tx)] == ["suicide"]

            wait_until(is_given_up)

        assert counted(journal, "began").count("suicide") == BACKOFF.attempts
        with database.read() as tx:
            [failed] = queue.failed(tx)
        assert (failed.attempts, "killed" in failed.error) == (BACKOFF.attempts, True)


class TestEmbedded:
    def test_a_second_worker_process_is_refused_by_name_of_the_file(
        self, sqlite_database: Database, sqlite_url: str, tmp_path: Path
    ) -> None:
        journal = tmp_path / "journal"
        queue = quick_queue(sqlite_database)
        with worker_process(sqlite_url, journal) as first:
            enqueue(queue, sqlite_database, "a")
            wait_until(lambda: counted(journal, "ended") == ["a"])

            refusals: list[Callable[[], object]] = [
                lambda: queue.run(Recorder(), stop=threading.Event()),
                lambda: queue.run_due(Recorder()),
            ]
            for attempt in refusals:
                with pytest.raises(SecondWorker) as refused:
                    attempt()
                assert str(sqlite_database.path) in refused.value.message
                assert str(first.pid) in refused.value.message

            # Enqueuing from this process goes on, and the first worker does the work.
            enqueue(queue, sqlite_database, "b")
            wait_until(lambda: counted(journal, "ended") == ["a", "b"])

        recorder = Recorder()
        enqueue(queue, sqlite_database, "c")
        queue.run_due(recorder)
        assert recorder.seen[-1] == "c"

    def test_one_process_may_drain_beside_its_own_worker(self, sqlite_database: Database) -> None:
        queue, other = quick_queue(sqlite_database), quick_queue(sqlite_database)
        blocked = threading.Event()
        recorder = Recorder(lambda subject: wait_for(blocked))
        enqueue(queue, sqlite_database, "slow")
        with working(queue, recorder):
            wait_until(lambda: recorder.seen == ["slow"])
            enqueue(queue, sqlite_database, "quick")
            assert other.run_due(Recorder()) == 1
            blocked.set()

        assert recorder.seen == ["slow"]

    def test_an_interrupted_drain_puts_the_job_back_at_once(self, sqlite_database: Database) -> None:
        def interrupt(subject: str) -> None:
            raise KeyboardInterrupt

        queue = quick_queue(sqlite_database)
        enqueue(queue, sqlite_database, "a")
        with pytest.raises(KeyboardInterrupt):
            queue.run_due(Recorder(interrupt))

        assert queue.run_due(Recorder()) == 1

    def test_idle_workers_notice_a_commit_at_once(self, sqlite_database: Database) -> None:
        queue = EmbeddedQueue(sqlite_database, poll=30)
        recorder = Recorder()
        stop = threading.Event()
        thread = threading.Thread(target=queue.run, args=(recorder,), kwargs={"stop": stop, "slots": 2})
        thread.start()
        time.sleep(0.5)
        enqueue(queue, sqlite_database, "a")
        wait_until(lambda: recorder.seen == ["a"], seconds=5)
        stop.set()
        queue._station.ring()
        thread.join(10)
        assert not thread.is_alive()

    def test_it_wants_sqlite(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="SQLite"):
            EmbeddedQueue(Database("postgresql://nobody@/nothing"))


@pytest.mark.postgres
class TestDistributed:
    def test_several_workers_share_the_work_and_keep_the_locks(
        self, postgres_database: Database, postgres_url: str, tmp_path: Path
    ) -> None:
        journal = tmp_path / "journal"
        queue = quick_queue(postgres_database)
        with worker_process(postgres_url, journal) as first, worker_process(postgres_url, journal) as second:
            wait_until(lambda: len(counted(journal, "ready")) == 2)
            with postgres_database.begin() as tx:
                for number in range(24):
                    queue.enqueue(tx, job(f"slow{number:02}"), lock=f"thread{number % 4}")
            wait_until(lambda: len(counted(journal, "ended")) == 24)

        entries = [entry for entry in Journal(journal).read() if entry[0] != "ready"]
        assert {process for _, _, process in entries} == {first.pid, second.pid}
        for thread in range(4):
            of_thread = [(word, subject) for word, subject, _ in entries if int(subject[4:]) % 4 == thread]
            subjects = [f"slow{number:02}" for number in range(thread, 24, 4)]
            assert of_thread == [(word, subject) for subject in subjects for word in ("began", "ended")]

    def test_a_living_worker_takes_over_from_a_dead_one(
        self, postgres_database: Database, postgres_url: str, tmp_path: Path
    ) -> None:
        journal = tmp_path / "journal"
        queue = quick_queue(postgres_database)
        with worker_process(postgres_url, journal) as victim:
            enqueue(queue, postgres_database, "hang")
            wait_until(lambda: counted(journal, "began") == ["hang"])
            with worker_process(postgres_url, journal):
                wait_until(lambda: len(counted(journal, "ready")) == 2)
                time.sleep(2)
                assert counted(journal, "began") == ["hang"]
                victim.kill()
                killed = time.monotonic()
                wait_until(lambda: counted(journal, "ended") == ["hang"])
                assert time.monotonic() - killed < 5

    def test_a_worker_goes_on_when_its_connections_are_cut(
        self, postgres_database: Database, postgres_url: str
    ) -> None:
        recorder = Recorder()
        queue = quick_queue(postgres_database)
        with working(queue, recorder, slots=2):
            enqueue(queue, postgres_database, "before")
            wait_until(lambda: recorder.seen == ["before"])
            postgres_database.dispose()
            with psycopg.connect(postgres_url, autocommit=True) as connection:
                connection.execute(
                    "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                    " where datname = current_database() and pid <> pg_backend_pid()"
                )
            postgres_database.dispose()
            enqueue(queue, postgres_database, "after")
            wait_until(lambda: recorder.seen == ["before", "after"])

    def test_a_job_whose_end_could_not_be_written_is_done_again(
        self, postgres_database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        finish = JobManager.finish_job
        losses: list[int] = []

        async def lose_once(self: JobManager, *args: Any, **options: Any) -> None:
            if not losses:
                losses.append(1)
                raise RuntimeError("the database was away")
            await finish(self, *args, **options)

        monkeypatch.setattr(JobManager, "finish_job", lose_once)
        recorder = Recorder()
        queue = quick_queue(postgres_database)
        enqueue(queue, postgres_database, "a", lock="thread")
        enqueue(queue, postgres_database, "b", lock="thread")
        with working(queue, recorder):
            wait_until(lambda: len(recorder.seen) == 3)

        assert recorder.seen == ["a", "a", "b"]

    def test_only_one_of_several_rescuers_puts_a_job_back(self, postgres_database: Database) -> None:
        queue = quick_queue(postgres_database)
        enqueue(queue, postgres_database, "a")
        with postgres_database.begin() as tx:
            tx.execute(text("update procrastinate_jobs set status = 'doing'"))
            [job_id] = tx.execute(text("select id from procrastinate_jobs")).scalars()
        seen = rows.Attempt(job_id, None, 0)

        results = []
        for _ in range(2):
            with postgres_database.begin() as tx:
                results.append(rows.put_back(tx, seen, 3, "lost"))
        with postgres_database.begin() as tx:
            tx.execute(text("update procrastinate_jobs set status = 'doing'"))
        with postgres_database.begin() as tx:
            results.append(rows.put_back(tx, seen, 3, "lost"))

        assert results == [True, False, False]

    def test_a_job_that_outlives_the_stopping_of_its_worker_is_not_given_away(
        self, postgres_database: Database
    ) -> None:
        queue = quick_queue(postgres_database)
        recorder, other = Recorder(lambda subject: time.sleep(3)), Recorder()
        stop = threading.Event()
        stopping = threading.Thread(target=queue.run, args=(recorder,), kwargs={"stop": stop})
        stopping.start()
        enqueue(queue, postgres_database, "long")
        wait_until(lambda: recorder.seen == ["long"])
        stop.set()
        with working(quick_queue(postgres_database), other):
            stopping.join(20)
        assert other.seen == []
        assert queue.run_due(other) == 0

    def test_a_database_without_the_queue_is_found_out(self, postgres: Postgres) -> None:
        with fresh_database(postgres) as url, opened(url) as database:
            with pytest.raises(DatabaseUnready, match="signoff migrate"):
                check_queue(database)
            install_queue(database)
            check_queue(database)
