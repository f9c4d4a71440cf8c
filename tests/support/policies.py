"""Actions and policies for tests of the policy layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from signoff.domain.action import Action, EffectClass
from signoff.domain.errors import PolicyFault, PolicyInvalid
from signoff.domain.flag import RiskFlag, Severity
from signoff.domain.ids import ThreadId, WorkspaceId
from signoff.domain.policy import RuleEffect, Verdict
from signoff.policy.load import parse_policy

OUTBOUND = Path(__file__).parent.parent / "unit" / "data" / "outbound.yaml"
ROUTINE_MAIL = {"to": "ann@example.com", "subject": "Your order", "body": "It is on its way."}
KNOWN_CUSTOMER = {"customer_known": True, "tier": "standard", "discount_limit": 10.0}


def action(
    arguments: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
    *,
    tool: str = "send_email",
    effect_class: EffectClass = EffectClass.IRREVERSIBLE,
) -> Action:
    return Action(
        workspace=WorkspaceId("default"),
        thread=ThreadId("t1"),
        key="call:m1/c1",
        pause="m1",
        tool=tool,
        fingerprint="f",
        effect_class=effect_class,
        arguments=ROUTINE_MAIL if arguments is None else arguments,
        context=KNOWN_CUSTOMER if context is None else context,
    )


def flag(code: str = "brand_term", severity: Severity = Severity.HIGH) -> RiskFlag:
    return RiskFlag(
        code=code, severity=severity, message="Found.", detector="d", detector_version="1", path="/body"
    )


def small_policy(
    rules: str = "[]",
    *,
    effect: str = "write",
    arguments: str = "{}",
    facts: str = "{}",
    more: str = "",
) -> str:
    """A policy for the one tool `act`; the parts are YAML in one line each, `more` whole lines."""
    return (
        "name: small\nversion: 1\n"
        f"facts: {facts}\n"
        "flags: {brand_terms: {}}\n"
        "tools:\n"
        f"  act: {{effect: {effect}, arguments: {arguments}}}\n"
        "  look: {effect: read}\n"
        f"{more}"
        f"rules: {rules}\n"
    )


def faults_of(text: str) -> tuple[PolicyFault, ...]:
    """The faults of `text`; an assertion fails when there are none."""
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy(text, "p.yaml")
    faults = caught.value.faults
    assert faults
    assert all(fault.file == "p.yaml" and fault.message for fault in faults)
    assert all(1 <= fault.line <= text.count("\n") + 1 for fault in faults)
    return faults


def is_failed_review(verdict: Verdict, part: str = "") -> bool:
    """Whether an error, one with `part` in it, sent the call to people."""
    return (
        verdict.effect is RuleEffect.REVIEW
        and verdict.rule is None
        and bool(verdict.errors)
        and any(part in error for error in verdict.errors)
    )
