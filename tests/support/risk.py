"""Short ways to put a draft before a detector."""

from __future__ import annotations

from typing import Any

from signoff.domain.action import Action, EffectClass
from signoff.domain.flag import RiskFlag
from signoff.domain.ids import DEFAULT_WORKSPACE, ThreadId
from signoff.risk.registry import build_detectors, run_detectors


def draft(body: str, facts: dict[str, Any] | None = None, **arguments: Any) -> Action:
    """A call of `send_email` with this body."""
    return Action(
        workspace=DEFAULT_WORKSPACE,
        thread=ThreadId("t"),
        key="call:m/c",
        pause="m",
        tool="send_email",
        fingerprint="f",
        effect_class=EffectClass.IRREVERSIBLE,
        arguments={"to": "noah.brown7922@example.com", "subject": "Hello", "body": body} | arguments,
        context=facts or {},
    )


def flags_of(detector: str, settings: dict[str, Any], action: Action) -> tuple[RiskFlag, ...]:
    """What one detector finds; it must not fail, and every flag must be anchored and declared."""
    [built] = build_detectors({detector: settings})
    flags, errors = run_detectors([built], action)
    assert errors == ()
    for flag in flags:
        assert_anchored(flag, action)
        assert flag.code in built.codes
    return flags


def assert_anchored(flag: RiskFlag, action: Action) -> None:
    """The quote is what stands at the offsets."""
    value: Any = action.arguments
    for step in flag.path.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, (list, tuple)) else value[key]
    if flag.quote or flag.end:
        assert value[flag.start : flag.end] == flag.quote
        assert 0 <= flag.start < flag.end <= len(value)
    else:
        assert flag.start == 0


def found(flags: tuple[RiskFlag, ...]) -> list[tuple[str, str]]:
    """Code and quote of each flag."""
    return [(flag.code, flag.quote) for flag in flags]
