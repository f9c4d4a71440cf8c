"""Flags and verdict of an action: evaluated once, outside any transaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from signoff.domain.action import Action, EffectClass
from signoff.domain.flag import RiskFlag
from signoff.domain.policy import Policy, Verdict
from signoff.domain.value import Value
from signoff.policy.evaluate import PolicyEvaluator
from signoff.risk.registry import build_detectors, run_detectors

_FIELD = re.compile(r"\{(\w+)\}")
_TITLE_LIMIT = 200


class Judgement(Value):
    flags: tuple[RiskFlag, ...]
    verdict: Verdict


class Judge:
    """A policy with its detectors, ready to judge."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._evaluator = PolicyEvaluator(policy)
        self._detectors = build_detectors(policy.flags)

    def judge(self, action: Action, requester: str | None, errors: Sequence[str] = ()) -> Judgement:
        """What the detectors find and the policy says; errors of either end in a review."""
        if action.effect_class is EffectClass.READ:
            return Judgement(flags=(), verdict=self._evaluator.evaluate(action, (), requester, errors))
        flags, faults = run_detectors(self._detectors, action)
        verdict = self._evaluator.evaluate(action, flags, requester, (*errors, *faults))
        return Judgement(flags=flags, verdict=verdict)

    def title(self, tool: str, arguments: dict[str, Any]) -> str:
        """The title of a review: the policy's pattern over the arguments, or the tool's name."""
        pattern = self.policy.tool(tool).title
        if not pattern:
            return tool.replace("_", " ").capitalize()
        text = _FIELD.sub(lambda m: str(arguments.get(m[1], m[0])), pattern)
        return " ".join(text.split())[:_TITLE_LIMIT]
