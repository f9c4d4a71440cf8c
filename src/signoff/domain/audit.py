"""Audit entries and the hash chain over them.

Every entry names its predecessor's hash. Content is held apart as a salted commitment, so that
personal data can be erased and the chain still verifies.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pydantic import Field

from signoff.domain import canonical
from signoff.domain.errors import AuditBroken, SignoffError
from signoff.domain.ids import Digest, WorkspaceId
from signoff.domain.person import Actor
from signoff.domain.sentence import sentence
from signoff.domain.value import Value

GENESIS = Digest("0" * 64)
MAX_SEQ = 2**31 - 1
"""The highest sequence number that a store need hold."""
VERIFIED = "audit.verified"
"""The event that says how a verification went."""


class AuditEvent(Value):
    """What happened, before it has a place in the chain."""

    event: str
    """Past tense, dotted: "review.decided", "effect.started"."""
    actor: Actor
    thread: str | None = None
    action_id: str | None = None
    review_id: str | None = None
    effect_id: str | None = None
    digest: Digest | None = None
    """Digest of the payload it is about."""
    policy: str | None = None
    """Name, version and content hash of the policy in force: "outbound@3#ab12…"."""
    channel: str = "system"
    content: dict[str, Any] = Field(default_factory=dict)
    """Reasons, rules, outcomes: whatever may hold personal data."""


class AuditEntry(Value):
    """A link of the chain. `content` is None once it is erased."""

    workspace: WorkspaceId
    seq: int
    at: datetime
    event: str
    actor: Actor
    thread: str | None
    action_id: str | None
    review_id: str | None
    effect_id: str | None
    digest: Digest | None
    policy: str | None
    channel: str
    commitment: Digest
    previous: Digest
    hash: Digest
    content: dict[str, Any] | None = None
    salt: str | None = None


class ChainHead(Value):
    """How long the chain is and where it ends; kept elsewhere, it reveals any later tampering."""

    workspace: WorkspaceId
    size: int
    hash: Digest


def commitment(salt: str, content: dict[str, Any]) -> Digest:
    """HMAC-SHA-256 of the canonical content under its salt."""
    return _commitment(salt, canonical.encode(content))


def _commitment(salt: str, text: str) -> Digest:
    return Digest(hmac.digest(bytes.fromhex(salt), text.encode(), "sha256").hex())


def entry_hash(
    workspace: str,
    seq: int,
    at: datetime,
    event: AuditEvent | AuditEntry,
    committed: str,
    previous: str,
) -> Digest:
    """SHA-256 over every field but the content, the predecessor's hash included."""
    return canonical.digest_of_plain(
        "audit",
        {
            "workspace": workspace,
            "seq": seq,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "event": event.event,
            "actor": [event.actor.kind.value, event.actor.id, event.actor.name],
            "thread": event.thread,
            "action": event.action_id,
            "review": event.review_id,
            "effect": event.effect_id,
            "digest": event.digest,
            "policy": event.policy,
            "channel": event.channel,
            "content": committed,
            "previous": previous,
        },
    )


class Seal(NamedTuple):
    """What binds an event to its place in the chain."""

    content: str
    """The content's canonical text."""
    commitment: Digest
    hash: Digest


def seal(workspace: str, seq: int, previous: str, event: AuditEvent, at: datetime, salt: str) -> Seal:
    """Bind `event` to the place `seq`, behind the entry whose hash is `previous`."""
    text = canonical.encode(event.content)
    committed = _commitment(salt, text)
    return Seal(text, committed, entry_hash(workspace, seq, at, event, committed, previous))


def link(
    workspace: WorkspaceId, previous: ChainHead, event: AuditEvent, at: datetime, salt: str
) -> AuditEntry:
    """`event` as the next entry after `previous`."""
    seq = previous.size + 1
    sealed = seal(workspace, seq, previous.hash, event, at, salt)
    return AuditEntry(
        workspace=workspace,
        seq=seq,
        at=at,
        event=event.event,
        actor=event.actor,
        thread=event.thread,
        action_id=event.action_id,
        review_id=event.review_id,
        effect_id=event.effect_id,
        digest=event.digest,
        policy=event.policy,
        channel=event.channel,
        commitment=sealed.commitment,
        previous=previous.hash,
        hash=sealed.hash,
        content=canonical.decode(sealed.content),
        salt=salt,
    )


def verify(entries: Iterable[AuditEntry], expected: ChainHead | None = None) -> ChainHead | None:
    """Walk the chain from its beginning and return its head; None for an empty one.

    Args:
        expected: a head exported earlier; the chain must contain it.

    Raises:
        AuditBroken: naming the first entry that does not fit.
    """
    size, previous = 0, GENESIS
    head: ChainHead | None = None
    met = expected is None or expected.size == 0
    for entry in entries:
        _verify_entry(entry, size + 1, previous)
        size, previous = entry.seq, entry.hash
        head = ChainHead(workspace=entry.workspace, size=size, hash=previous)
        if expected is not None and expected.size == size:
            if expected.hash != previous:
                raise AuditBroken(size, sentence("differs from the exported head"))
            met = True
    if not met and expected is not None:
        raise AuditBroken(size, f"the chain is shorter than the exported head ({expected.size})")
    return head


def _verify_entry(entry: AuditEntry, seq: int, previous: Digest) -> None:
    if entry.seq != seq:
        raise AuditBroken(seq, f"missing; the next entry is {entry.seq}")
    if entry.previous != previous:
        raise AuditBroken(seq, sentence("does not follow its predecessor"))
    if entry.content is not None and not _is_what_was_committed(entry.content, entry):
        raise AuditBroken(seq, sentence("the content was changed"))
    expected = entry_hash(entry.workspace, entry.seq, entry.at, entry, entry.commitment, entry.previous)
    if expected != entry.hash:
        raise AuditBroken(seq, sentence("the entry was changed"))


def _is_what_was_committed(content: dict[str, Any], entry: AuditEntry) -> bool:
    """Whether `content` opens the commitment; without its salt, or unwritable, nothing does."""
    try:
        return entry.salt is not None and commitment(entry.salt, content) == entry.commitment
    except (ValueError, SignoffError):
        return False
