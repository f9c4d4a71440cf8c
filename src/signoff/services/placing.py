"""Where gates stand beside where the placement answers would put them."""

from __future__ import annotations

from dataclasses import dataclass

from signoff.domain.action import EffectClass
from signoff.domain.placement import Answer, answers, needs_a_gate
from signoff.domain.policy import Policy, Rule, RuleEffect
from signoff.domain.sentence import Sentence, sentence
from signoff.policy.faults import covered


@dataclass(frozen=True)
class Placed:
    """One tool: what its answers recommend, and what the rules do now."""

    tool: str
    effect_class: EffectClass
    answers: tuple[Answer, ...]
    advice: bool | None
    """Whether a gate is recommended; None: the questions are not answered."""
    gating: Sentence
    """In words, whether calls of it wait now."""
    differs: bool


def placed(policy: Policy) -> tuple[Placed, ...]:
    """Every tool of the policy in its order."""
    return tuple(_placed(policy, name) for name in policy.tools)


def _placed(policy: Policy, name: str) -> Placed:
    tool = policy.tools[name]
    gating, may_wait, may_pass = _gating(policy, name)
    advice = None if tool.placement is None else needs_a_gate(tool.placement)
    return Placed(
        tool=name,
        effect_class=tool.effect,
        answers=() if tool.placement is None else answers(tool.placement),
        advice=advice,
        gating=gating,
        differs=(advice is True and not may_wait) or (advice is False and not may_pass),
    )


def _gating(policy: Policy, name: str) -> tuple[Sentence, bool, bool]:
    """In words, whether a call of the tool may wait, and whether one may pass."""
    tool = policy.tools[name]
    if tool.effect is EffectClass.READ:
        return sentence("every call passes, since it only reads"), False, True
    if tool.shadow_until is not None:
        return sentence("its gate only watches, in shadow mode"), False, True
    asked = _reachable([rule for rule in policy.rules if name in covered(policy, rule)])
    passing = [rule.id for rule in asked if rule.effect is RuleEffect.ALLOW]
    waiting = [rule.id for rule in asked if rule.effect is RuleEffect.REVIEW]
    ends_open = not asked or asked[-1].when is not None
    if not passing:
        return sentence("no call passes by itself"), True, False
    if not waiting and not ends_open:
        return sentence("no call waits: %(rules)s lets them pass", rules=", ".join(passing)), False, True
    passed = ", ".join(passing)
    if waiting:
        said = sentence(
            "some calls wait (%(held)s), some pass (%(passed)s)", held=", ".join(waiting), passed=passed
        )
    else:
        said = sentence("some calls wait (where no rule matches), some pass (%(passed)s)", passed=passed)
    return said, True, True


def _reachable(rules: list[Rule]) -> list[Rule]:
    """The rules up to the first that always matches."""
    for n, rule in enumerate(rules, 1):
        if rule.when is None:
            return rules[:n]
    return rules
