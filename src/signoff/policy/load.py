"""A policy file becomes a `Policy`, or a list of every fault in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from signoff.domain import canonical
from signoff.domain.errors import PolicyFault, PolicyInvalid
from signoff.domain.placement import Placement
from signoff.domain.policy import Policy, Rule, ToolPolicy
from signoff.domain.stage import StageSpec
from signoff.domain.visibility import FieldRule
from signoff.domain.working_hours import WorkingHours
from signoff.policy.document import MAX_BYTES, Document, read
from signoff.policy.document import Path as At
from signoff.policy.faults import find_faults, hint
from signoff.policy.schema import (
    ALWAYS,
    SECTIONS,
    WEEKDAYS,
    HeadIn,
    RuleIn,
    ShadowIn,
    StageIn,
    ToolIn,
    VisibleIn,
    WorkingHoursIn,
)

M = TypeVar("M", bound=BaseModel)


def load_policy(path: Path) -> Policy:
    """The policy in the file at `path`.

    Raises:
        PolicyInvalid: with every fault, each with file, line and rule.
    """
    file = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise PolicyInvalid((PolicyFault(file, 0, f"cannot be read: {error.strerror or error}"),)) from error
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if len(data) > MAX_BYTES:
            raise PolicyInvalid(
                (PolicyFault(file, 1, f"the file is larger than {MAX_BYTES:,} bytes"),)
            ) from error
        line = data.count(b"\n", 0, error.start) + 1
        raise PolicyInvalid((PolicyFault(file, line, "the file is not UTF-8 text"),)) from error
    return parse_policy(text, file)


def parse_policy(text: str, file: str = "<policy>") -> Policy:
    """The policy that `text` describes; `file` is its name in faults.

    Raises:
        PolicyInvalid: with every fault, each with file, line and rule.
    """
    document = read(text, file)
    if document.data:
        policy = _Assembly(document).policy(text)
        if not document.faults:
            return policy
    elif not document.faults:
        document.fault((), "a policy needs name, version, tools and rules")
    raise PolicyInvalid(tuple(sorted(document.faults, key=lambda fault: fault.line)))


class _Assembly:
    """Reads the sections one by one, so that a fault in one does not hide those in others."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.data = document.data
        self.bad: set[At] = set()

    def policy(self, text: str) -> Policy:
        """What could be read; worth using only if the document has no faults then."""
        head, conditions = self._head()
        tools = self._tools()
        stages = self._stages()
        rules = self._rules()
        optional: dict[str, Any] = head.defaults.model_dump(exclude_unset=True)
        if stages:
            optional["stages"] = stages
        policy = Policy(
            name=head.name,
            version=head.version,
            summary=head.summary,
            content_hash=canonical.digest_of_text("policy", text),
            source=text,
            tools=tools,
            rules=tuple(rule for _, rule in rules),
            facts=head.facts,
            flags=head.flags,
            working_hours={who: _as_hours(hours) for who, hours in head.working_hours.items()},
            questions=_field_rules(head.questions.visible),
            stop_open_reviews=head.stop_open_reviews,
            **optional,
        )
        places = [at for at, _ in rules]
        find_faults(policy, self.document, places, self._unreadable_tools(tools), conditions=conditions)
        return policy

    def _head(self) -> tuple[HeadIn, bool]:
        """The head, or what remains of it; and whether what conditions may read is known."""
        data = {key: value for key, value in self.data.items() if key not in SECTIONS}
        if ("version",) in self.document.texts and data.get("version") is not None:
            data["version"] = self.document.texts["version",]
        for key in ("tools", "rules"):
            if key not in self.data:
                self.document.fault((), f'"{key}" is missing in the policy')
        known = (*HeadIn.model_fields, *SECTIONS)
        if head := self._model(HeadIn, data, (), known):
            return head, True
        readable = {}
        for key in ("facts", "flags"):
            with suppress(ValidationError):
                _validated(HeadIn, {**_PLACEHOLDER, key: data.get(key, {})})
                readable[key] = data.get(key, {})
        return _validated(HeadIn, {**_PLACEHOLDER, **readable}), "facts" in readable and "flags" in readable

    def _tools(self) -> dict[str, ToolPolicy]:
        entries = self.data.get("tools", {})
        if not isinstance(entries, dict) or ("tools" in self.data and not entries):
            self.document.fault(("tools",), '"tools" maps at least one tool to its effect class and more')
            return {}
        result: dict[str, ToolPolicy] = {}
        for name, entry in entries.items():
            tool = self._model(ToolIn, entry, ("tools", name))
            if not name.strip():
                self.document.fault(("tools", name), "a tool needs a name")
            if tool is not None:
                fields = tool.model_dump(exclude={"idempotency", "shadow", "visible"})
                key = tool.idempotency.argument if tool.idempotency else None
                until = tool.shadow.until if tool.shadow else None
                visible = _field_rules(tool.visible)
                result[name] = ToolPolicy(
                    **fields, visible=visible, idempotency_argument=key, shadow_until=until
                )
        return result

    def _unreadable_tools(self, tools: dict[str, ToolPolicy]) -> set[str]:
        entries = self.data.get("tools", {})
        return set(entries) - set(tools) if isinstance(entries, dict) else set()

    def _stages(self) -> tuple[StageSpec, ...]:
        if "stages" not in self.data:
            return ()
        entries = self.data["stages"]
        if not isinstance(entries, list) or not entries:
            self.document.fault(
                ("stages",), '"stages" is a list of at least one stage; leave it out for the default'
            )
            return ()
        stages = [self._model(StageIn, entry, ("stages", n)) for n, entry in enumerate(entries)]
        return tuple(_as_spec(stage) for stage in stages if stage is not None)

    def _rules(self) -> list[tuple[At, Rule]]:
        entries = self.data.get("rules", [])
        if not isinstance(entries, list):
            self.document.fault(("rules",), '"rules" is a list of rules')
            return []
        result: list[tuple[At, Rule]] = []
        for n, entry in enumerate(entries):
            at: At = ("rules", n)
            rule = self._model(RuleIn, entry, at)
            if rule is not None:
                result.append((at, self._rule(rule, at)))
        return result

    def _rule(self, rule: RuleIn, at: At) -> Rule:
        return Rule(
            id=rule.id,
            tools=rule.tools or (),
            when=None if rule.when == ALWAYS else self.data["rules"][at[1]]["when"],
            effect=rule.effect,
            summary=rule.summary,
            stages=tuple(_as_spec(stage) for stage in rule.stages or ()),
            settling=rule.settling,
            expires_after=rule.expires_after,
            line=self.document.line(at),
        )

    def _model(self, model: type[M], data: Any, at: At, known: tuple[str, ...] = ()) -> M | None:
        """`data` as `model`; None, with its faults noted, if it is not."""
        rule = _rule_id(data) if at[:1] == ("rules",) else None
        if not isinstance(data, dict):
            self.document.fault(at, f"{_where(at)} must be a mapping of keys to values", rule)
            return None
        try:
            return _validated(model, data)
        except ValidationError as error:
            for path, message in explained(error, model, at, known):
                if not self._said(path):
                    self.document.fault(path, message, rule)
            return None

    def _said(self, path: At) -> bool:
        """Whether this value is at fault already for being empty."""
        value: Any = self.data
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return False
        return value is None


_PLACEHOLDER = {"name": "unreadable", "version": "0"}


def _validated(model: type[M], data: Any) -> M:
    """Strictly, so that no number passes for a text or a truth value."""
    return model.model_validate_json(json.dumps(data), strict=True)


def _field_rules(visible: dict[str, VisibleIn]) -> tuple[FieldRule, ...]:
    return tuple(FieldRule(field=field, **rule.model_dump()) for field, rule in visible.items())


def _as_hours(hours: WorkingHoursIn) -> WorkingHours:
    days = tuple(WEEKDAYS.index(day) for day in hours.days)
    return WorkingHours(
        zone=hours.zone,
        days=days,
        begins=hours.begins,
        ends=hours.ends,
        holidays=frozenset(hours.holidays),
    )


def _as_spec(stage: StageIn) -> StageSpec:
    return StageSpec(**stage.model_dump())


def _rule_id(data: Any) -> str | None:
    name = data.get("id") if isinstance(data, dict) else None
    return name if isinstance(name, str) else None


def _where(at: At) -> str:
    if not at:
        return "the policy"
    last = at[-1]
    return f"{at[-2]}[{last + 1}]" if isinstance(last, int) else repr(last)


def explained(
    error: ValidationError, model: type[BaseModel], at: At, known: tuple[str, ...]
) -> Iterator[tuple[At, str]]:
    """What does not fit the model, in words, each with its place in the document.

    Args:
        known: keys that an unknown one is compared with; empty for those of the model.
    """
    for detail in error.errors(include_url=False, include_input=False):
        inside = tuple(step for step in detail["loc"] if step != "[key]")
        path = cast(At, (*at, *inside))
        name = path[-1] if path else ""
        match detail["type"]:
            case "missing":
                yield path[:-1], f'"{name}" is missing in {_where(path[:-1])}'
            case "extra_forbidden":
                yield path, f'unknown key "{name}"{hint(str(name), known or _fields(model, inside))}'
            case _:
                message = detail["msg"].removeprefix("Value error, ")
                yield path, f"{_where(path)}: {message[:1].lower()}{message[1:]}"


def _fields(model: type[BaseModel], inside: tuple[str | int, ...]) -> tuple[str, ...]:
    if len(inside) == 1:
        return tuple(model.model_fields)
    nested = next((model for key, model in _NESTED.items() if key in inside), None)
    return tuple(nested.model_fields) if nested else ()


_NESTED: dict[str, type[BaseModel]] = {
    "stages": StageIn,
    "shadow": ShadowIn,
    "placement": Placement,
    "visible": VisibleIn,
    "working_hours": WorkingHoursIn,
}
