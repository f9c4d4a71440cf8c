"""Where reviews and threads disagree: found by looking at both."""

from __future__ import annotations

from signoff.domain.ids import ReviewId, ThreadId, WorkspaceId
from signoff.domain.value import Value
from signoff.services.core import Core
from signoff.services.ports import GraphRunner
from signoff.services.runs import supersede_thread
from signoff.services.wake import wake
from signoff.store import reviews, runs


class Disagreement(Value):
    """One thread whose pause and reviews did not fit, and what was done about it."""

    workspace: WorkspaceId
    thread: ThreadId
    found: str
    reviews: tuple[ReviewId, ...] = ()


def reconcile(core: Core, runner: GraphRunner, *, mend: bool = True) -> list[Disagreement]:
    """Supersede open reviews whose thread went on without them; wake threads paused for nothing.

    A thread that somebody drives right now is left alone. Without `mend` it only looks.
    """
    with core.database.read() as tx:
        waiting = reviews.live_threads(tx)
        paused = runs.paused(tx)
    found: list[Disagreement] = []
    for workspace, thread in dict.fromkeys([*waiting, *paused]):
        disagreement = _reconcile_thread(core, runner, workspace, thread, mend=mend)
        if disagreement is not None:
            found.append(disagreement)
    return found


def _reconcile_thread(
    core: Core, runner: GraphRunner, workspace: WorkspaceId, thread: ThreadId, *, mend: bool
) -> Disagreement | None:
    with core.database.read(workspace) as tx:
        run = runs.get(tx, thread)
        live = [review.id for review, _ in reviews.live_in_thread(tx, thread)]
        if run is None or (run.lease_until is not None and run.lease_until > tx.now):
            return None
    state = runner.look(run)
    if state is None:
        return None
    if live and not state.is_pending:
        if mend:
            with core.database.begin(workspace) as tx:
                supersede_thread(tx, core, thread, "The thread went on without this review.")
        found = "open review, thread gone"
        return Disagreement(workspace=workspace, thread=thread, found=found, reviews=tuple(live))
    if not live and state.is_pending and not state.waits_elsewhere:
        if mend:
            with core.database.begin(workspace) as tx:
                wake(tx, core, thread)
        return Disagreement(workspace=workspace, thread=thread, found="paused thread, no open review")
    return None
