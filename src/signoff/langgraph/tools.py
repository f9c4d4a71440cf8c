"""What a tool looks like from outside: schema, fingerprint, and inputs that bypass its arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from jsonschema import Draft202012Validator
from langchain_core.tools import BaseTool
from langchain_core.tools import tool as as_tool
from langchain_core.tools.base import _get_runnable_config_param
from langgraph.prebuilt.tool_node import _get_all_injected_args
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


def argument_faults(model: Any, schema: dict[str, Any], arguments: dict[str, Any]) -> list[str]:
    """Why the arguments do not fit a tool, in words; empty when they do.

    Args:
        model: the tool's `tool_call_schema`.
        schema: the same as JSON schema.
    """
    known = schema.get("properties", {})
    faults = [f"{name}: the tool has no such argument" for name in arguments if name not in known]
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
    config: bool = False
    store: bool = False

    @property
    def whole(self) -> bool:
        """Whether the tool gets something of which it may read any part."""
        return self.whole_state or self.runtime or self.config

    def unbound(self, binds: tuple[str, ...] | None) -> list[str]:
        """What no policy path covers, in words. A path into a field does not cover the field."""
        bound = binds or ()
        missing = [f"state.{field}" for field in sorted(self.state_fields) if f"state.{field}" not in bound]
        if binds is None:
            named = {
                "the whole state": self.whole_state,
                "the runtime": self.runtime,
                "the config": self.config,
                "the store": self.store,
            }
            missing += [name for name, is_taken in named.items() if is_taken]
        return missing


def injected_inputs(tool: BaseTool) -> InjectedInputs:
    """What reaches the tool beside its arguments, found just as ToolNode and langchain find it."""
    injected = _get_all_injected_args(tool)
    fields = injected.state.values()
    return InjectedInputs(
        state_fields=frozenset(field for field in fields if field),
        whole_state=any(not field for field in fields),
        runtime=injected.runtime is not None,
        config=any(_get_runnable_config_param(function) for function in _functions(tool)),
        store=injected.store is not None,
    )


def _functions(tool: BaseTool) -> list[Callable[..., Any]]:
    """What a call of the tool ends in."""
    wrapped = [getattr(tool, "func", None), getattr(tool, "coroutine", None)]
    given = [function for function in wrapped if function is not None]
    return given or [tool._run, tool._arun]  # noqa: SLF001 - langchain reads their annotations, too
