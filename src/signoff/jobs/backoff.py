"""How often and how fast a failed job is tried again."""

from __future__ import annotations

from datetime import timedelta

from signoff.domain.value import Value


class Backoff(Value):
    """Pauses that double from `first` to `cap`; after `attempts` tries in all, none."""

    first: timedelta = timedelta(seconds=1)
    cap: timedelta = timedelta(minutes=1)
    attempts: int = 10

    def pause(self, tried: int) -> timedelta | None:
        """The pause after try number `tried`; None if that was the last."""
        if tried >= self.attempts:
            return None
        doubled: int = 1 << min(tried - 1, 32)
        return min(self.first * doubled, self.cap)


def describe(error: BaseException) -> str:
    """What is kept of an error beside the job."""
    return f"{type(error).__name__}: {error}"[:2000]


KILLED = "The worker was killed while it did this job, on the last of its attempts."
