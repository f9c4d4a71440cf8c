"""The graph that campaigns run: scripted turns, the gate, and the guarded tools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, ToolCall
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph

from signoff import Desk

POLICY = Path(__file__).with_name("policy.yaml")
NAME = "campaign"

Graph = CompiledStateGraph[Any, Any, Any, Any]
Turn = list[ToolCall]
Script = Callable[[str], Sequence[Turn]]
"""The turns of a thread, one message each; after the last one the agent says that it is done."""


def asks(tool: str, what: str, *, routine: bool = False) -> ToolCall:
    """A call of `tool`; `what` names its effect and is its id, too."""
    return ToolCall(name=tool, id=what, args={"what": what, "routine": routine}, type="tool_call")


def build(desk: Desk, tools: Sequence[BaseTool], script: Script) -> Graph:
    """The checked graph; it knows nothing of the campaign but its script."""

    def model(state: MessagesState, config: RunnableConfig) -> dict[str, Any]:
        turns = script(config["configurable"]["thread_id"])
        said = sum(isinstance(message, AIMessage) for message in state["messages"])
        calls = turns[said] if said < len(turns) else []
        return {"messages": [AIMessage("" if calls else "done", tool_calls=calls)]}

    def route(state: MessagesState) -> str:
        last = state["messages"][-1]
        return "review" if isinstance(last, AIMessage) and last.tool_calls else END

    builder = StateGraph(MessagesState)
    builder.add_node("model", model)
    builder.add_node("review", desk.gate(tools))
    builder.add_node("tools", desk.tool_node(tools))
    builder.add_edge(START, "model")
    builder.add_conditional_edges("model", route, ["review", END])
    builder.add_edge("tools", "model")
    return desk.check(builder.compile(checkpointer=desk.saver()), name=NAME)


def on(thread: str) -> RunnableConfig:
    """The config of an invocation on `thread`."""
    return {"configurable": {"thread_id": thread}}


GREETING = {"messages": [("user", "go")]}
