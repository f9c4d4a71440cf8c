"""Graphs around a guard: the agent's loop, and what a scenario wants around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState, ToolRetryMiddleware
from langchain.agents.middleware.types import hook_config
from langchain_core.messages import AIMessage, ToolCall, ToolMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, RetryPolicy, Send, interrupt

from signoff.testing.conformance.adapter import Blueprint, Graph, Mode

MODEL, REVIEW, AFTER = "model", "review", "after"
FOREIGN = "foreign"

Builder = StateGraph[Any, Any, Any, Any]
Payload = Callable[[AIMessage, ToolCall], Any]


def one_call(_: AIMessage, call: ToolCall) -> Any:
    """What a ToolNode is sent to run one call."""
    return [call]


def one_message(message: AIMessage, call: ToolCall) -> Any:
    """What a function node is sent: the message with one call left."""
    return {"messages": [message.model_copy(update={"tool_calls": [call]})]}


def loop(blueprint: Blueprint, tools: Any, *, review: Any = None, payload: Payload = one_call) -> Builder:
    """Model, perhaps a review node, tools, and round again."""
    name = blueprint.tools_node

    def model(state: MessagesState) -> dict[str, Any]:
        return {"messages": [blueprint.agent.speak(state["messages"])]}

    def route(state: MessagesState) -> Any:
        message = state["messages"][-1]
        if not isinstance(message, AIMessage) or not message.tool_calls:
            return END
        if review is not None:
            return REVIEW
        if blueprint.tasks == "apart":
            return [Send(name, payload(message, call)) for call in message.tool_calls]
        return name

    builder: Builder = StateGraph(MessagesState)
    builder.add_node(MODEL, model)
    retry = RetryPolicy(max_attempts=3, initial_interval=0.001, retry_on=lambda _: True)
    builder.add_node(name, tools, retry_policy=retry if blueprint.retries else None)
    builder.add_edge(START, MODEL)
    if review is not None:
        builder.add_node(REVIEW, review)
    builder.add_conditional_edges(MODEL, route, [REVIEW if review is not None else name, END])
    if blueprint.jumps_back:
        after: Any = _jump_back_once(name)
        builder.add_node(AFTER, after, destinations=(name, MODEL))
        builder.add_edge(name, AFTER)
    else:
        builder.add_edge(name, MODEL)
    return builder


def _jump_back_once(tools_node: str) -> Callable[[MessagesState], Command[Any]]:
    jumped: list[bool] = []

    def after(state: MessagesState) -> Command[Any]:
        if jumped or not state["messages"]:
            return Command(goto=MODEL)
        jumped.append(True)
        return Command(goto=tools_node)

    return after


class JumpBack(AgentMiddleware[AgentState[Any], Any, Any]):
    """Some other middleware that sends the agent to its tools once more after the first answer."""

    def __init__(self) -> None:
        super().__init__()
        self._jumped = False

    @hook_config(can_jump_to=["tools"])
    def before_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        if self._jumped or not isinstance(state["messages"][-1], ToolMessage):
            return None
        self._jumped = True
        return {"jump_to": "tools"}

    @hook_config(can_jump_to=["tools"])
    async def abefore_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        return self.before_model(state, runtime)


def other_middleware(blueprint: Blueprint) -> list[AgentMiddleware[Any, Any, Any]]:
    """The middleware that a scenario puts beside the guard's own."""
    others: list[AgentMiddleware[Any, Any, Any]] = []
    if blueprint.jumps_back:
        others.append(JumpBack())
    if blueprint.retries:
        others.append(ToolRetryMiddleware(max_retries=2, initial_delay=0.0, jitter=False))
    return others


def compiled(
    blueprint: Blueprint,
    compile_inner: Callable[[BaseCheckpointSaver[str] | None, Sequence[str]], Graph],
    saver: BaseCheckpointSaver[str],
    mode: Mode,
) -> Graph:
    """The inner graph alone, or inside the one that the blueprint wants around it."""
    held = saver if blueprint.saver else None
    stops = [blueprint.tools_node] if blueprint.breakpoint else []
    if blueprint.around is None:
        return compile_inner(held, stops)
    inner = compile_inner(None, stops)
    outer: Builder = StateGraph(MessagesState)
    agent = blueprint.agent

    def before(state: MessagesState) -> dict[str, Any]:
        agent.models.record("before", messages=len(state["messages"]))
        return {}

    def host(state: MessagesState) -> dict[str, Any]:
        agent.models.record("host")
        return {"messages": inner.invoke({"messages": state["messages"]})["messages"]}

    async def ahost(state: MessagesState) -> dict[str, Any]:
        agent.models.record("host")
        return {"messages": (await inner.ainvoke({"messages": state["messages"]}))["messages"]}

    def foreign(state: MessagesState) -> dict[str, Any]:
        said = interrupt({"question": "something that is not the guard's business"})
        agent.models.record(f"foreign {said}", messages=len(state["messages"]))
        return {}

    outer.add_node("before", before)
    outer.add_edge(START, "before")
    if blueprint.around == "function":
        outer.add_node("agent", host if mode is Mode.SYNC else ahost)
    else:
        outer.add_node("agent", inner)
    outer.add_edge("before", "agent")
    if blueprint.around == "beside":
        outer.add_node(FOREIGN, foreign)
        outer.add_edge("before", FOREIGN)
    return outer.compile(checkpointer=held)
