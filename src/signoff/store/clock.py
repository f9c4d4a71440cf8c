"""Where `now` comes from: asked once per transaction."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from signoff.store.database import Tx


class Clock(Protocol):
    """Gives the instant of a transaction, aware and in UTC."""

    def now(self, tx: Tx) -> datetime: ...


def wall_clock() -> datetime:
    """This machine's own clock, for what is said where no database is open; nothing is decided by it."""
    return datetime.now(UTC)


_ASK_EVERY = 1.0
"""Seconds for which an answer of the database is taken forward."""


class DatabaseClock:
    """The database's clock, so that several workers agree.

    SQLite runs inside this process, so its clock is the process's own. PostgreSQL is asked once a
    second; in between the time that has passed here is added to what it said.
    """

    def __init__(self) -> None:
        self._last = (float("-inf"), datetime.min.replace(tzinfo=UTC))

    def now(self, tx: Tx) -> datetime:
        if tx.dialect.name == "sqlite":
            return datetime.now(UTC)
        asked, instant = self._last
        passed = time.monotonic() - asked
        if passed > _ASK_EVERY:
            passed = 0.0
            asked, instant = time.monotonic(), _ask(tx)
            self._last = (asked, instant)
        return instant + timedelta(seconds=passed)


def _ask(tx: Tx) -> datetime:
    instant: datetime = tx.wire.run("SELECT clock_timestamp()").fetchone()[0]
    return instant.astimezone(UTC)
