"""Runs a flow's batch as the command line does: start, decide, wake, tell, sum up."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signoff import Desk


@dataclass(frozen=True)
class Ended:
    """One case after its run."""

    name: str
    thread: str
    status: str
    error: str
    seconds: float
    values: dict[str, Any]


def run_batch(batch: Any, folder: Path, policy: Path) -> tuple[list[str], list[str], list[Ended]]:
    """Closing lines, problems, and the cases."""
    desk = Desk.open(f"sqlite:///{folder / 'signoff.db'}", policy=policy)
    try:
        batch.prepare(folder)
        graph = batch.build(desk)
        cases = [_run(batch, desk, graph, name, given) for name, given in batch.cases]
        lines, problems = batch.summary(desk, cases)
        return list(lines), list(problems), cases
    finally:
        desk.close()


def _run(batch: Any, desk: Desk, graph: Any, name: str, given: dict[str, Any]) -> Ended:
    began = time.monotonic()
    config = {"configurable": {"thread_id": name}}
    graph.invoke(given, config, durability="sync")
    while desk.reviews(name):
        batch.decide(desk, name)
        desk.resume_due(graph)
    state = graph.get_state(config)
    status = "paused" if state.tasks else "finished"
    ended = Ended(name, name, status, "", time.monotonic() - began, state.values)
    list(batch.tell(ended))
    return ended
