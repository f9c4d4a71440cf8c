"""A condition compiled for one tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cel

from signoff.domain.action import EffectClass
from signoff.domain.flag import Severity
from signoff.domain.policy import Policy, Rule
from signoff.policy.celtypes import STRING, Declared, Type, parse_type
from signoff.policy.expression import ExpressionFault, parse
from signoff.policy.grounding import IN_REQUEST, in_request
from signoff.policy.parts import TEXT_SIZE, Names, Path, quoted
from signoff.policy.typecheck import check

FUNCTIONS: dict[str, Callable[..., Any]] = {TEXT_SIZE: len, IN_REQUEST: in_request}
_FLAG = {
    "code": STRING,
    "severity": Type("string", values=frozenset(s.value for s in Severity), closed=True),
    "path": STRING,
    "quote": STRING,
}
_RUN = {"requester": Declared(STRING, optional=True), "thread": Declared(STRING)}


@dataclass(frozen=True)
class Condition:
    """What runs, and which values it reads."""

    source: str
    program: cel.Program
    reads: frozenset[Path]
    codes: frozenset[str]


def applies(rule: Rule, tool: str, effect: EffectClass) -> bool:
    """Whether `rule` is asked about `tool`: no rule is about reads."""
    if effect is EffectClass.READ:
        return False
    return tool in rule.tools if rule.tools else True


def names_for(policy: Policy, tool: str) -> Names:
    """What a condition may read when `tool` is judged."""
    return Names(
        variables={"tool": Type("string", values=frozenset(policy.tools), closed=True)},
        objects={
            "args": declared_types(policy.tool(tool).arguments),
            "facts": declared_types(policy.facts),
            "run": _RUN,
        },
        items={"flags": _FLAG},
        owners={"args": f"tools.{tool}.arguments", "facts": "facts"},
    )


def declared_types(types: Mapping[str, str]) -> dict[str, Declared]:
    """The declared types by name.

    Raises:
        ValueError: for a text that is no type.
    """
    return {name: parse_type(text) for name, text in types.items()}


def compile_condition(text: str, names: Names) -> Condition:
    """The condition `text`, checked against `names`.

    Raises:
        ExpressionFault: for anything that is not certain to be true or false.
    """
    checked = check(parse(text), names)
    for pattern in checked.patterns:
        _try_pattern(text, pattern)
    return Condition(text, _program(checked.text), checked.reads, checked.codes)


@lru_cache(maxsize=1024)
def _program(text: str) -> cel.Program:
    try:
        return cel.compile(text)
    except ValueError as error:
        raise ExpressionFault(0, f"the engine cannot read it: {_first_line(error)}") from error


def _try_pattern(text: str, pattern: str) -> None:
    try:
        cel.evaluate(f'"".matches({quoted(pattern)})')
    except RuntimeError as error:
        position = max(text.find("matches"), 0)
        raise ExpressionFault(
            position, f"{pattern!r} is no pattern: {str(error).splitlines()[-1]}"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]
