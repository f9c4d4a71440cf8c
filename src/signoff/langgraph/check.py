"""Refusing unsafe wiring before a graph runs."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from langchain_core.tools import BaseTool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.prebuilt import ToolNode
from langgraph.pregel import Pregel

from signoff.domain.action import EffectClass
from signoff.domain.errors import UnsafeGraph
from signoff.domain.policy import OnChanges, Policy
from signoff.langgraph.gate import GATE_MARK
from signoff.langgraph.guard import Guard
from signoff.langgraph.node import GuardedToolNode
from signoff.langgraph.protect import ProtectedTool
from signoff.langgraph.tools import argument_schema, injected_inputs
from signoff.policy.check import check_codes, check_tools

Graph = CompiledStateGraph[Any, Any, Any, Any]


def check_graph(
    graph: Graph, policy: Policy, protected: Mapping[str, BaseTool], codes: Collection[str]
) -> None:
    """Look for wiring under which a guarantee would not hold.

    Args:
        protected: tools that nodes call directly; the graph itself does not show them.
        codes: every flag code that the policy's detectors can give.

    Raises:
        UnsafeGraph: with every fault found.
    """
    faults = [*_saver_faults(graph), *check_codes(policy, codes)]
    nodes = list(tool_nodes(graph))
    tools: dict[str, BaseTool] = dict(protected)
    for name, node in nodes:
        tools |= node.tools_by_name
        faults += _guard_faults(name, node, policy)
    if tools:
        faults += check_tools(policy, {name: argument_schema(tool) for name, tool in tools.items()})
    for name, tool in tools.items():
        faults += _input_faults(name, tool, policy)
        faults += _key_faults(name, tool, policy)
    faults += _stop_faults(graph, nodes, policy)
    if faults:
        raise UnsafeGraph(tuple(dict.fromkeys(faults)))


def tool_nodes(graph: Pregel[Any, Any, Any, Any], prefix: str = "") -> Iterator[tuple[str, ToolNode]]:
    """Every tools node of the graph and of its subgraphs, with its path."""
    for name, node in graph.nodes.items():
        for part in _parts(node.bound):
            if isinstance(part, ToolNode):
                yield prefix + name, part
            elif isinstance(part, Pregel):
                yield from tool_nodes(part, f"{prefix}{name}/")


def _parts(runnable: Any) -> Iterator[Any]:
    yield runnable
    for step in getattr(runnable, "steps", ()):
        yield from _parts(step)


def _saver_faults(graph: Graph) -> Iterator[str]:
    if not isinstance(graph.checkpointer, BaseCheckpointSaver):
        yield (
            "The graph has no checkpointer, so a pause could never be resumed: "
            "compile(checkpointer=desk.saver())."
        )


def _guard_faults(name: str, node: ToolNode, policy: Policy) -> Iterator[str]:
    if isinstance(node, GuardedToolNode) or _guards(node):
        return
    gated = [
        tool.name
        for tool in node.tools_by_name.values()
        if policy.tool(tool.name).effect is not EffectClass.READ and not isinstance(tool, ProtectedTool)
    ]
    if gated:
        yield (
            f"The tools node {name!r} runs {', '.join(gated)} without the guard: "
            "use desk.tool_node(TOOLS), or desk.middleware() with create_agent."
        )


def _guards(node: ToolNode) -> bool:
    """Whether a guard stands in the node's chain of wrappers."""
    return all(
        wrapper is not None and any(_contains_guard(part) for part in _closures(wrapper, set()))
        for wrapper in (getattr(node, "_wrap_tool_call", None), getattr(node, "_awrap_tool_call", None))
    )


def _closures(function: Any, seen: set[int]) -> Iterator[Any]:
    """A function with everything that it closes over, however deep."""
    if id(function) in seen:
        return
    seen.add(id(function))
    yield function
    inner = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
    if isinstance(function, functools.partial):
        inner += [function.func, *function.args]
    owner = getattr(function, "__self__", None)
    if owner is not None:
        yield owner
    for part in inner:
        if callable(part):
            yield from _closures(part, seen)


def _contains_guard(part: Any) -> bool:
    return isinstance(getattr(part, "guard", None), Guard)


def _input_faults(name: str, tool: BaseTool, policy: Policy) -> Iterator[str]:
    entry = policy.tool(name)
    if entry.effect is EffectClass.READ:
        return
    for path in injected_inputs(tool).unbound(entry.binds):
        yield (
            f"The tool {name} takes {path} beside its arguments, and no approval would cover it: "
            f"name what it reads under tools.{name}.binds in the policy."
        )


def _key_faults(name: str, tool: BaseTool, policy: Policy) -> Iterator[str]:
    argument = policy.tool(name).idempotency_argument
    if argument is None:
        return
    if argument not in getattr(tool.get_input_schema(), "model_fields", {}):
        yield f"The policy hands {name} its key as {argument!r}, but the tool has no such argument."
    elif argument in argument_schema(tool).get("properties", {}):
        yield (
            f"The model could set the key of {name}: declare {argument!r} as "
            "Annotated[str, InjectedToolArg], so that only the guard gives it."
        )


def _stop_faults(graph: Graph, nodes: list[tuple[str, ToolNode]], policy: Policy) -> Iterator[str]:
    stopping = [name for name, entry in policy.tools.items() if entry.on_changes is OnChanges.STOP]
    if not stopping or any(_is_gate(node.bound) for node in graph.nodes.values()):
        return
    for path, node in nodes:
        held = [name for name in stopping if name in node.tools_by_name]
        if held and isinstance(node, GuardedToolNode):
            yield (
                f"The policy ends the run when changes to {', '.join(held)} are requested, which the tools "
                f"node {path!r} cannot do by itself: put desk.gate(TOOLS) before it."
            )


def _is_gate(bound: Any) -> bool:
    return any(hasattr(getattr(part, "func", None), GATE_MARK) for part in _parts(bound))
