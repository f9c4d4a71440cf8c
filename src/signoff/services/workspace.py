"""The stop switch of a workspace."""

from __future__ import annotations

from signoff.domain.audit import AuditEvent
from signoff.domain.person import Actor
from signoff.services.core import Core
from signoff.services.wake import wake
from signoff.store import catalog, effects
from signoff.store.catalog import StopState
from signoff.store.database import Tx


def stop(tx: Tx, actor: Actor, reason: str) -> None:
    """Block every start of an effect from this commit on; what runs already is not interrupted."""
    catalog.set_stop(tx, actor.name or actor.id, reason)
    tx.record(AuditEvent(event="workspace.stopped", actor=actor, content={"reason": reason}))


def go(tx: Tx, core: Core, actor: Actor) -> None:
    """Let effects start again, and wake the threads that wait for it."""
    catalog.set_stop(tx, None, None)
    tx.record(AuditEvent(event="workspace.released", actor=actor))
    for thread in {planned.thread for planned in effects.planned_in(tx)}:
        wake(tx, core, thread)


def stop_state(tx: Tx) -> StopState | None:
    """Since when, by whom and why the workspace is stopped; None when it is not."""
    return catalog.stop_state(tx)
