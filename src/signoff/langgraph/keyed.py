"""Handing a tool its key, and keeping from it what nobody approved.

ToolNode strips every injected argument from a call, so that a model cannot forge one. The guard
therefore gives the key behind ToolNode's back: through the tool that it hands to ToolNode.
"""

from __future__ import annotations

from typing import Any

from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool

from signoff.langgraph.calls import only_bound_config


class KeyedTool(BaseTool):
    """A tool for one call, with the effect id put into the argument that takes it."""

    inner: BaseTool
    argument: str
    key: str

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        return self.inner.invoke(self._with_key(input), config, **kwargs)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        return await self.inner.ainvoke(self._with_key(input), config, **kwargs)

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        return self.inner.run(*args, **kwargs)

    def _with_key(self, call: dict[str, Any]) -> dict[str, Any]:
        return {**call, "args": {**call["args"], self.argument: self.key}}


def with_key(tool: BaseTool, argument: str | None, key: str) -> BaseTool:
    """`tool`, or where it takes a key in `argument`, the tool that hands it over."""
    if argument is None:
        return tool
    return KeyedTool(
        name=tool.name,
        description=tool.description,
        args_schema=tool.args_schema,
        inner=tool,
        argument=argument,
        key=key,
    )


class ConfinedTool(BaseTool):
    """A tool that reads the config, for one call: ToolNode would hand it all of the config."""

    inner: BaseTool
    binds: tuple[str, ...]

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        return self.inner.invoke(input, self._narrowed(config), **kwargs)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        return await self.inner.ainvoke(input, self._narrowed(config), **kwargs)

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        return self.inner.run(*args, **kwargs)

    def _narrowed(self, config: RunnableConfig | None) -> RunnableConfig:
        return only_bound_config(config or {}, self.binds)


def confined(tool: BaseTool, binds: tuple[str, ...]) -> BaseTool:
    """`tool` with only what `binds` names of the config."""
    return ConfinedTool(
        name=tool.name,
        description=tool.description,
        args_schema=tool.args_schema,
        inner=tool,
        binds=binds,
    )
