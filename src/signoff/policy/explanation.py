"""How a verdict came about, rule by rule."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from signoff.domain.action import EffectClass
from signoff.domain.policy import RuleEffect, Verdict
from signoff.domain.value import Value


class StepOutcome(StrEnum):
    """What became of a rule."""

    MATCHED = "matched"
    NOT_MATCHED = "not_matched"
    ERROR = "error"
    SKIPPED = "skipped"


class Step(Value):
    """One rule and what became of it."""

    rule: str
    line: int
    effect: RuleEffect
    when: str
    outcome: StepOutcome
    detail: str = ""
    """Why it failed or was skipped, or which part of its condition was false."""
    values: dict[str, str] = Field(default_factory=dict)
    """What the condition read, as text: {"facts.tier": "'gold'"}."""


class Explanation(Value):
    """Every rule in order with what became of it, and the verdict."""

    tool: str
    effect_class: EffectClass
    """As the policy classifies the tool."""
    steps: tuple[Step, ...]
    verdict: Verdict
