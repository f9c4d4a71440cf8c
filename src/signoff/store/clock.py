"""Where `now` comes from: asked once per transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import Connection


class Clock(Protocol):
    """Gives the instant of a transaction, aware and in UTC."""

    def now(self, connection: Connection) -> datetime: ...


class DatabaseClock:
    """The database's clock, so that several workers agree.

    SQLite runs inside this process, so its clock is the process's own.
    """

    def now(self, connection: Connection) -> datetime:
        if connection.dialect.name == "sqlite":
            return datetime.now(UTC)
        driver: Any = connection.connection.driver_connection
        with driver.pipeline():  # BEGIN travels along
            instant: datetime = driver.execute("select clock_timestamp()").fetchone()[0]
        return instant.astimezone(UTC)
