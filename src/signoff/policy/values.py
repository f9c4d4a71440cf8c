"""What conditions read of one call, converted once, with what cannot be read noted beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cel

from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag
from signoff.policy.celtypes import STRING, Declared, Unfit, convert
from signoff.policy.parts import Path
from signoff.policy.program import FUNCTIONS


@dataclass(frozen=True)
class Values:
    """The variables of one evaluation; `problems` are the values that are missing or do not fit."""

    variables: dict[str, Any]
    context: cel.Context
    problems: dict[Path, str] = field(default_factory=dict)

    def problem(self, reads: Iterable[Path]) -> str | None:
        """What is wrong with the first of `reads` that cannot be read."""
        if not self.problems:
            return None
        return next((self.problems[path] for path in sorted(reads) if path in self.problems), None)

    def shown(self, path: Path) -> str:
        """The value at `path` as a person reads it."""
        if path in self.problems:
            return self.problems[path]
        value = self.variables.get(path[0])
        if path == ("flags",):
            return ", ".join(f"{flag['code']} ({flag['severity']})" for flag in value or ()) or "none"
        if len(path) == 1:
            return str(value)
        return repr(value[path[1]]) if value is not None and path[1] in value else "absent"


def read_values(
    action: Action,
    flags: Sequence[RiskFlag],
    requester: str | None,
    arguments: Mapping[str, Declared],
    facts: Mapping[str, Declared],
) -> Values:
    """The declared arguments and facts of `action` with everything else that conditions may read."""
    problems: dict[Path, str] = {}
    run = {"requester": requester, "thread": action.thread}
    variables: dict[str, Any] = {
        "tool": action.tool,
        "args": _converted("args", action.arguments, arguments, problems),
        "facts": _converted("facts", action.context, facts, problems),
        "flags": [_flag(flag) for flag in flags],
        "run": _converted("run", run, _RUN, problems),
    }
    return Values(variables, cel.Context(variables, FUNCTIONS), problems)


_RUN = {"requester": Declared(STRING, optional=True), "thread": Declared(STRING)}


def _flag(flag: RiskFlag) -> dict[str, str]:
    return {"code": flag.code, "severity": flag.severity.value, "path": flag.path, "quote": flag.quote}


def _converted(
    owner: str, source: Mapping[str, Any], declared: Mapping[str, Declared], problems: dict[Path, str]
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, wanted in declared.items():
        value = source.get(name)
        if value is None:
            if not wanted.optional:
                problems[owner, name] = f"{owner}.{name} is missing"
            continue
        try:
            result[name] = convert(value, wanted.type)
        except Unfit as unfit:
            problems[owner, name] = f"{owner}.{name} {unfit}"
    return result
