"""Driving threads: a wake-up is `invoke(None)`, never a resume value."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.errors import EmptyInputError
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import StateSnapshot

from signoff.domain.run import Run, RunStatus
from signoff.domain.snapshot import RunSnapshot
from signoff.langgraph.calls import GRAPH_KEY, REQUESTER_KEY, WORKSPACE_KEY
from signoff.langgraph.observe import observed
from signoff.services.ports import Advanced, ThreadState
from signoff.services.runs import INPUT_KEY

Graph = CompiledStateGraph[Any, Any, Any, Any]
_RECURSION_LIMIT = 100
_ERROR_LIMIT = 2000


class LangGraphRunner:
    """Advances the threads of registered graphs under `durability="sync"`.

    Args:
        graphs: by name; a factory is called when its graph is first needed.
    """

    def __init__(self, graphs: Mapping[str, Graph | Callable[[], Graph]]) -> None:
        self._factories = dict(graphs)
        self._built: dict[str, Graph] = {}

    def graph_of(self, name: str) -> Graph | None:
        """The graph of that name; None when it is not registered."""
        if name not in self._built:
            made = self._factories.get(name)
            if made is None:
                return None
            self._built[name] = made if isinstance(made, CompiledStateGraph) else made()
        return self._built[name]

    def advance(self, run: Run) -> Advanced:
        graph = self.graph_of(run.graph)
        if graph is None:
            known = ", ".join(sorted(self._factories)) or "none"
            return _failed(f"No graph named {run.graph!r} is registered here (registered: {known}).")
        config = config_of(run)
        try:
            _invoke(graph, self._input_of(graph, run, config), config)
        except EmptyInputError:
            return _failed("The run crashed before its first checkpoint and its input is not known.")
        except Exception as error:  # noqa: BLE001 - kept with the run, which a retry continues
            trace = "".join(traceback.format_exception(error))
            return _failed(f"{type(error).__name__}: {error}"[:_ERROR_LIMIT], observed(graph, config, trace))
        is_pending = bool(graph.get_state(config).tasks)
        status = RunStatus.PAUSED if is_pending else RunStatus.FINISHED
        return Advanced(status=status, snapshot=observed(graph, config))

    def look(self, run: Run) -> ThreadState | None:
        graph = self.graph_of(run.graph)
        if graph is None:
            return None
        state = graph.get_state(config_of(run), subgraphs=True)
        return ThreadState(is_pending=bool(state.tasks), waits_elsewhere=_waits_elsewhere(state))

    def _input_of(self, graph: Graph, run: Run, config: RunnableConfig) -> Any:
        """The run's input until a checkpoint holds it; None from then on."""
        if run.input is None:
            return None
        metadata = graph.get_state(config).metadata or {}
        reached = metadata.get(INPUT_KEY) == run.config.get(INPUT_KEY)
        return None if metadata and reached else run.input


def _failed(error: str, snapshot: RunSnapshot | None = None) -> Advanced:
    # PostgreSQL keeps neither of the two, and an error that cannot be written down would block its thread.
    kept = error.replace("\0", "\\0").encode("utf-8", "replace").decode()
    return Advanced(status=RunStatus.FAILED, error=kept, snapshot=snapshot)


def config_of(run: Run) -> RunnableConfig:
    """The config that the run was started with, for every wake-up."""
    configurable = {
        **run.config,
        "thread_id": run.thread,
        WORKSPACE_KEY: run.workspace,
        GRAPH_KEY: run.graph,
    }
    if run.requester is not None:
        configurable[REQUESTER_KEY] = run.requester
    return {"configurable": configurable, "recursion_limit": _RECURSION_LIMIT}


def _invoke(graph: Graph, given: Any, config: RunnableConfig) -> None:
    """Run to the next pause; on the async side, so that tools with a coroutine only can run too."""

    async def drive() -> None:
        await graph.ainvoke(given, config, durability="sync")

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(drive())
    else:
        graph.invoke(given, config, durability="sync")


def _waits_elsewhere(state: StateSnapshot) -> bool:
    """Whether an interrupt that is not one of ours holds the thread."""
    return any(
        not (isinstance(interrupt.value, Mapping) and "signoff" in interrupt.value)
        for task in state.tasks
        for interrupt in task.interrupts
    )
