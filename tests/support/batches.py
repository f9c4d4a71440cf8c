"""Runs a flow's batch as the command line does: start, decide, wake, tell, sum up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from signoff import Desk
from signoff.policy.load import load_policy


@dataclass(frozen=True)
class Ended:
    """One case after its run."""

    name: str
    thread: str
    status: str
    error: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Done:
    """A batch after all of its runs."""

    told: list[str]
    lines: list[str]
    problems: list[str]


def run_batch(batch: Any, folder: Path, policy: Path) -> Done:
    """Carry the batch through in `folder`; nothing settles."""
    unsettled = load_policy(policy).model_copy(update={"settling": timedelta(0)})
    desk = Desk.open(f"sqlite:///{folder / 'signoff.db'}", policy=unsettled)
    try:
        batch.prepare(folder)
        graph = batch.build(desk)
        ran = [_run(batch, desk, graph, *case) for case in batch.cases]
        lines, problems = batch.summary(desk, [ended for ended, _ in ran])
        return Done([line for _, told in ran for line in told], list(lines), list(problems))
    finally:
        desk.close()


def _run(batch: Any, desk: Desk, graph: Any, name: str, given: dict[str, Any]) -> tuple[Ended, list[str]]:
    config = {"configurable": {"thread_id": name}}
    graph.invoke(given, config, durability="sync")
    while desk.reviews(name):
        batch.decide(desk, name)
        desk.resume_due(graph)
    state = graph.get_state(config)
    ended = Ended(name, name, "paused" if state.tasks else "finished", "", state.values)
    return ended, list(batch.tell(ended))
