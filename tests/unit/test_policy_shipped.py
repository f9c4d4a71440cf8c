"""Every policy that a flow ships: its cases hold, and spoiled in any way it lets nothing more through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from signoff.domain.action import Action, EffectClass
from signoff.domain.errors import PolicyInvalid
from signoff.domain.policy import Policy, RuleEffect, Verdict
from signoff.policy.cases import cases_beside
from signoff.policy.evaluate import PolicyEvaluator
from signoff.policy.program import compile_condition, names_for
from signoff.services.cases import action_of, judged, rules_without_a_case, try_case
from signoff.services.judge import Judge
from tests.support.shipped import MUTATIONS, SHIPPED, Shipped, places, reloaded, shipped, spoiled

pytestmark = pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.parent.name)

MISFITS: tuple[Any, ...] = (None, object(), {"nonsense": 1}, [[]], b"nonsense")
"""null, and values that fit no declared type."""


def test_it_has_cases_and_they_hold(file: Path) -> None:
    assert cases_beside(file).is_file(), f"{file.parent.name} ships a policy without cases"
    policy = shipped(file)
    tried = [try_case(policy.judge, case) for case in policy.cases]
    assert [(one.case.name, one.differences) for one in tried if not one.passed] == []
    assert rules_without_a_case(policy.judge.policy, tried) == ()


def test_a_spoiled_file_is_refused_or_allows_nothing_more(file: Path) -> None:
    policy = shipped(file)
    calls = [(action_of(policy.judge.policy, case), judged(policy.judge, case)) for case in policy.cases]
    refused = loaded = 0
    for at, _ in places(policy.root):
        for change in MUTATIONS:
            root = spoiled(policy.root, at, change)
            if root is None:
                continue
            try:
                changed = reloaded(root, policy.text)
                Judge(changed)
            except PolicyInvalid:
                refused += 1
                continue
            loaded += 1
            if at[0] == "flags":
                continue  # other settings of a detector make another policy, not a spoiled one
            evaluator = PolicyEvaluator(changed)
            for action, before in calls:
                now = evaluator.evaluate(action, before.flags)
                if before.verdict.effect is not RuleEffect.ALLOW:
                    assert now.effect is not RuleEffect.ALLOW, (change.__name__, at, action.tool)
                if now.errors:
                    assert (now.effect, now.rule) == (RuleEffect.REVIEW, None)
    assert refused > loaded > 0


def test_a_null_is_always_refused(file: Path) -> None:
    policy = shipped(file)
    for at, _ in places(policy.root):
        root = spoiled(policy.root, at, MUTATIONS[1])
        assert root is not None
        with pytest.raises(PolicyInvalid, match="has no value"):
            reloaded(root, policy.text)


def passing(policy: Shipped) -> Iterator[tuple[Action, str | None]]:
    """The calls that pass, of tools that do not only read."""
    for case in policy.cases:
        action = action_of(policy.judge.policy, case)
        verdict = judged(policy.judge, case).verdict
        if verdict.effect is RuleEffect.ALLOW and action.effect_class is not EffectClass.READ:
            yield action, case.requester


def read_before(policy: Policy, verdict: Verdict, tool: str) -> set[tuple[str, ...]]:
    """What the rules read, up to the one that spoke."""
    reads: set[tuple[str, ...]] = set()
    for rule in policy.rules:
        if rule.when is not None and (not rule.tools or tool in rule.tools):
            reads |= compile_condition(rule.when, names_for(policy, tool)).reads
        if rule.id == verdict.rule:
            return reads
    return reads


def is_a_failed_review(verdict: Verdict) -> bool:
    return verdict.effect is RuleEffect.REVIEW and verdict.rule is None and bool(verdict.errors)


def without_or_with(held: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    return {**held, name: value} if value is not MISSING else {k: v for k, v in held.items() if k != name}


MISSING = object()


def test_a_passing_call_with_a_value_spoiled_that_rules_read_ends_in_a_review(file: Path) -> None:
    policy = shipped(file)
    evaluator, tried = PolicyEvaluator(policy.judge.policy), 0
    for action, requester in passing(policy):
        tool = policy.judge.policy.tools[action.tool]
        declared = [("args", name, kind) for name, kind in tool.arguments.items()]
        declared += [("facts", name, kind) for name, kind in policy.judge.policy.facts.items()]
        verdict = policy.judge.judge(action, requester).verdict
        reads = read_before(policy.judge.policy, verdict, action.tool)
        for owner, name, kind in declared:
            if (owner, name) not in reads:
                continue
            for value in (MISSING, *MISFITS):
                if kind.endswith("?") and value in (MISSING, None):
                    continue  # it says itself that it may be absent
                field = "arguments" if owner == "args" else "context"
                held = without_or_with(getattr(action, field), name, value)
                now = evaluator.evaluate(action.model_copy(update={field: held}), (), requester)
                assert is_a_failed_review(now), (owner, name, value)
                tried += 1
    assert tried > 0


def test_an_unknown_tool_and_a_tool_of_another_class_end_in_a_review(file: Path) -> None:
    policy = shipped(file)
    for action, requester in passing(policy):
        unknown = action.model_copy(update={"tool": "nonsense"})
        assert is_a_failed_review(policy.judge.judge(unknown, requester).verdict)
        reclassed = action.model_copy(update={"effect_class": EffectClass.READ})
        assert is_a_failed_review(policy.judge.judge(reclassed, requester).verdict)


@pytest.mark.parametrize("what", ["facts", "detector", "engine"])
def test_a_timeout_anywhere_ends_in_a_review(file: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = shipped(file)
    judge = Judge(policy.judge.policy)

    def late(*_: Any, **__: Any) -> Any:
        raise TimeoutError("too late")

    if what == "detector":
        if not judge._detectors:
            return
        monkeypatch.setattr(type(judge._detectors[0]), "detect", late)
    elif what == "engine":
        monkeypatch.setattr("signoff.policy.evaluate.read_values", late)
    errors = ("The facts could not be looked up: TimeoutError: too late",) if what == "facts" else ()
    for action, requester in passing(policy):
        assert is_a_failed_review(judge.judge(action, requester, errors).verdict)
