from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.proportion import least_without_any, upper_bound


@pytest.mark.parametrize(
    ("seen", "of", "bound"),
    [
        # One-sided 95 % bounds of Clopper and Pearson, as tables and statistics programs give them.
        (0, 10, 0.2589),
        (0, 59, 0.0495),
        (1, 10, 0.3942),
        (5, 100, 0.1023),
        (10, 10, 1.0),
        (0, 0, 1.0),
    ],
)
def test_known_bounds(seen: int, of: int, bound: float) -> None:
    assert upper_bound(seen, of, 0.95) == pytest.approx(bound, abs=5e-5)


@given(st.integers(30, 5000))
def test_with_nothing_seen_it_is_the_closed_form_and_the_rule_of_three_is_near(of: int) -> None:
    bound = upper_bound(0, of, 0.95)
    assert bound == pytest.approx(1 - 0.05 ** (1 / of), rel=1e-6)
    assert bound == pytest.approx(3 / of, rel=0.06)


@given(st.integers(1, 400), st.data())
def test_it_covers_what_was_seen_and_shrinks_with_more(of: int, data: st.DataObject) -> None:
    seen = data.draw(st.integers(0, of - 1))
    bound = upper_bound(seen, of, 0.95)
    assert seen / of < bound <= 1
    assert upper_bound(seen, of + 1, 0.95) < bound < upper_bound(seen + 1, of, 0.95)
    assert upper_bound(seen, of, 0.8) < bound


@given(st.floats(0.01, 0.3), st.floats(0.7, 0.99))
def test_the_least_count_is_the_first_that_can_be_enough(tolerance: float, confidence: float) -> None:
    least = least_without_any(tolerance, confidence)
    assert upper_bound(0, least, confidence) <= tolerance * (1 + 1e-6)
    assert least == 1 or upper_bound(0, least - 1, confidence) > tolerance * (1 - 1e-6)
    assert math.isfinite(least)


def test_the_default_demand() -> None:
    assert least_without_any(0.05, 0.95) == 59
