"""When a review is due: by the clock, or in the working time of those whom it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from signoff.domain.policy import Policy, Verdict
from signoff.domain.stage import Stage
from signoff.domain.working_hours import deadline


def due_at(policy: Policy, verdict: Verdict, stages: Sequence[Stage], opened_at: datetime) -> datetime:
    """The deadline of a review that opens now; never later than it expires."""
    expires_at = opened_at + verdict.expires_after
    if verdict.due_after is None:
        return expires_at
    hours = policy.hours_of([stage.spec for stage in stages])
    if hours is None:
        return opened_at + verdict.due_after
    return min(deadline(hours, opened_at, verdict.due_after) or expires_at, expires_at)
