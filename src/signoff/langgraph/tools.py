"""What a tool looks like from outside: schema, fingerprint, and inputs that bypass its arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast, get_type_hints

from jsonschema import Draft202012Validator
from langchain_core.tools import BaseTool
from langchain_core.tools import tool as as_tool
from langgraph.prebuilt import InjectedState, ToolRuntime
from pydantic import BaseModel, ValidationError

from signoff.domain import canonical
from signoff.domain.policy import ToolPolicy
from signoff.domain.value import Value
from signoff.services.propose import ToolVersion

ToolLike = BaseTool | Callable[..., Any]


def as_tools(tools: Sequence[ToolLike]) -> list[BaseTool]:
    """The tools as langchain sees them; plain functions are wrapped."""
    return [t if isinstance(t, BaseTool) else as_tool(t) for t in tools]


def argument_schema(tool: BaseTool) -> dict[str, Any]:
    """JSON schema of the arguments that the model gives."""
    schema = tool.tool_call_schema
    if isinstance(schema, dict):
        return schema
    return cast("type[BaseModel]", schema).model_json_schema()


def describe(tool: BaseTool, policy: ToolPolicy) -> ToolVersion:
    """The tool with its fingerprint: schema, effect class and idempotency. A change of any of them
    makes earlier approvals void."""
    schema = argument_schema(tool)
    fingerprint = canonical.digest(
        "tool",
        {
            "name": tool.name,
            "schema": schema,
            "effect": policy.effect.value,
            "idempotency": policy.idempotency_argument,
        },
    )
    return ToolVersion(
        name=tool.name,
        fingerprint=fingerprint,
        argument_schema=schema,
        retryable=policy.idempotency_argument is not None,
    )


def argument_faults(tool: BaseTool, arguments: dict[str, Any]) -> list[str]:
    """Why the arguments do not fit the tool, in words; empty when they do."""
    schema = argument_schema(tool)
    known = schema.get("properties", {})
    faults = [f"{name}: the tool has no such argument" for name in arguments if name not in known]
    model = tool.tool_call_schema
    if isinstance(model, dict):
        found = Draft202012Validator(model).iter_errors(arguments)
        return faults + [f"{e.json_path.removeprefix('$.')}: {e.message}" for e in found]
    try:
        cast("type[BaseModel]", model).model_validate(arguments)
    except ValidationError as error:
        faults += [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    except RecursionError:
        faults.append("nested too deeply")
    return faults


class InjectedInputs(Value):
    """Inputs that reach a tool outside its arguments."""

    state_fields: frozenset[str] = frozenset()
    whole_state: bool = False
    runtime: bool = False

    def unbound(self, binds: tuple[str, ...] | None) -> list[str]:
        """What no policy path covers, in words."""
        if binds is None:
            bound: tuple[str, ...] = ()
        else:
            bound = binds
        missing = [
            f"state.{field}"
            for field in sorted(self.state_fields)
            if not any(b == f"state.{field}" or b.startswith(f"state.{field}.") for b in bound)
        ]
        if (self.whole_state or self.runtime) and binds is None:
            missing.append("the whole state" if self.whole_state else "the runtime")
        return missing


def injected_inputs(tool: BaseTool) -> InjectedInputs:
    """What LangGraph injects into the tool, by its annotations."""
    fields: set[str] = set()
    whole = runtime = False
    for hint in _hints(tool).values():
        for mark in getattr(hint, "__metadata__", ()):
            if isinstance(mark, InjectedState) or mark is InjectedState:
                field = getattr(mark, "field", None)
                if field is None:
                    whole = True
                else:
                    fields.add(field)
        base = getattr(hint, "__origin__", hint)
        runtime = runtime or base is ToolRuntime
    return InjectedInputs(state_fields=frozenset(fields), whole_state=whole, runtime=runtime)


def _hints(tool: BaseTool) -> dict[str, Any]:
    hints: dict[str, Any] = {}
    schema = tool.args_schema
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        hints |= get_type_hints(schema, include_extras=True)
    for function in (getattr(tool, "func", None), getattr(tool, "coroutine", None)):
        if function is not None:
            hints |= get_type_hints(function, include_extras=True)
    return hints
