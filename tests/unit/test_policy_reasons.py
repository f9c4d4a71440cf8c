"""What explain says about conditions that did not hold."""

from __future__ import annotations

import pytest

from signoff.domain.action import EffectClass
from signoff.policy.evaluate import PolicyEvaluator
from signoff.policy.explanation import StepOutcome
from signoff.policy.load import parse_policy
from tests.support.policies import action, small_policy


@pytest.mark.parametrize(
    ("when", "false"),
    [
        ("args.a > 1", "args.a > 1"),
        ("args.a > 0 && args.b > 5", "args.b > 5"),
        ("args.a > 0 && args.b > 0 && args.a > args.b", "args.a > args.b"),
        ("(args.a > 0 && args.b > 5) && args.a > 0", "args.b > 5"),
        ("has(args.c) && args.c > 1", "has(args.c)"),
        ("args.a > 5 || args.b > 5", "args.a > 5 || args.b > 5"),
        ("args.a > 0 &&\n      !(args.b > 0)", "!(args.b > 0)"),
    ],
)
def test_the_first_part_that_is_false_is_named(when: str, false: str) -> None:
    rule = f"[{{id: r, tools: [act], when: {when!r}, effect: deny, summary: S.}}]"
    rules = rule.replace("\\n", " ")
    text = small_policy(rules, arguments="{a: int, b: int, c: 'int?'}")
    call = action({"a": 1, "b": 1}, {}, tool="act", effect_class=EffectClass.WRITE)
    [step] = PolicyEvaluator(parse_policy(text)).explain(call, []).steps
    assert step.outcome is StepOutcome.NOT_MATCHED
    assert step.detail == f"false: {false}"
