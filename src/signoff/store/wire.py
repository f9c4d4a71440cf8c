"""How prepared statements reach the database: the driver's own cursor, in as few round trips as can be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection


class Wire:
    """Every statement runs at once, inside this process: SQLite."""

    def __init__(self, connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        self._driver = driver
        self._cursor = driver.cursor()

    def ask(self, text: str, arguments: Any) -> Any:
        """Run a statement whose answer is wanted; the cursor that holds it."""
        return self._cursor.execute(text, arguments)

    def send(self, text: str, arguments: Any) -> None:
        """Run a statement without an answer, at the latest before the next `ask`, `deliver` or commit."""
        self._cursor.execute(text, arguments)

    def deliver(self) -> None:
        """Run what was sent and has not run yet."""

    @contextmanager
    def committing(self) -> Iterator[None]:
        """Run what was sent together with the commit that the block does."""
        yield

    @property
    def is_broken(self) -> bool:
        """Whether the database has hung up."""
        return False


class PipelinedWire(Wire):
    """A round trip costs more than a statement, so statements that need no answer wait for one that
    does, and travel with it: PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._sent: list[tuple[str, Any]] = []

    def ask(self, text: str, arguments: Any) -> Any:
        if self._sent or self._begins:
            with self._driver.pipeline():
                self._run_sent()
                return self._cursor.execute(text, arguments)
        return self._cursor.execute(text, arguments)

    def send(self, text: str, arguments: Any) -> None:
        self._sent.append((text, arguments))

    def deliver(self) -> None:
        if self._sent:
            with self._driver.pipeline():
                self._run_sent()

    @contextmanager
    def committing(self) -> Iterator[None]:
        if not self._sent:
            yield
            return
        with self._driver.pipeline():
            self._run_sent()
            yield

    @property
    def is_broken(self) -> bool:
        return bool(self._driver.closed or self._driver.broken)

    @property
    def _begins(self) -> bool:
        """Whether the driver sends BEGIN before the next statement."""
        return not self._driver.autocommit and self._driver.info.transaction_status == 0

    def _run_sent(self) -> None:
        waiting, self._sent = self._sent, []
        for text, arguments in waiting:
            self._driver.execute(text, arguments)
