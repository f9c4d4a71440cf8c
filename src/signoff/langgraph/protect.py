"""The door for tools that nodes call directly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import ToolCall
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from langgraph.config import get_config
from langgraph.prebuilt import ToolRuntime
from langgraph.prebuilt.tool_node import ToolCallRequest

from signoff.domain.errors import MissingKey
from signoff.domain.ids import caller_key
from signoff.langgraph.calls import site_of, step_of
from signoff.langgraph.guard import Guard, NotPrepared, Prepared


class ProtectedTool(BaseTool):
    """A tool behind the guard. `invoke` returns a ToolMessage, whether it ran or not.

    Call it inside a node with a key that names this use of it within the thread:
    ``send.invoke({"to": …}, key="welcome")``. The same key is the same call, also after a crash.
    """

    inner: BaseTool
    guard: Any

    def __init__(self, inner: BaseTool, guard: Guard) -> None:
        super().__init__(
            name=inner.name,
            description=inner.description,
            args_schema=inner.args_schema,
            inner=inner,
            guard=guard,
        )

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Run the tool if it may run now.

        Args:
            input: the arguments, or a ToolCall whose id then serves as the key.
            kwargs: `key`, this use's name within the thread.

        Raises:
            MissingKey: neither key nor tool call id, or outside a thread.
        """
        call = self._call(input, kwargs.get("key"))
        if self.guard.passes_straight(self.name):
            return self.inner.invoke({**call, "type": "tool_call"}, config)
        request, prepared = self._prepared(call, config)
        if isinstance(prepared, NotPrepared):
            return self.guard.telling.not_prepared(call, prepared.text)
        return self.guard.run(prepared, request, self._execute)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Like `invoke`."""
        call = self._call(input, kwargs.get("key"))
        if self.guard.passes_straight(self.name):
            return await self.inner.ainvoke({**call, "type": "tool_call"}, config)
        request, prepared = self._prepared(call, config)
        if isinstance(prepared, NotPrepared):
            return self.guard.telling.not_prepared(call, prepared.text)
        return await self.guard.arun(prepared, request, self._aexecute)

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        raise MissingKey("A protected tool runs through invoke or ainvoke only.")

    def _call(self, input: Any, key: str | None) -> ToolCall:
        is_call = isinstance(input, Mapping) and input.get("type") == "tool_call"
        given = key or (input.get("id") if is_call else None)
        if not given:
            raise MissingKey(
                f"{self.name} needs a key that names this use within the thread: "
                f"{self.name}.invoke(arguments, key=…)."
            )
        arguments = input["args"] if is_call else input
        return ToolCall(name=self.name, args=dict(arguments), id=str(given), type="tool_call")

    def _prepared(
        self, call: ToolCall, config: RunnableConfig | None
    ) -> tuple[ToolCallRequest, Prepared | NotPrepared]:
        here = _node_config(config)
        runtime = here["configurable"].get("__pregel_runtime")
        info = getattr(runtime, "execution_info", None)
        site = site_of(here, info)
        request = ToolCallRequest(
            tool_call=call,
            tool=self.inner,
            state={},
            runtime=ToolRuntime(
                state={},
                context=getattr(runtime, "context", None),
                config=here,
                stream_writer=getattr(runtime, "stream_writer", lambda _: None),
                tool_call_id=call["id"],
                store=getattr(runtime, "store", None),
                execution_info=info,
            ),
        )
        key = caller_key(str(call["id"]))
        step = step_of(site, key)
        try:
            return request, self.guard.prepare(
                site,
                call,
                self.inner,
                key=key,
                pause=step.pause,
                state={},
                context=request.runtime.context,
                passed=step.passed,
            )
        except NotPrepared as problem:
            return request, problem

    def _execute(self, request: ToolCallRequest) -> Any:
        return _live_tool(request).invoke(_live_call(request), request.runtime.config)

    async def _aexecute(self, request: ToolCallRequest) -> Any:
        return await _live_tool(request).ainvoke(_live_call(request), request.runtime.config)


def _live_tool(request: ToolCallRequest) -> BaseTool:
    if request.tool is None:
        raise MissingKey("The call names no tool.")
    return request.tool


def _live_call(request: ToolCallRequest) -> dict[str, Any]:
    return {**request.tool_call, "type": "tool_call"}


def _node_config(config: RunnableConfig | None) -> RunnableConfig:
    """The config of the node that calls."""
    if config is not None and "__pregel_runtime" in config.get("configurable", {}):
        return config
    try:
        return get_config()
    except RuntimeError as error:
        raise MissingKey("A protected tool is called inside a node of a graph.") from error
