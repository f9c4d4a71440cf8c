"""Limits of how often somebody may ask: token buckets and failure counts, in this process."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from signoff.domain.errors import TooManyAttempts, TooManyRequests

WINDOW = 15 * 60
_KEPT = 10_000
"""Whoever was not seen for longest is forgotten; their bucket is full again by then."""


class SignInThrottle:
    """Allows so many failures of one account within the window."""

    def __init__(self, attempts: int, window: int = WINDOW) -> None:
        self._attempts = attempts
        self._window = window
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, account: str) -> None:
        """Raise TooManyAttempts while the account has to wait."""
        with self._lock:
            failures = self._recent(account)
            if len(failures) >= self._attempts:
                raise TooManyAttempts(max(1, round(failures[0] + self._window - time.monotonic())))

    def failed(self, account: str) -> None:
        """Count a failure."""
        with self._lock:
            self._recent(account).append(time.monotonic())
            while len(self._failures) > _KEPT:
                self._failures.popitem(last=False)

    def succeeded(self, account: str) -> None:
        """Forget the failures."""
        with self._lock:
            self._failures.pop(account, None)

    def _recent(self, account: str) -> deque[float]:
        failures = self._failures.setdefault(account, deque())
        self._failures.move_to_end(account)
        while failures and failures[0] <= time.monotonic() - self._window:
            failures.popleft()
        return failures


class Buckets:
    """A bucket for each asker, as large as a minute's share, that fills steadily."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, asker: str) -> None:
        """Take one out of the asker's bucket.

        Raises:
            TooManyRequests: it is empty; says in how many seconds it is not.
        """
        with self._lock:
            now = self._clock()
            left, since = self._buckets.pop(asker, (self._size, now))
            left = min(self._size, left + (now - since) * self._size / 60)
            self._buckets[asker] = (max(left - 1, 0) if left >= 1 else left, now)
            while len(self._buckets) > _KEPT:
                self._buckets.popitem(last=False)
        if left < 1:
            raise TooManyRequests(max(1, math.ceil((1 - left) * 60 / self._size)))
