from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from signoff.domain.duration import Duration

DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("15m", 900),
        ("8h", 28_800),
        ("3d", 259_200),
        ("250ms", 0.25),
        ("1h 30m", 5_400),
        ("1h30m15s", 5_415),
        (" 2 h ", 7_200),
        ("0s", 0),
        (0, 0),
        (timedelta(minutes=1), 60),
        ("PT1M", 60),
    ],
)
def test_is_read_as_people_write_it(text: object, seconds: float) -> None:
    assert DURATION.validate_python(text) == timedelta(seconds=seconds)


@given(st.lists(st.tuples(st.integers(0, 5000), st.sampled_from("dhms")), min_size=1, max_size=5))
def test_parts_add_up(parts: list[tuple[int, str]]) -> None:
    seconds = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
    text = " ".join(f"{n}{unit}" for n, unit in parts)
    assert DURATION.validate_python(text).total_seconds() == sum(n * seconds[unit] for n, unit in parts)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=4000)))
def test_survives_being_stored(duration: timedelta) -> None:
    assert DURATION.validate_json(DURATION.dump_json(duration)) == duration


@pytest.mark.parametrize(
    "wrong", ["", "soon", "30", "30 seconds", "5 x", "1h and 2m", "-3h", "1.5h", "h", 30, 1.5, True, False]
)
def test_what_does_not_say_its_unit_is_refused_with_an_example(wrong: object) -> None:
    with pytest.raises(ValidationError, match='is not a duration; write for example "30s"'):
        DURATION.validate_python(wrong)


@pytest.mark.parametrize("wrong", [None, [], {}, "-PT1M", "Pfoo", timedelta(seconds=-1), "9999999999999d"])
def test_what_is_no_duration_or_runs_backwards_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        DURATION.validate_python(wrong)
