"""Reading the audit chain: verify, export, head."""

from __future__ import annotations

from collections.abc import Iterator

from signoff.domain import audit as chain
from signoff.domain.audit import AuditEntry, ChainHead
from signoff.domain.errors import AuditBroken
from signoff.store import audit
from signoff.store.database import Tx


def verify_chain(tx: Tx, expected: ChainHead | None = None) -> ChainHead | None:
    """Walk the whole chain of the workspace; its head, or None when it is empty.

    Raises:
        AuditBroken: naming the first entry that does not fit.
    """
    found = chain.verify(audit.entries(tx), expected)
    stored = audit.head(tx)
    size = 0 if found is None else found.size
    if stored.size != size or (found is not None and stored.hash != found.hash):
        raise AuditBroken(size, f"the chain ends here, but its head says {stored.size}")
    return found


def export(tx: Tx) -> Iterator[AuditEntry]:
    """Every entry of the workspace, in order."""
    return audit.entries(tx)


def head(tx: Tx) -> ChainHead:
    return audit.head(tx)
