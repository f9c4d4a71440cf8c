"""Where the workers of one SQLite file meet: at most one process, woken by its own enqueuing."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from signoff.domain.errors import SecondWorker

_stations: dict[Path, Station] = {}
_registry = threading.Lock()


class Station:
    """The lock file `<db>.worker` and the bell of one database, shared by a whole process.

    The lock is the operating system's: it ends with the process, however that ends.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._file = database.with_name(f"{database.name}.worker")
        self._entering = threading.Lock()
        self._workers = 0
        self._handle = -1
        self._bell = threading.Condition()
        self._rings = 0

    @contextmanager
    def work(self, on_first: Callable[[], None]) -> Iterator[None]:
        """Be a worker of this process; `on_first` is called where no other one works yet.

        Raises:
            SecondWorker: another process works on this database.
        """
        with self._entering:
            if self._workers == 0:
                self._handle = self._lock()
                try:
                    on_first()
                except BaseException:
                    os.close(self._handle)
                    raise
            self._workers += 1
        try:
            yield
        finally:
            with self._entering:
                self._workers -= 1
                if self._workers == 0:
                    os.close(self._handle)

    def ring(self) -> None:
        """Something may have become due."""
        with self._bell:
            self._rings += 1
            self._bell.notify_all()

    @property
    def rings(self) -> int:
        return self._rings

    def wait(self, heard: int, seconds: float) -> None:
        """Until the bell rings more often than `heard`, or the time is over."""
        with self._bell:
            self._bell.wait_for(lambda: self._rings > heard, seconds)

    def _lock(self) -> int:
        handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode("ascii", "replace") or "just starting"
            os.close(handle)
            raise SecondWorker(
                f"Another worker (process: {holder}) already serves {self._database}. One process works on "
                "an SQLite file: stop the other one, or use PostgreSQL for several workers.",
                path=str(self._database),
                process=holder,
            ) from None
        os.truncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        return handle


def station_of(database: Path) -> Station:
    """The one station of this process for the file `database`."""
    path = database.resolve()
    with _registry:
        return _stations.setdefault(path, Station(path))
