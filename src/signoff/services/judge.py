"""Flags and verdict of an action: evaluated once, outside any transaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from signoff.domain.action import Action, EffectClass
from signoff.domain.errors import PolicyFault, PolicyInvalid
from signoff.domain.flag import RiskFlag
from signoff.domain.policy import Policy, ToolPolicy, Verdict
from signoff.domain.value import Value
from signoff.policy.evaluate import PolicyEvaluator
from signoff.policy.explanation import Explanation
from signoff.risk.registry import build_detectors, run_detectors

_FIELD = re.compile(r"\{(\w+)\}")
_TITLE_LIMIT = 200


class Judgement(Value):
    flags: tuple[RiskFlag, ...]
    verdict: Verdict


class Judge:
    """A policy with its detectors, ready to judge.

    Args:
        file: the policy's file, for faults.

    Raises:
        PolicyInvalid: a detector is unknown, or its settings do not fit.
    """

    def __init__(self, policy: Policy, file: str = "") -> None:
        self.policy = policy
        self._evaluator = PolicyEvaluator(policy)
        try:
            self._detectors = build_detectors(policy.flags)
        except ValueError as error:
            where = file or policy.name
            faults = (PolicyFault(where, _line(policy, text), text) for text in str(error).splitlines())
            raise PolicyInvalid(tuple(faults)) from error

    @property
    def codes(self) -> frozenset[str]:
        """Every flag code that its detectors can give."""
        return frozenset(code for detector in self._detectors for code in detector.codes)

    def judge(self, action: Action, requester: str | None, errors: Sequence[str] = ()) -> Judgement:
        """What the detectors find and the policy says; errors of either end in a review."""
        if action.effect_class is EffectClass.READ:
            return Judgement(flags=(), verdict=self._evaluator.evaluate(action, (), requester, errors))
        flags, faults = run_detectors(self._detectors, action)
        verdict = self._evaluator.evaluate(action, flags, requester, (*errors, *faults))
        return Judgement(flags=flags, verdict=verdict)

    def judge_with(self, action: Action, flags: Sequence[RiskFlag], requester: str | None) -> Judgement:
        """What the policy says where the detectors' findings are these."""
        return Judgement(flags=tuple(flags), verdict=self._evaluator.evaluate(action, flags, requester))

    def explain(self, action: Action, flags: Sequence[RiskFlag], requester: str | None) -> Explanation:
        """Every rule in order with what became of it."""
        return self._evaluator.explain(action, flags, requester)

    def title(self, tool: str, arguments: dict[str, Any]) -> str:
        """The title of a review: the policy's pattern over the arguments, or the tool's name."""
        return title_of(self.policy.tool(tool), tool, arguments)


def title_of(tool: ToolPolicy, name: str, arguments: dict[str, Any]) -> str:
    """The title of a review of the tool called `name`."""
    if not tool.title:
        return name.replace("_", " ").capitalize()
    text = _FIELD.sub(lambda m: str(arguments.get(m[1], m[0])), tool.title)
    return " ".join(text.split())[:_TITLE_LIMIT]


def _line(policy: Policy, fault: str) -> int:
    """The line of the detector that a fault begins with."""
    name = re.escape(fault.partition(":")[0])
    found = re.search(rf"^flags\s*:.*?\b{name}\b['\"]?\s*:", policy.source, re.MULTILINE | re.DOTALL)
    return 1 if found is None else policy.source.count("\n", 0, found.end()) + 1
