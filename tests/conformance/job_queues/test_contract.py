"""One contract for both job queues: embedded in SQLite, and Procrastinate on PostgreSQL."""

from __future__ import annotations

import asyncio
import threading
import time
from itertools import pairwise

import pytest
from sqlalchemy import text

from signoff.domain.ids import DEFAULT_WORKSPACE
from signoff.jobs import install_queue, open_queue
from signoff.jobs.backoff import Backoff
from signoff.jobs.distributed import DistributedQueue
from signoff.jobs.embedded import EmbeddedQueue
from signoff.services.ports import Job, JobKind, JobQueue
from signoff.store.database import Database
from tests.support.job_queues import (
    SECOND,
    Recorder,
    enqueue,
    job,
    rolled_back,
    wait_for,
    wait_until,
    working,
)


class TestTransactions:
    def test_a_rollback_leaves_no_job(self, queue: JobQueue, database: Database) -> None:
        with rolled_back(database) as tx:
            queue.enqueue(tx, job("a"))

        assert queue.run_due(Recorder()) == 0

    def test_a_job_is_not_seen_before_the_commit_and_done_soon_after(
        self, queue: JobQueue, database: Database
    ) -> None:
        recorder = Recorder()
        with working(queue, recorder):
            enqueue(queue, database, "first")
            wait_until(lambda: recorder.seen == ["first"])
            with database.begin() as tx:
                queue.enqueue(tx, job("a"))
                time.sleep(0.6)
                assert recorder.seen == ["first"]
                committed = time.monotonic()
            wait_until(lambda: recorder.seen == ["first", "a"])

        assert recorder.times[1] - committed < 0.5

    def test_all_parts_of_a_job_arrive(self, queue: JobQueue, database: Database) -> None:
        given: list[Job] = []
        sent = [Job(kind=kind, workspace=DEFAULT_WORKSPACE, subject=f"ü/{kind}'%s") for kind in JobKind]
        with database.begin() as tx:
            for one in sent:
                queue.enqueue(tx, one)

        queue.run_due(given.append)

        assert given == sent


class TestTime:
    def test_a_timed_job_waits_for_its_time(self, queue: JobQueue, database: Database) -> None:
        recorder = Recorder()
        with working(queue, recorder):
            started = time.monotonic()
            enqueue(queue, database, "timed", after=SECOND)
            wait_until(lambda: recorder.seen == ["timed"])

        assert 0.9 < recorder.times[0] - started < 2.2

    def test_a_past_time_is_now(self, queue: JobQueue, database: Database) -> None:
        enqueue(queue, database, "a", after=-SECOND, lock="thread")

        assert queue.run_due(Recorder()) == 1

    def test_a_timed_job_may_hold_no_lock(self, queue: JobQueue, database: Database) -> None:
        with pytest.raises(ValueError, match="must not hold the lock 'thread'"):
            enqueue(queue, database, "a", after=SECOND, lock="thread")


class TestDedupe:
    def test_a_waiting_job_is_not_doubled(self, queue: JobQueue, database: Database) -> None:
        for _ in range(3):
            enqueue(queue, database, "a", dedupe="d")
        with database.begin() as tx:
            queue.enqueue(tx, job("a"), dedupe="d")
            queue.enqueue(tx, job("b"), dedupe="e")
            queue.enqueue(tx, job("b"), dedupe="e")
            queue.enqueue(tx, job("c"))

        recorder = Recorder()
        assert queue.run_due(recorder) == 3
        assert recorder.seen == ["a", "b", "c"]

    @pytest.mark.parametrize(
        ("first", "second", "due"),
        [(3600, 0.3, True), (0.3, 3600, True), (3600, None, True), (None, 3600, True), (3600, 1800, False)],
    )
    def test_the_earlier_time_holds(
        self, queue: JobQueue, database: Database, first: float | None, second: float | None, due: bool
    ) -> None:
        for seconds in (first, second):
            after = None if seconds is None else seconds * SECOND
            enqueue(queue, database, "a", after=after, dedupe="d")
        time.sleep(0.4)

        assert queue.run_due(Recorder()) == int(due)

    def test_a_started_job_no_longer_counts(self, queue: JobQueue, database: Database) -> None:
        def again(subject: str) -> None:
            if len(recorder.seen) < 3:
                enqueue(queue, database, subject, dedupe="d")

        recorder = Recorder(again)
        enqueue(queue, database, "a", dedupe="d")

        assert queue.run_due(recorder) == 3

    def test_a_job_that_fails_while_its_like_waits_is_still_retried(
        self, queue: JobQueue, database: Database
    ) -> None:
        def fail_once(subject: str) -> None:
            if len(recorder.seen) == 1:
                enqueue(queue, database, subject, dedupe="d", lock="l")
                raise RuntimeError("not yet")

        recorder = Recorder(fail_once)
        enqueue(queue, database, "a", dedupe="d", lock="l")

        with working(queue, recorder):
            wait_until(lambda: recorder.seen == ["a", "a", "a"])
            time.sleep(0.5)
        assert recorder.seen == ["a", "a", "a"]

    def test_a_job_already_waiting_sees_what_the_second_enqueuing_wrote(
        self, queue: JobQueue, database: Database
    ) -> None:
        committed = threading.Event()
        too_early: list[str] = []
        recorder = Recorder(lambda subject: None if committed.is_set() else too_early.append(subject))
        with working(queue, recorder, slots=2):
            enqueue(queue, database, "a", after=0.4 * SECOND, dedupe="d")
            with database.begin() as tx:
                queue.enqueue(tx, job("a"), dedupe="d")
                tx.after_commit(committed.set)
                time.sleep(1)
                committed.set()
            wait_until(lambda: bool(recorder.seen))

        assert too_early == []
        assert recorder.seen == ["a"]

    def test_a_rolled_back_second_enqueuing_changes_nothing(
        self, queue: JobQueue, database: Database
    ) -> None:
        enqueue(queue, database, "a", after=3600 * SECOND, dedupe="d")
        with rolled_back(database) as tx:
            queue.enqueue(tx, job("a"), dedupe="d")

        assert queue.run_due(Recorder()) == 0

    def test_the_transaction_goes_on_after_a_doubled_enqueuing(
        self, queue: JobQueue, database: Database
    ) -> None:
        enqueue(queue, database, "a", dedupe="d")
        with database.begin() as tx:
            queue.enqueue(tx, job("a"), dedupe="d")
            assert tx.execute(text("select 1")).scalar_one() == 1
            queue.enqueue(tx, job("b"))

        assert queue.run_due(Recorder()) == 2


class TestCancel:
    def test_a_waiting_job_is_taken_back(self, queue: JobQueue, database: Database) -> None:
        enqueue(queue, database, "a", dedupe="d")
        enqueue(queue, database, "b", dedupe="e")
        with database.begin() as tx:
            queue.cancel(tx, "d")
            queue.cancel(tx, "unknown")

        recorder = Recorder()
        queue.run_due(recorder)
        assert recorder.seen == ["b"]

    def test_a_cancelled_key_may_be_used_again(self, queue: JobQueue, database: Database) -> None:
        enqueue(queue, database, "a", dedupe="d", after=3600 * SECOND)
        with database.begin() as tx:
            queue.cancel(tx, "d")
            queue.enqueue(tx, job("b"), dedupe="d")

        recorder = Recorder()
        queue.run_due(recorder)
        assert recorder.seen == ["b"]

    def test_a_rolled_back_cancel_leaves_the_job(self, queue: JobQueue, database: Database) -> None:
        enqueue(queue, database, "a", dedupe="d")
        with rolled_back(database) as tx:
            queue.cancel(tx, "d")

        assert queue.run_due(Recorder()) == 1

    def test_a_started_job_is_not_disturbed(self, queue: JobQueue, database: Database) -> None:
        def cancel_myself(subject: str) -> None:
            with database.begin() as tx:
                queue.cancel(tx, "d")

        enqueue(queue, database, "a", dedupe="d")

        assert queue.run_due(Recorder(cancel_myself)) == 1
        with database.read() as tx:
            assert queue.failed(tx) == ()


class TestLocks:
    def test_jobs_of_one_lock_run_in_order_and_alone_while_another_runs_beside(
        self, queue: JobQueue, database: Database
    ) -> None:
        guard = threading.Lock()
        running: set[str] = set()
        beside: list[frozenset[str]] = []

        def overlap(subject: str) -> None:
            thread = subject[0]
            with guard:
                assert thread not in running
                running.add(thread)
                beside.append(frozenset(running))
            time.sleep(0.15)
            with guard:
                running.discard(thread)

        recorder = Recorder(overlap)
        with database.begin() as tx:
            for number in range(4):
                queue.enqueue(tx, job(f"a{number}"), lock="thread:a")
                queue.enqueue(tx, job(f"b{number}"), lock="thread:b")
        with working(queue, recorder, slots=3):
            wait_until(lambda: len(recorder.seen) == 8)
        with database.read() as tx:
            assert queue.failed(tx) == ()

        for thread in "ab":
            assert [one for one in recorder.seen if one[0] == thread] == [
                f"{thread}{number}" for number in range(4)
            ]
        assert frozenset("ab") in beside

    def test_jobs_without_a_lock_run_side_by_side(self, queue: JobQueue, database: Database) -> None:
        meeting = threading.Barrier(3, timeout=10)
        recorder = Recorder(lambda subject: wait_for(meeting))
        with database.begin() as tx:
            for number in range(3):
                queue.enqueue(tx, job(str(number)))

        with working(queue, recorder, slots=3):
            wait_until(lambda: len(recorder.seen) == 3)
        with database.read() as tx:
            assert queue.failed(tx) == ()

    def test_a_job_that_waits_for_its_retry_holds_back_the_next_of_its_lock(
        self, queue: JobQueue, database: Database
    ) -> None:
        def fail_once(subject: str) -> None:
            if recorder.seen == ["a"]:
                raise RuntimeError("not yet")

        recorder = Recorder(fail_once)
        with database.begin() as tx:
            queue.enqueue(tx, job("a"), lock="thread")
            queue.enqueue(tx, job("b"), lock="thread")
            queue.enqueue(tx, job("other"), lock="other")

        with working(queue, recorder):
            wait_until(lambda: len(recorder.seen) == 4)
        assert recorder.seen == ["a", "other", "a", "b"]


class TestFailure:
    def test_a_failed_job_is_tried_again_after_growing_pauses(
        self, queue: JobQueue, database: Database
    ) -> None:
        def fail_twice(subject: str) -> None:
            if len(recorder.seen) < 3:
                raise RuntimeError("not yet")

        recorder = Recorder(fail_twice)
        enqueue(queue, database, "a")
        with working(queue, recorder):
            wait_until(lambda: len(recorder.seen) == 3)

        first, second, third = recorder.times
        assert second - first >= 0.05
        assert third - second >= 0.1
        with database.read() as tx:
            assert queue.failed(tx) == ()

    def test_after_the_last_attempt_it_is_kept_with_its_error_and_frees_its_lock(
        self, queue: JobQueue, database: Database
    ) -> None:
        def fail(subject: str) -> None:
            if subject == "bad":
                raise RuntimeError("no such thread: \0 ü %s")

        recorder = Recorder(fail)
        enqueue(queue, database, "bad", lock="l", dedupe="d")
        enqueue(queue, database, "good", lock="l")
        with working(queue, recorder):
            wait_until(lambda: "good" in recorder.seen)

        assert recorder.seen == ["bad"] * 3 + ["good"]
        with database.read() as tx:
            [failed] = queue.failed(tx)
        assert failed.job == job("bad")
        assert failed.attempts == 3
        assert failed.error.startswith("RuntimeError: no such thread")
        enqueue(queue, database, "good", dedupe="d")
        assert queue.run_due(Recorder()) == 1

    def test_a_handler_that_exits_does_not_end_the_worker(self, queue: JobQueue, database: Database) -> None:
        def leave(subject: str) -> None:
            if recorder.seen == ["a"]:
                raise SystemExit(3)

        recorder = Recorder(leave)
        enqueue(queue, database, "a")
        with working(queue, recorder):
            wait_until(lambda: recorder.seen == ["a", "a"])

    def test_backoff_doubles_up_to_its_cap_and_ends(self) -> None:
        backoff = Backoff(first=SECOND, cap=10 * SECOND, attempts=7)

        pauses = [backoff.pause(tried) for tried in range(1, 8)]

        assert pauses == [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 10 * SECOND, 10 * SECOND, None]
        assert Backoff(attempts=10**9).pause(10**8) == Backoff().cap


class TestRunning:
    def test_run_due_does_what_is_due_and_what_arises_and_no_more(
        self, queue: JobQueue, database: Database
    ) -> None:
        def follow_up(subject: str) -> None:
            if subject == "a":
                enqueue(queue, database, "b", lock="l")
                enqueue(queue, database, "later", after=3600 * SECOND)

        recorder = Recorder(follow_up)
        enqueue(queue, database, "a", lock="l")

        assert queue.run_due(recorder) == 2
        assert recorder.seen == ["a", "b"]
        assert queue.run_due(recorder) == 0

    def test_run_due_keeps_to_its_limit(self, queue: JobQueue, database: Database) -> None:
        for number in range(5):
            enqueue(queue, database, str(number))

        recorder = Recorder()
        assert [queue.run_due(recorder, limit=limit) for limit in (0, 2, 1, 10)] == [0, 2, 1, 2]
        assert recorder.seen == ["0", "1", "2", "3", "4"]

    def test_run_due_counts_a_failed_try_and_leaves_it_for_later(
        self, queue: JobQueue, database: Database
    ) -> None:
        def fail(subject: str) -> None:
            raise RuntimeError

        enqueue(queue, database, "a")

        assert queue.run_due(Recorder(fail)) == 1
        time.sleep(0.2)
        assert queue.run_due(Recorder()) == 1

    def test_run_due_works_inside_a_running_loop(self, queue: JobQueue, database: Database) -> None:
        enqueue(queue, database, "a")

        async def cell() -> int:
            return queue.run_due(Recorder())

        assert asyncio.run(cell()) == 1

    def test_the_sweep_is_called_again_and_again_even_when_it_fails(
        self, queue: JobQueue, database: Database
    ) -> None:
        sweeps: list[float] = []

        def sweep() -> None:
            sweeps.append(time.monotonic())
            raise RuntimeError

        recorder = Recorder()
        with working(queue, recorder, sweep=sweep, sweep_every=0.1):
            wait_until(lambda: len(sweeps) >= 3)
            enqueue(queue, database, "a")
            wait_until(lambda: recorder.seen == ["a"])

        assert all(later - earlier > 0.09 for earlier, later in pairwise(sweeps))

    def test_stopping_waits_for_the_running_job(self, queue: JobQueue, database: Database) -> None:
        ended = threading.Event()

        def take_time(subject: str) -> None:
            time.sleep(0.5)
            ended.set()

        recorder = Recorder(take_time)
        enqueue(queue, database, "a")
        with working(queue, recorder):
            wait_until(lambda: recorder.seen == ["a"])

        assert ended.is_set()
        assert queue.run_due(Recorder()) == 0

    def test_many_jobs_are_done_once_each(self, queue: JobQueue, database: Database) -> None:
        with database.begin() as tx:
            for number in range(100):
                queue.enqueue(tx, job(f"{number:03}"), lock=f"thread{number % 7}", dedupe=f"d{number}")

        recorder = Recorder()
        with working(queue, recorder, slots=4):
            wait_until(lambda: len(recorder.seen) >= 100)
        assert sorted(recorder.seen) == [f"{number:03}" for number in range(100)]

    def test_the_queue_fits_the_database(self, database: Database) -> None:
        expected = EmbeddedQueue if database.dialect == "sqlite" else DistributedQueue

        assert type(open_queue(database)) is expected

    def test_installing_twice_is_harmless(self, queue: JobQueue, database: Database) -> None:
        enqueue(queue, database, "a")
        install_queue(database)

        assert queue.run_due(Recorder()) == 1
