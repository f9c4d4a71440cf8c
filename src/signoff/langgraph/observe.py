"""What a thread holds once it has stopped, written down for pages that load no graph library."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice, pairwise
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import PregelTask, StateSnapshot

from signoff.domain.snapshot import CheckpointNote, PendingTask, RunSnapshot
from signoff.langgraph.plain import Plain, clean

_CHECKPOINTS = 20
_ERROR, _TRACE = 4_000, 16_000
_log = logging.getLogger(__name__)


def observed(
    graph: CompiledStateGraph[Any, Any, Any, Any], config: RunnableConfig, trace: str = ""
) -> RunSnapshot | None:
    """The thread as it stands; None where its saver cannot say, which must not fail the run."""
    try:
        state = graph.get_state(config, subgraphs=True)
        history = list(islice(graph.get_state_history(config, limit=_CHECKPOINTS + 1), _CHECKPOINTS + 1))
    except Exception:  # noqa: BLE001 - whatever a saver raises
        _log.warning("No snapshot of the thread could be taken.", exc_info=True)
        return None
    plain = Plain()
    tasks = tuple(_pending(state, plain))
    return RunSnapshot(
        state=tuple(plain.node(str(name), value) for name, value in _values(state).items()),
        tasks=tasks,
        checkpoints=tuple(_notes(history))[:_CHECKPOINTS],
        has_older=len(history) > _CHECKPOINTS,
        trace=clean(trace[-_TRACE:]),
    )


def _values(state: StateSnapshot) -> Mapping[str, Any]:
    return state.values if isinstance(state.values, Mapping) else {"value": state.values}


def _pending(state: StateSnapshot, plain: Plain, within: str = "") -> Iterator[PendingTask]:
    """Unfinished tasks; one that runs a subgraph is told by those inside it."""
    for task in state.tasks:
        if isinstance(task.state, StateSnapshot) and task.state.tasks:
            yield from _pending(task.state, plain, f"{within}{task.name}:")
        else:
            yield _task(task, plain, within)


def _task(task: PregelTask, plain: Plain, within: str) -> PendingTask:
    return PendingTask(
        node=within + task.name,
        is_done=task.result is not None,
        error="" if task.error is None else clean(f"{task.error}"[:_ERROR]),
        interrupts=tuple(plain.node(interrupt.id, interrupt.value) for interrupt in task.interrupts),
    )


def _notes(history: list[StateSnapshot]) -> Iterator[CheckpointNote]:
    """The newest first; what one holds was written by the tasks of the one before it."""
    for state, before in pairwise([*history, None]):
        if state is None:
            return
        metadata: Mapping[str, Any] = state.metadata or {}
        done = () if before is None else (task.name for task in before.tasks if task.result is not None)
        yield CheckpointNote(
            id=str(state.config.get("configurable", {}).get("checkpoint_id", "")),
            step=metadata.get("step"),
            source=str(metadata.get("source", "")),
            at=None if state.created_at is None else datetime.fromisoformat(state.created_at),
            next=tuple(dict.fromkeys(state.next)),
            wrote=tuple(dict.fromkeys(done)),
        )
