"""Reading the audit chain: verify, export, head."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from signoff.domain import audit as chain
from signoff.domain.audit import AuditEntry, AuditEvent, ChainHead
from signoff.domain.errors import AuditBroken
from signoff.domain.person import Actor
from signoff.domain.sentence import sentence
from signoff.domain.value import Value
from signoff.store import audit, trail
from signoff.store.database import Tx


def verify_chain(tx: Tx, expected: ChainHead | None = None) -> ChainHead | None:
    """Walk the whole chain of the workspace; its head, or None when it is empty.

    Raises:
        AuditBroken: naming the first entry that does not fit.
    """
    before = audit.head(tx)
    found = chain.verify(audit.entries(tx), expected)
    size = 0 if found is None else found.size
    # On PostgreSQL every statement sees what is committed by then, so the chain may grow meanwhile.
    after = audit.head(tx)
    if not before.size <= size <= after.size:
        raise AuditBroken(size, f"the chain ends here, but its head says {after.size}")
    for stored in (before, after):
        if found is not None and stored.size == size and stored.hash != found.hash:
            raise AuditBroken(size, sentence("differs from the head of the chain"))
    return found


class Verification(Value):
    """How the last verification went that somebody asked the desk for."""

    at: datetime
    by: str
    size: int
    """Entries that were there."""
    head: str
    broken_at: int | None
    """The first entry that does not fit; None where all do."""
    reason: str


def verify(tx: Tx) -> Verification:
    """Like `verify_chain`, told instead of raised; `note_verified` keeps it."""
    end = audit.head(tx)
    try:
        verify_chain(tx)
    except AuditBroken as broken:
        return Verification(
            at=tx.now, by="", size=end.size, head=end.hash,
            broken_at=broken.data["seq"], reason=broken.data["reason"],
        )  # fmt: skip
    return Verification(at=tx.now, by="", size=end.size, head=end.hash, broken_at=None, reason="")


def note_verified(tx: Tx, actor: Actor, found: Verification) -> None:
    """Write down that the chain was verified, how far, and what came of it."""
    content = found.model_dump(include={"size", "head", "broken_at", "reason"})
    tx.record(AuditEvent(event=chain.VERIFIED, actor=actor, channel="page", content=content))


def last_verified(tx: Tx) -> Verification | None:
    """The last verification that was noted; None where there is none, or what it said was erased."""
    entry = trail.last_verification(tx)
    if entry is None or entry.content is None:
        return None
    return Verification(at=entry.at, by=entry.actor.name, **entry.content)


def export(tx: Tx) -> Iterator[AuditEntry]:
    """Every entry of the workspace, in order."""
    return audit.entries(tx)


def head(tx: Tx) -> ChainHead:
    return audit.head(tx)
