"""AgentDojo's suites as LangChain tools over one environment, and its ground truth as tool calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agentdojo.agent_pipeline.tool_execution import tool_result_to_str
from agentdojo.functions_runtime import FunctionsRuntime
from agentdojo.task_suite.load_suites import get_suite
from langchain_core.messages import ToolCall
from langchain_core.tools import BaseTool, StructuredTool

VERSION = "v1.2.1"
SUITES = ("banking", "workspace")


@dataclass(frozen=True)
class Ran:
    """A tool that really ran, with what it was given."""

    thread: str
    tool: str
    arguments: dict[str, Any]


@dataclass
class World:
    """What tools work on right now, and what they did; one thread at a time."""

    environment: Any = None
    thread: str = ""
    ran: list[Ran] = field(default_factory=list)


@dataclass(frozen=True)
class Script:
    """What an agent that follows the ground truth of a task does."""

    prompt: str
    calls: tuple[ToolCall, ...]
    output: str


class Suite:
    """One suite: its tasks, and its tools over a world."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._suite = get_suite(VERSION, name)
        self._runtime = FunctionsRuntime(self._suite.tools)
        self._loaded = self._suite.load_and_inject_default_environment({})
        self.user_tasks: list[Any] = list(self._suite.user_tasks.values())
        self.injection_tasks: list[Any] = list(self._suite.injection_tasks.values())

    @property
    def functions(self) -> dict[str, Any]:
        """AgentDojo's functions by name."""
        return dict(self._runtime.functions)

    def environment(self, user_task: Any = None) -> Any:
        """A new environment, set up for a task where one is given."""
        fresh = self._loaded.model_copy(deep=True)
        return fresh if user_task is None else user_task.init_environment(fresh)

    def script(self, task: Any, environment: Any, prompt: str, prefix: str) -> Script:
        """The ground truth of a task in an environment, as calls whose ids begin with `prefix`."""
        calls = tuple(
            ToolCall(
                name=call.function,
                args=self._as_json(call.function, dict(call.args)),
                id=f"{prefix}-{number}",
                type="tool_call",
            )
            for number, call in enumerate(task.ground_truth(environment))
        )
        return Script(prompt, calls, task.GROUND_TRUTH_OUTPUT)

    def _as_json(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Arguments as a model would write them: plain JSON of the declared types."""
        parameters = self._runtime.functions[function].parameters
        written = parameters.model_validate(arguments).model_dump(mode="json", exclude_unset=True)
        return {name: value for name, value in written.items() if value is not None}

    def completed(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Arguments with the defaults of those that were left out, as the function gets them."""
        parameters = self._runtime.functions[function].parameters
        written: dict[str, Any] = parameters.model_validate(arguments).model_dump(mode="json")
        return written

    def run_unguarded(self, calls: Sequence[ToolCall], environment: Any) -> None:
        """The same calls with nothing in between."""
        for call in calls:
            self._runtime.run_function(environment, call["name"], call["args"], raise_on_error=True)

    def tools(self, world: World) -> list[BaseTool]:
        """Every tool of the suite, working on whatever environment the world holds."""
        return [self._tool(function, world) for function in self._runtime.functions.values()]

    def _tool(self, function: Any, world: World) -> BaseTool:
        def run(**arguments: Any) -> str:
            given = self.completed(function.name, arguments)
            world.ran.append(Ran(world.thread, function.name, given))
            result, _ = self._runtime.run_function(
                world.environment, function.name, arguments, raise_on_error=True
            )
            return str(tool_result_to_str(result))

        return StructuredTool.from_function(
            run, name=function.name, description=function.description, args_schema=function.parameters
        )


def same(one: Any, other: Any) -> bool:
    """Whether two environments are alike, but for the moments at which tools ran."""
    return bool(_timeless(one.model_dump()) == _timeless(other.model_dump()))


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _timeless(item) for name, item in value.items() if name not in _MOMENTS}
    return [_timeless(item) for item in value] if isinstance(value, list) else value


_MOMENTS = ("timestamp", "last_modified")
