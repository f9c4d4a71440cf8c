"""Slows down guessing of passwords: failed log-ins are counted per account, in this process."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque

from signoff.domain.errors import TooManyAttempts

WINDOW = 15 * 60
_ACCOUNTS = 10_000


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
            while len(self._failures) > _ACCOUNTS:
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
