"""Working time: what is counted forward is counted back, over weekends, holidays and changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.working_hours import WorkingHours, deadline, working_time

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo")
BERLIN = WorkingHours(zone="Europe/Berlin")
MOMENTS = st.integers(0, 7 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
WORK = st.integers(0, 200 * 60).map(lambda minutes: timedelta(minutes=minutes))


@st.composite
def calendars(draw: st.DrawFn) -> WorkingHours:
    begins, ends = sorted(draw(st.lists(st.times(), min_size=2, max_size=2, unique=True)))
    return WorkingHours(
        zone=draw(st.sampled_from(ZONES)),
        days=tuple(draw(st.sets(st.integers(0, 6), min_size=1))),
        begins=begins.replace(second=0, microsecond=0),
        ends=max(ends, time(begins.hour, 59, 59)),
        holidays=frozenset(draw(st.sets(st.dates(date(2024, 1, 1), date(2031, 1, 1)), max_size=5))),
    )


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


@given(calendars(), MOMENTS, WORK)
def test_what_is_counted_forward_is_counted_back(hours: WorkingHours, at: datetime, work: timedelta) -> None:
    due = deadline(hours, at, work)
    assert due is None or (due >= at and working_time(hours, at, due) == work)


@given(calendars(), MOMENTS, WORK, WORK)
def test_two_steps_are_one(hours: WorkingHours, at: datetime, one: timedelta, two: timedelta) -> None:
    middle = deadline(hours, at, one)
    assert (
        middle is None
        or deadline(hours, middle, two) == deadline(hours, at, one + two)
        or two == timedelta(0)
    )


@given(calendars(), MOMENTS, WORK)
def test_a_deadline_lies_in_working_time(hours: WorkingHours, at: datetime, work: timedelta) -> None:
    due = deadline(hours, at, work)
    if due is None or work == timedelta(0):
        return
    local = due.astimezone(ZoneInfo(hours.zone))
    assert local.weekday() in hours.days
    assert local.date() not in hours.holidays
    assert working_time(hours, due - timedelta(microseconds=1), due) > timedelta(0)


@given(calendars(), MOMENTS, MOMENTS, MOMENTS)
def test_stretches_add_up(hours: WorkingHours, a: datetime, b: datetime, c: datetime) -> None:
    first, middle, last = sorted((a, b, c))
    whole = working_time(hours, first, last)
    assert whole == working_time(hours, first, middle) + working_time(hours, middle, last)
    assert timedelta(0) <= whole <= last - first
    assert first == last or working_time(hours, last, first) == timedelta(0)


@pytest.mark.parametrize(
    ("at", "work", "due"),
    [
        ("2026-11-27T16:00", 2, "2026-11-30T10:00"),  # over a weekend
        ("2026-11-28T12:00", 1, "2026-11-30T10:00"),  # asked on a Saturday
        ("2026-11-27T08:00", 8, "2026-11-27T17:00"),  # a whole day ends when it ends
        ("2026-03-27T16:00", 9, "2026-03-30T17:00"),  # the clock went forward in between
        ("2026-10-23T16:00", 9, "2026-10-26T17:00"),  # and back
    ],
)
def test_by_the_groups_own_clock(at: str, work: int, due: str) -> None:
    assert deadline(BERLIN, berlin(at), timedelta(hours=work)) == berlin(due)


def test_a_night_shift_counts_the_hour_that_is_missing_and_the_one_that_comes_twice() -> None:
    night = WorkingHours(zone="Europe/Berlin", days=(6,), begins=time(1), ends=time(5))
    spring, autumn = berlin("2026-03-29T00:00"), berlin("2026-10-25T00:00")
    assert working_time(night, spring, spring + timedelta(days=1)) == timedelta(hours=3)
    assert working_time(night, autumn, autumn + timedelta(days=1)) == timedelta(hours=5)


def test_holidays_are_left_out() -> None:
    hours = BERLIN.model_copy(update={"holidays": frozenset({date(2026, 12, 25)})})
    assert deadline(hours, berlin("2026-12-24T16:00"), timedelta(hours=2)) == berlin("2026-12-28T10:00")


@pytest.mark.parametrize("wrong", [{"days": ()}, {"days": (7,)}, {"begins": time(17)}])
def test_no_working_time_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="working hours"):
        WorkingHours.model_validate(wrong)
