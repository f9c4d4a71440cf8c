"""Whether a policy fits the tools that are really there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from string import Formatter
from typing import Any

from signoff.domain.action import EffectClass
from signoff.domain.policy import Policy, ToolPolicy
from signoff.policy.celtypes import Declared, Type
from signoff.policy.faults import covered, hint
from signoff.policy.program import compile_condition, declared_types, names_for

Schema = Mapping[str, Any]
_MAX_REFERENCES = 20
_KINDS = {
    "string": ("string",),
    "integer": ("int", "double"),
    "number": ("double",),
    "boolean": ("bool",),
    "array": ("list",),
    "object": ("map",),
}


def check_tools(policy: Policy, tools: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """What does not fit between `policy` and `tools`; empty if all does.

    Args:
        policy: as loaded.
        tools: the JSON schema of each tool's arguments, by the tool's name.
    """
    return (
        *(
            f'the policy names a tool "{name}" that is not there{hint(name, tools)}'
            for name in sorted(set(policy.tools) - set(tools))
        ),
        *(
            f'the tool "{name}" is not classified{_did_you_mean(name, policy.tools)}'
            for name in sorted(set(tools) - set(policy.tools))
        ),
        *(
            fault
            for name in sorted(set(policy.tools) & set(tools))
            for fault in _tool_faults(policy, name, tools[name])
        ),
    )


def check_codes(policy: Policy, codes: Collection[str]) -> tuple[str, ...]:
    """Flag codes that conditions compare with, but that no detector gives.

    Args:
        policy: as loaded.
        codes: every code that the policy's detectors can give.
    """
    faults: list[str] = []
    for rule in policy.rules:
        if rule.when is None:
            continue
        tools = covered(policy, rule)
        named = {c for t in tools for c in compile_condition(rule.when, names_for(policy, t)).codes}
        faults.extend(
            f'the rule "{rule.id}" waits for a flag "{code}" that no detector gives{hint(code, codes)}'
            for code in sorted(named - set(codes))
        )
    return tuple(faults)


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    text = hint(name, known)
    return text if "did you mean" in text else ""


def _tool_faults(policy: Policy, name: str, schema: Schema) -> Iterable[str]:
    tool = policy.tools[name]
    properties: Schema = schema.get("properties", {})
    for use, argument in _named_arguments(tool):
        if argument not in properties:
            guess = hint(argument, properties)
            yield f'{name}: its {use} names an argument "{argument}" that the tool does not have{guess}'
    for argument, declared in declared_types(tool.arguments).items():
        if argument not in properties:
            readers = _readers(policy, name, argument)
            yield f'{name}: there is no argument "{argument}"{hint(argument, properties)}{readers}'
            continue
        may_be_absent = argument not in schema.get("required", ())
        if reason := _disagreement(properties[argument], declared, may_be_absent, schema):
            yield f'{name}: the argument "{argument}" is declared {tool.arguments[argument]}, but {reason}'


def _named_arguments(tool: ToolPolicy) -> Iterable[tuple[str, str]]:
    if tool.body is not None:
        yield "body", tool.body
    for _, argument, _, _ in Formatter().parse(tool.title):
        if argument is not None:
            yield "title", argument
    for rule in tool.visible:
        part, argument, *_ = rule.field.split("/")
        if not part and argument != "*":
            yield "visible", argument.replace("~1", "/").replace("~0", "~")


def _readers(policy: Policy, tool: str, argument: str) -> str:
    if policy.tools[tool].effect is EffectClass.READ:
        return ""
    ids = [
        rule.id
        for rule in policy.rules
        if rule.when is not None
        and tool in covered(policy, rule)
        and ("args", argument) in compile_condition(rule.when, names_for(policy, tool)).reads
    ]
    return f"; read by {', '.join(ids)}" if ids else ""


def _disagreement(property: Schema, declared: Declared, may_be_absent: bool, schema: Schema) -> str | None:
    alternatives = list(_alternatives(property, schema))
    kinds = {kind for kind, _ in alternatives if kind is not None}
    if not alternatives or None in {kind for kind, _ in alternatives}:
        return None
    if not any(
        _accepts(declared.type, kind, alternative, schema) for kind, alternative in alternatives if kind
    ):
        return f"the tool takes {' or '.join(sorted(kinds))}"
    if declared.optional:
        return None
    if "null" in kinds:
        return f"the tool takes null too; declare {declared.type}?"
    return f"the tool may be called without it; declare {declared.type}?" if may_be_absent else None


def _accepts(wanted: Type, kind: str, alternative: Schema, schema: Schema) -> bool:
    if wanted.kind not in _KINDS.get(kind, ()):
        return False
    if wanted.element is None or wanted.element.kind == "any":
        return True
    inner = alternative.get("items" if kind == "array" else "additionalProperties")
    if not isinstance(inner, Mapping):
        return inner is None or inner is True
    return any(k is None or _accepts(wanted.element, k, a, schema) for k, a in _alternatives(inner, schema))


def _alternatives(property: Schema, schema: Schema, depth: int = 0) -> Iterable[tuple[str | None, Schema]]:
    """The JSON types that `property` may have; None for one that does not say."""
    if depth > _MAX_REFERENCES:
        yield None, property
        return
    reference = property.get("$ref")
    if isinstance(reference, str):
        yield from _alternatives(_resolved(reference, schema), schema, depth + 1)
        return
    for key in ("anyOf", "oneOf", "allOf"):
        if key in property:
            for option in property[key]:
                yield from _alternatives(option, schema, depth + 1)
            return
    types = property.get("type")
    if isinstance(types, list):
        yield from ((kind, property) for kind in types)
    elif types is not None:
        yield types, property
    elif "enum" in property or "const" in property:
        values = property.get("enum", [property.get("const")])
        yield from ((_json_kind(value), property) for value in values)
    else:
        yield None, property


def _resolved(reference: str, schema: Schema) -> Schema:
    found: Any = schema
    for step in reference.removeprefix("#/").split("/"):
        found = found.get(step, {}) if isinstance(found, Mapping) else {}
    return found if isinstance(found, Mapping) else {}


def _json_kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"
