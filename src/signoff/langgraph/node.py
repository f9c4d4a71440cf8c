"""The tools node: LangGraph's own ToolNode with the guard inside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain_core.messages import ToolMessage
from langgraph.prebuilt import ToolNode
from langgraph.prebuilt.tool_node import ToolCallRequest

from signoff.domain.errors import MissingKey, UnsafeGraph
from signoff.langgraph.calls import messages_of, site_of, turn_of
from signoff.langgraph.guard import Guard, NotPrepared, Prepared
from signoff.langgraph.tools import ToolLike, as_tools

_TOOL_NODE_MODULE = "langgraph.prebuilt.tool_node"
_NOT_INNERMOST = (
    "Other middleware stands between the guard and the tool and could change or repeat an approved call. "
    "Put desk.middleware() last in the list."
)


class GuardedCall:
    """The guard as ToolNode and create_agent call it: a `wrap_tool_call` with its async twin."""

    def __init__(self, guard: Guard, messages_key: str) -> None:
        self.guard = guard
        self._messages_key = messages_key

    def wrap(self, request: ToolCallRequest, execute: Callable[[ToolCallRequest], Any]) -> Any:
        if self._is_read(request):
            return execute(request)
        prepared = self._prepared(request, execute)
        if isinstance(prepared, ToolMessage):
            return prepared
        return self.guard.run(prepared, request, execute)

    async def awrap(
        self, request: ToolCallRequest, execute: Callable[[ToolCallRequest], Awaitable[Any]]
    ) -> Any:
        if self._is_read(request):
            return await execute(request)
        prepared = self._prepared(request, execute)
        if isinstance(prepared, ToolMessage):
            return prepared
        return await self.guard.arun(prepared, request, execute)

    def _is_read(self, request: ToolCallRequest) -> bool:
        """By the tool that would run, which other middleware may have put in place of the one named."""
        named = request.tool_call["name"]
        return self.guard.passes_straight(named if request.tool is None else request.tool.name)

    def _prepared(self, request: ToolCallRequest, execute: Any) -> Prepared | ToolMessage:
        """The call ready to be judged, or the message that says why it cannot be."""
        call = request.tool_call
        if getattr(execute, "__module__", "") != _TOOL_NODE_MODULE:
            raise UnsafeGraph((_NOT_INNERMOST,))
        if request.tool is None:
            return self.guard.telling.not_prepared(call, f"Not run. There is no tool named {call['name']!r}.")
        try:
            site = site_of(request.runtime.config, request.runtime.execution_info)
            turn = turn_of(messages_of(request.state, self._messages_key), call)
            return self.guard.prepare(
                site,
                call,
                request.tool,
                key=turn.key(call),
                pause=turn.message_id,
                state=request.state,
                context=request.runtime.context,
                passed=turn.passed,
            )
        except NotPrepared as problem:
            return self.guard.telling.not_prepared(call, problem.text)
        except MissingKey as problem:
            return self.guard.telling.not_prepared(call, f"Not run. {problem.message}")


class GuardedToolNode(ToolNode):
    """A ToolNode whose calls pass the guard."""

    def __init__(self, tools: Sequence[ToolLike], guard: Guard, *, name: str, messages_key: str) -> None:
        guarded = GuardedCall(guard, messages_key)
        super().__init__(
            as_tools(tools),
            name=name,
            messages_key=messages_key,
            wrap_tool_call=guarded.wrap,
            awrap_tool_call=guarded.awrap,
        )
        self.guard = guard
