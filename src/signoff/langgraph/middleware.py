"""The door for LangChain's create_agent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import (
    ExtendedModelResponse,
    ModelCallResult,
    ModelRequest,
    ModelResponse,
    hook_config,
)
from langchain_core.messages import AIMessage, RemoveMessage, ToolMessage
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.runtime import Runtime
from langgraph.types import Command

from signoff.domain.policy import OnChanges, Policy
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

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelCallResult[Any]:
        """Answer calls that new input left hanging. A hook before the model would be a node of its own,
        with its own checkpoint in every turn."""
        hanging = _hanging_calls(request.state["messages"])
        if not hanging:
            return handler(request)
        return _mended(request, hanging, handler(_asking_with(request, hanging)))

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelCallResult[Any]:
        hanging = _hanging_calls(request.state["messages"])
        if not hanging:
            return await handler(request)
        return _mended(request, hanging, await handler(_asking_with(request, hanging)))


class StoppingMiddleware(SignoffMiddleware):
    """For policies that end a run on requested changes: it ends before the model is asked again."""

    @hook_config(can_jump_to=["end"])
    def before_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        return {"jump_to": "end"} if _asks_to_stop(state["messages"]) else None

    @hook_config(can_jump_to=["end"])
    async def abefore_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        return self.before_model(state, runtime)


def middleware_of(guard: Guard, policy: Policy) -> SignoffMiddleware:
    """The middleware that `policy` needs: where nothing stops a run, nothing looks for it in every turn."""
    stops = any(tool.on_changes is OnChanges.STOP for tool in policy.tools.values())
    return StoppingMiddleware(guard) if stops else SignoffMiddleware(guard)


def _asking_with(request: ModelRequest[Any], answers: Sequence[ToolMessage]) -> ModelRequest[Any]:
    return request.override(messages=_answered_in_place(request.messages, answers))


def _mended(
    request: ModelRequest[Any], answers: Sequence[ToolMessage], response: ModelResponse[Any]
) -> ExtendedModelResponse[Any]:
    """The response with the conversation put in order for good, and not for this request alone."""
    mended = _answered_in_place(request.state["messages"], answers)
    update = {"messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), *mended, *response.result]}
    return ExtendedModelResponse(model_response=response, command=Command(update=update))


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
