"""Runs with snapshots, as a worker leaves them, on the desk of these tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from signoff.domain.ids import DEFAULT_WORKSPACE, RunId, ThreadId
from signoff.domain.run import Run, RunStatus
from signoff.domain.snapshot import CheckpointNote, PendingTask, RunSnapshot, StateNode
from signoff.store import catalog, runs, snapshots
from signoff.store.ids import new_id
from tests.web.desk import Desk
from tests.web.graphs import SHIPPED


def node(name: str, value: Any) -> StateNode:
    if isinstance(value, dict):
        return StateNode(name=name, kind="dict", items=tuple(node(k, v) for k, v in value.items()))
    return StateNode(name=name, kind=type(value).__name__, text=str(value))


STATE = {
    "brief": "Follow up the webinar.",
    "customer": {"email": "dana@harborlight.example", "tier": "gold"},
    "note": "<script>alert(1)</script> w\u200bord",
}


def sample(desk: Desk, thread: str, status: RunStatus, **values: Any) -> Run:
    """A run of outbound_copy with its graph and its snapshot."""
    with desk.begin() as tx:
        catalog.keep_graph(tx, "outbound_copy", "f1", SHIPPED["outbound_copy"])
        run = Run(
            id=RunId(new_id("run")),
            workspace=DEFAULT_WORKSPACE,
            thread=ThreadId(thread),
            graph="outbound_copy",
            requester="sam@example.com",
            trigger="api",
            status=status,
            created_at=tx.now,
            updated_at=tx.now,
            **values,
        )
        if not runs.add(tx, run):
            runs.set_status(tx, run.thread, status, **values)
        snapshots.keep(tx, run.thread, snapshot_of(status, tx.now))
    return run


def snapshot_of(status: RunStatus, at: Any) -> RunSnapshot:
    tasks = {
        RunStatus.PAUSED: (
            PendingTask(node="review", is_done=False, interrupts=(node("i1", {"signoff": "reviews"}),)),
        ),
        RunStatus.FAILED: (PendingTask(node="draft", is_done=False, error="ValueError('away')"),),
    }
    return RunSnapshot(
        state=tuple(node(name, value) for name, value in STATE.items()),
        tasks=tasks.get(status, ()),
        checkpoints=(
            CheckpointNote(id="c1", step=1, source="loop", at=at, next=("review",), wrote=("draft",)),
            CheckpointNote(
                id="c0", step=-1, source="input", at=at - timedelta(seconds=2), next=("__start__",), wrote=()
            ),
        ),
        trace="Traceback: here" if status is RunStatus.FAILED else "",
    )
