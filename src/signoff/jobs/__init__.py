"""The job queue's two adapters: embedded in SQLite, and Procrastinate on PostgreSQL."""

from __future__ import annotations

from signoff.domain.errors import DatabaseUnready
from signoff.jobs.backoff import Backoff
from signoff.services.ports import JobQueue
from signoff.store.database import Database
from signoff.store.procrastinate_jobs import is_installed


def open_queue(
    database: Database,
    *,
    backoff: Backoff | None = None,
    heartbeat: float = 5.0,
    stalled_after: float = 20.0,
) -> JobQueue:
    """The queue that lives in `database`, so that jobs are enqueued in the caller's transaction.

    Args:
        heartbeat: on PostgreSQL, seconds between a worker's signs of life.
        stalled_after: on PostgreSQL, seconds without one after which its jobs are given to others.

    Raises:
        DatabaseUnready: the packages for PostgreSQL are missing.
    """
    if database.dialect == "sqlite":
        from signoff.jobs.embedded import EmbeddedQueue  # noqa: PLC0415 - each loads only where it serves

        return EmbeddedQueue(database, backoff=backoff)
    try:
        from signoff.jobs.distributed import DistributedQueue  # noqa: PLC0415
    except ImportError as error:
        raise DatabaseUnready(
            "PostgreSQL needs more packages: pip install 'signoff[postgres]'.", url=database.display_url
        ) from error
    return DistributedQueue(database, backoff=backoff, heartbeat=heartbeat, stalled_after=stalled_after)


def install_queue(database: Database) -> None:
    """Make the tables of the queue that `Database.migrate` does not make; harmless to repeat."""
    if database.dialect != "sqlite":
        from signoff.jobs.distributed import DistributedQueue  # noqa: PLC0415

        DistributedQueue(database).install()


def check_queue(database: Database) -> None:
    """Make sure that the queue's tables are there.

    Raises:
        DatabaseUnready: they are missing.
    """
    if database.dialect == "sqlite":
        return
    with database.read() as tx:
        if not is_installed(tx):
            raise DatabaseUnready(
                f"The database {database.display_url} has no job tables. Create them with `signoff migrate`.",
                url=database.display_url,
            )
