from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from signoff.domain.action import EffectClass
from signoff.domain.policy import RuleEffect, Verdict
from signoff.policy.evaluate import PolicyEvaluator
from signoff.policy.load import parse_policy
from tests.support.policies import action, is_failed_review, small_policy


def judge_small(when: str, value: Any, declared: str = "double", effect: str = "allow") -> Verdict:
    text = small_policy(
        f"[{{id: r, tools: [act], when: {when!r}, effect: {effect}, summary: s}}]",
        arguments=f'{{x: "{declared}"}}',
    )
    call = action({"x": value}, {}, tool="act", effect_class=EffectClass.WRITE)
    return PolicyEvaluator(parse_policy(text)).evaluate(call, [])


class Colour(Enum):
    RED = "red"
    FIVE = 5


@pytest.mark.parametrize(
    ("declared", "when", "value", "holds"),
    [
        ("double", "args.x <= 50", 50, True),
        ("double", "args.x <= 50", 50.5, False),
        ("double", "args.x <= 50", Decimal("50.00"), True),
        ("double", "args.x <= 0.1", Decimal("0.1"), True),
        ("double", "args.x < 0.1", Decimal("0.1"), False),
        ("double", "args.x == 5", Colour.FIVE, True),
        ("int", "args.x == 5", 5, True),
        ("string", "args.x == 'red'", Colour.RED, True),
        ("bool", "args.x", True, True),
        ("list(double)", "args.x.all(i, i < 3)", [1, 2.5, Decimal("2.9")], True),
        ("list", "size(args.x) == 2", (1, "a"), True),
        ("map(int)", "has(args.x.a) && args.x.a == 1", {"a": 1}, True),
        ("string?", "!has(args.x)", None, True),
    ],
)
def test_values_of_the_declared_type(declared, when, value, holds):
    verdict = judge_small(when, value, declared)
    assert verdict.errors == ()
    assert (verdict.effect is RuleEffect.ALLOW) is holds


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("double", "5"),
        ("double", True),
        ("double", None),
        ("double", float("nan")),
        ("double", float("inf")),
        ("double", Decimal("NaN")),
        ("double", Decimal("50.000000000000000001")),
        ("double", Decimal("1e-400")),
        ("double", 1e300),
        ("double", 2**60),
        ("int", 5.0),
        ("int", True),
        ("int", "5"),
        ("int", 2**53),
        ("int", 2**70),
        ("int", Decimal(5)),
        ("string", 5),
        ("string", b"x"),
        ("string", ["x"]),
        ("bool", 1),
        ("bool", "true"),
        ("list", "text"),
        ("list", {1, 2}),
        ("list(int)", [1, "2"]),
        ("list(int)", [1, None]),
        ("list", [object()]),
        ("list", [float("nan")]),
        ("map", {1: 2}),
        ("map(int)", {"a": "b"}),
        ("map", [("a", 1)]),
        ("double?", "5"),
        ("string?", 5),
    ],
)
def test_values_that_do_not_fit_are_reviewed(declared, value):
    """The condition itself would hold for anything: `has` is true, and so is its `||`."""
    condition = "has(args.x) || true"
    verdict = judge_small(condition, value, declared)
    assert is_failed_review(verdict, 'rule "r": args.x'), verdict
    assert str(value) not in verdict.errors[0] or value is None


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [deep(30), deep(100_000), ["\ud800"], {"a": deep(500)}], ids=range(4))
def test_values_that_cannot_be_handed_over_are_reviewed(value):
    declared = "map" if isinstance(value, dict) else "list"
    assert is_failed_review(judge_small("size(args.x) > 0 || true", value, declared))


def test_an_overflow_is_an_error():
    assert is_failed_review(judge_small("args.x * args.x > 1", 2**53 - 1, "int"), "OverflowError")
