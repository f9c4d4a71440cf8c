"""What we do to Procrastinate's tables beyond its own interface, always in a transaction of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from signoff.store.database import Tx

_INSTALL_LOCK = 0x5349474E4A4F42
"""Key of the advisory lock under which the tables are made: "SIGNJOB"."""


@dataclass(frozen=True)
class Attempt:
    """One attempt at a job: what a stale reader of the table has seen of it."""

    job_id: int
    worker_id: int | None
    earlier: int
    """Attempts before this one."""


@dataclass(frozen=True)
class SpentJob:
    """A job without attempts left; `arguments` hold its error."""

    id: int
    arguments: dict[str, Any]
    attempts: int


def driver_connection(tx: Tx) -> Any:
    """The psycopg connection on which `tx` runs."""
    return tx.wire.handed_out()


def install(tx: Tx, schema: str) -> None:
    """Make Procrastinate's tables unless they are there."""
    tx.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _INSTALL_LOCK})
    if not is_installed(tx):
        driver_connection(tx).execute(schema)


def is_installed(tx: Tx) -> bool:
    return tx.execute(text("select to_regclass('procrastinate_jobs')")).scalar_one() is not None


# A waiting job of the same queueing lock is locked until the commit, so that it will see what this
# transaction wrote, and gets the earlier of the two times; PostgreSQL gives such a row an xmax.
_DEFER = """
    WITH job AS (
        INSERT INTO procrastinate_jobs AS waiting
            (queue_name, task_name, lock, queueing_lock, args, scheduled_at)
        VALUES (%(queue)s, %(task)s, %(lock)s, %(dedupe)s, %(arguments)s::jsonb, %(run_at)s::timestamptz)
        ON CONFLICT (queueing_lock) WHERE status = 'todo' DO UPDATE
            SET scheduled_at = CASE WHEN waiting.scheduled_at IS NULL OR excluded.scheduled_at IS NULL
                THEN NULL ELSE least(waiting.scheduled_at, excluded.scheduled_at) END
        RETURNING xmax <> 0 AS waited
    )
    SELECT pg_notify(%(channel)s, %(news)s) FROM job WHERE waited
"""


def defer(
    tx: Tx,
    queue: str,
    task: str,
    arguments: str,
    *,
    lock: str | None,
    dedupe: str | None,
    run_at: datetime | None,
) -> None:
    """Add a job, or give the one of this queueing lock that waits the earlier of the two times.
    Procrastinate's own way reports that as an error, which would cost every enqueuing a savepoint."""
    values = {"queue": queue, "task": task, "arguments": arguments, "lock": lock, "dedupe": dedupe}
    tx.wire.send(_DEFER, {**values, "run_at": run_at, **_news(queue)})


def _news(queue: str) -> dict[str, str]:
    """What Procrastinate itself tells the workers that listen for `queue`."""
    return {
        "channel": f"procrastinate_queue_v1#{queue}",
        "news": '{"type": "job_inserted", "job_id": 0}',
    }


def ring(tx: Tx, queue: str) -> None:
    """Have the listening workers look at `queue` after the commit."""
    tx.execute(text("select pg_notify(:channel, :news)"), _news(queue))


def remove(tx: Tx, dedupe: str) -> None:
    """Remove the waiting job of this queueing lock, if there is one."""
    tx.execute(
        text("delete from procrastinate_jobs where queueing_lock = :dedupe and status = 'todo'"),
        {"dedupe": dedupe},
    )


def note_error(tx: Tx, job_id: int, error: str) -> None:
    """Keep the error beside the job and drop its queueing lock: a later job may wait under that lock
    already, and then this one could not be put back."""
    tx.execute(
        text(
            "update procrastinate_jobs set queueing_lock = null,"
            " args = args || jsonb_build_object('error', cast(:error as text)) where id = :id"
        ),
        {"id": job_id, "error": error.replace("\0", "")},
    )


def put_back(tx: Tx, attempt: Attempt, most_attempts: int, error: str) -> bool:
    """Put back a job whose worker is lost, or fail it with `error` after `most_attempts`; false if the
    job has moved on since `attempt` was seen."""
    found = tx.execute(
        text(
            "select attempts from procrastinate_jobs where id = :id and status = 'doing'"
            " and worker_id is not distinct from :worker and attempts = :earlier for update"
        ),
        {"id": attempt.job_id, "worker": attempt.worker_id, "earlier": attempt.earlier},
    ).one_or_none()
    if found is None:
        return False
    if attempt.earlier + 1 >= most_attempts:
        note_error(tx, attempt.job_id, error)
        finish = "select procrastinate_finish_job_v1(:id, 'failed', false)"
        tx.execute(text(finish), {"id": attempt.job_id})
    else:
        drop_key = "update procrastinate_jobs set queueing_lock = null where id = :id"
        tx.execute(text(drop_key), {"id": attempt.job_id})
        retry = "select procrastinate_retry_job_v2(:id, cast(:now as timestamptz), null, null, null)"
        tx.execute(text(retry), {"id": attempt.job_id, "now": tx.now})
    return True


def failed(tx: Tx, queue: str, limit: int) -> tuple[SpentJob, ...]:
    """Failed jobs of `queue`, oldest first."""
    query = text(
        "select id, args, attempts from procrastinate_jobs"
        " where queue_name = :queue and status = 'failed' order by id limit :limit"
    )
    found = tx.execute(query, {"queue": queue, "limit": limit})
    return tuple(SpentJob(row.id, row.args, row.attempts) for row in found)
