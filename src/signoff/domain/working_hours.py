"""Deadlines in working time: hours of a group in its own zone, counted exactly over changes of the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import model_validator

from signoff.domain.value import Value

_FURTHEST = 3660
"""Days that are looked ahead; a calendar without a working day in them is none."""


class WorkingHours(Value):
    """When a group works. The hours are those of its own clock, whatever that does at night."""

    zone: str = "UTC"
    """IANA name."""
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Monday is 0."""
    begins: time = time(9)
    ends: time = time(17)
    holidays: frozenset[date] = frozenset()

    @model_validator(mode="after")
    def _is_some_time(self) -> Self:
        if not self.days or not all(0 <= day <= 6 for day in self.days):
            raise ValueError("working hours need at least one day of the week")
        if self.begins >= self.ends:
            raise ValueError("working hours must end later than they begin, on the same day")
        return self

    def spans_from(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The working time from `moment` on: when each stretch of it begins and ends, in UTC."""
        zone = ZoneInfo(self.zone)
        first = moment.astimezone(zone).date()
        for ahead in range(_FURTHEST):
            day = first + timedelta(days=ahead)
            if day.weekday() not in self.days or day in self.holidays:
                continue
            begins, ends = (
                datetime.combine(day, at, zone).astimezone(UTC) for at in (self.begins, self.ends)
            )
            if max(begins, moment) < ends:
                yield max(begins, moment), ends


def deadline(hours: WorkingHours, moment: datetime, work: timedelta) -> datetime | None:
    """When `work` of working time has passed since `moment`; None beyond ten years."""
    left = work
    for begins, ends in hours.spans_from(moment):
        if left <= ends - begins:
            return begins + left
        left -= ends - begins
    return None


def working_time(hours: WorkingHours, start: datetime, end: datetime) -> timedelta:
    """How much working time lies between two moments; none where they are the other way round."""
    total = timedelta(0)
    for begins, ends in hours.spans_from(start):
        if begins >= end:
            break
        total += min(ends, end) - begins
    return total
