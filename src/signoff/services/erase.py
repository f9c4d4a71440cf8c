"""Erasing what a thread said, by hand or when its time is over; the audit chain still verifies afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from signoff.domain.audit import AuditEvent
from signoff.domain.errors import NotFound, StillNeeded, VoteInvalid
from signoff.domain.ids import ThreadId, WorkspaceId
from signoff.domain.person import RETENTION, Actor
from signoff.domain.run import RunStatus
from signoff.domain.value import Value
from signoff.services import entries
from signoff.services.core import Core
from signoff.services.query import review_file
from signoff.store import erasure, runs
from signoff.store.database import Tx

KEPT_LONG_ENOUGH = "It was kept as long as the settings say."
_AT_A_TIME = 100
DropCheckpoints = Callable[[ThreadId], None]
"""Takes away what a checkpoint saver holds of a thread."""


class Retention(Value):
    """How long after its end something is kept; None keeps it."""

    snapshots: timedelta | None = None
    """What a thread held when it was last driven: graph state, which pages show."""
    content: timedelta | None = None
    """Everything that a thread said: arguments, drafts, facts, answers, reasons and checkpoints."""


def erase_thread(
    core: Core,
    workspace: WorkspaceId,
    thread: ThreadId,
    actor: Actor,
    reason: str,
    drop_checkpoints: DropCheckpoints,
) -> int:
    """Take out everything that a thread said, and its checkpoints; how many reviews it had.

    It counts as erased once the checkpoints are gone, so what was interrupted is done again.

    Raises:
        NotFound, StillNeeded, VoteInvalid: as `erase_content` says.
    """
    with core.database.begin(workspace) as tx:
        count = erase_content(tx, thread, actor, reason)
    drop_checkpoints(thread)
    with core.database.begin(workspace) as tx:
        erasure.mark_erased(tx, thread)
    return count


def erase_content(tx: Tx, thread: ThreadId, actor: Actor, reason: str) -> int:
    """Take out everything that a thread said: arguments, drafts, facts, flags, answers, reasons, results,
    the snapshot, and the content of its audit entries. That it happened, and who decided, stays.

    Its checkpoints belong to the saver; `erase_thread` takes them, too.

    Returns:
        How many reviews it had.

    Raises:
        NotFound: there is no such thread.
        StillNeeded: it is not at its end.
        VoteInvalid: no reason.
    """
    if not reason.strip():
        raise VoteInvalid("reason", "say why it is erased")
    run = runs.get(tx, thread, lock=True)
    if run is None:
        raise NotFound("run", thread)
    is_driven = run.lease_until is not None and run.lease_until > tx.now
    if is_driven or run.status in (RunStatus.QUEUED, RunStatus.DUE):
        raise StillNeeded(thread, "it is being driven, or will be in a moment")
    live = erasure.still_live(tx, thread)
    if live is not None:
        raise StillNeeded(thread, live)
    erasure.erase(tx, thread)
    erased = erasure.reviews_of(tx, thread)
    for review_id in erased:
        review = review_file(tx, review_id).review
        entries.about_review(tx, "review.erased", review, actor, reason=reason)
    content = {"reason": reason, "reviews": len(erased)}
    tx.record(AuditEvent(event="thread.erased", actor=actor, thread=thread, content=content))
    return len(erased)


def expire(core: Core, keep: Retention, drop_checkpoints: DropCheckpoints) -> int:
    """Erase what is kept longer than it should be; how many threads were erased."""
    with core.database.read() as tx:
        bare = (
            []
            if keep.snapshots is None
            else erasure.snapshots_before(tx, tx.now - keep.snapshots, _AT_A_TIME)
        )
        over = [] if keep.content is None else erasure.ended_before(tx, tx.now - keep.content, _AT_A_TIME)
    for workspace, thread in bare:
        with core.database.begin(workspace) as tx:
            erasure.drop_snapshot(tx, thread)
    return sum(_expired(core, workspace, thread, drop_checkpoints) for workspace, thread in over)


def _expired(core: Core, workspace: WorkspaceId, thread: ThreadId, drop_checkpoints: DropCheckpoints) -> bool:
    try:
        erase_thread(core, workspace, thread, RETENTION, KEPT_LONG_ENOUGH, drop_checkpoints)
    except StillNeeded:
        return False
    return True
