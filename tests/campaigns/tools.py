"""The tools of the campaigns, all on one target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from langchain_core.tools import BaseTool, InjectedToolArg, tool

from tests.campaigns.target import Target

Reach = Callable[[str], None]
"""Called with `tool.before` and `tool.after` right around every effect."""


def tools_on(target: Target, reach: Reach) -> list[BaseTool]:
    """What the policy of the campaigns names."""

    @tool
    def look(what: str) -> str:
        """Look at something."""
        return f"saw {what}"

    @tool
    def plain(what: str, routine: bool) -> str:
        """Act on a target that can neither tell repeats apart nor be asked."""
        reach("tool.before")
        target.act(what)
        reach("tool.after")
        return f"did {what}"

    @tool
    def keyed(what: str, routine: bool, key: Annotated[str, InjectedToolArg] = "") -> str:
        """Act on a target that honours a key."""
        reach("tool.before")
        target.act_once(what, key)
        reach("tool.after")
        return f"did {what}"

    @tool
    def traced(what: str, routine: bool) -> str:
        """Act on a target that can be asked what it did."""
        reach("tool.before")
        target.act(what)
        reach("tool.after")
        return f"did {what}"

    return [look, plain, keyed, traced]
