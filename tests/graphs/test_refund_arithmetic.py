from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.refund.arithmetic import calculate

cents = st.integers(-10_000_000, 10_000_000)


@given(st.lists(cents, min_size=1, max_size=6))
def test_sums_of_amounts_are_exact(amounts: list[int]) -> None:
    expression = " + ".join(f"({Decimal(one).scaleb(-2):f})" for one in amounts)
    assert calculate(expression) == Decimal(sum(amounts)).scaleb(-2)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("0.1 + 0.2", "0.30"),
        ("2 * (3.50 - 1) / 4", "1.25"),
        ("-1.005", "-1.01"),
        ("1 / 3", "0.33"),
        ("10 - 3 - 2", "5.00"),
        ("  7  ", "7.00"),
    ],
)
def test_it_calculates_as_on_paper(expression: str, value: str) -> None:
    assert str(calculate(expression)) == value


@pytest.mark.parametrize(
    "expression",
    [
        "", "   ", "1 +", "(1", "1 / 0", "2 ** 8", "__import__('os')", "1e9", "1_000", "2 // 2", "1, 2", "()",
        "9" * 150 + "*" + "9" * 40, "1" * 201, "(" * 100 + "1" + ")" * 99, "abs(1)", "1;2", "٣",
    ],
)  # fmt: skip
def test_anything_else_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        calculate(expression)
