"""The door for LangChain's create_agent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import hook_config
from langchain_core.messages import AIMessage, RemoveMessage, ToolMessage
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.runtime import Runtime

from signoff.langgraph.guard import Guard
from signoff.langgraph.node import GuardedCall


class SignoffMiddleware(AgentMiddleware[AgentState[Any], Any, Any]):
    """Puts the guard around every tool call of an agent. It belongs last in the middleware list."""

    def __init__(self, guard: Guard) -> None:
        super().__init__()
        self._guarded = GuardedCall(guard, "messages")
        self.guard = guard

    def wrap_tool_call(self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Any]) -> Any:
        return self._guarded.wrap(request, handler)

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[Any]]
    ) -> Any:
        return await self._guarded.awrap(request, handler)

    @hook_config(can_jump_to=["end"])
    def before_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        """End the run where the policy says so; answer calls that new input left hanging."""
        messages = state["messages"]
        if _asks_to_stop(messages):
            return {"jump_to": "end"}
        hanging = _hanging_calls(messages)
        if not hanging:
            return None
        return {"messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), *_answered_in_place(messages, hanging)]}

    @hook_config(can_jump_to=["end"])
    async def abefore_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        return self.before_model(state, runtime)


def _asks_to_stop(messages: Sequence[Any]) -> bool:
    for message in reversed(messages):
        if not isinstance(message, ToolMessage):
            return False
        if message.additional_kwargs.get("signoff", {}).get("stop"):
            return True
    return False


def _hanging_calls(messages: Sequence[Any]) -> list[ToolMessage]:
    """Answers for calls of earlier turns that never got one."""
    answered = {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}
    calls = [call for m in messages if isinstance(m, AIMessage) for call in m.tool_calls]
    return [
        ToolMessage(
            content="Not run. New input arrived before this call was decided.",
            name=call["name"],
            tool_call_id=str(call["id"]),
            id=f"signoff-hanging-{call['id']}",
            status="error",
        )
        for call in calls
        if call["id"] not in answered
    ]


def _answered_in_place(messages: Sequence[Any], answers: Sequence[ToolMessage]) -> list[Any]:
    """The conversation with each answer behind the message that asked: chat models refuse any other order."""
    repaired: list[Any] = []
    waiting: list[ToolMessage] = []
    for message in messages:
        if not isinstance(message, ToolMessage):
            repaired += waiting
            waiting = []
        repaired.append(message)
        if isinstance(message, AIMessage):
            asked = {call["id"] for call in message.tool_calls}
            waiting = [answer for answer in answers if answer.tool_call_id in asked]
    return repaired + waiting
