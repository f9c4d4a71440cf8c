"""A clock that stands still until the test moves it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""A Monday morning: where a `FixedClock` stands unless told otherwise."""


class FixedClock:
    """Gives the same instant to every transaction: ``Desk.open(url, clock=FixedClock())``.

    Args:
        at: the instant, aware.

    Raises:
        ValueError: the instant has no time zone.
    """

    def __init__(self, at: datetime = EPOCH) -> None:
        if at.tzinfo is None:
            raise ValueError(f"{at!r} has no time zone.")
        self._at = at.astimezone(UTC)
        self._lock = threading.Lock()

    def now(self, connection: object = None) -> datetime:
        """The instant; which connection asks makes no difference."""
        with self._lock:
            return self._at

    def advance(self, by: timedelta = timedelta(0), **units: float) -> datetime:
        """Move on by a duration, or by units as `timedelta` names them: ``advance(hours=1)``.

        Raises:
            ValueError: time would go backwards.
        """
        step = by + timedelta(**units)
        if step < timedelta(0):
            raise ValueError(f"Time does not go back ({step}).")
        with self._lock:
            self._at += step
            return self._at
