"""The audit trail as people search and take it away, with what stood before whoever acted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from signoff.domain import canonical
from signoff.domain.audit import MAX_SEQ, AuditEntry, AuditEvent
from signoff.domain.effect import Effect
from signoff.domain.errors import VoteInvalid
from signoff.domain.ids import ActionId, ReviewId, WorkspaceId
from signoff.domain.person import Actor, ActorKind
from signoff.domain.review import ReviewFile, Revision
from signoff.domain.value import Value
from signoff.domain.visibility import HiddenField, Viewer, replaced
from signoff.risk.redaction import Redactor, known_values
from signoff.services import query
from signoff.services.core import Core
from signoff.services.query import Page
from signoff.services.sight import Seen, Sight
from signoff.store import actions, people, trail
from signoff.store.database import Tx
from signoff.store.trail import TrailFilter

PAGE = 50
EXPORT_PAGE = 500
REVISED = "review.revised_draft"


class Told(Value):
    """An entry with the review that it is about, if it is about one."""

    entry: AuditEntry
    file: ReviewFile | None
    effect: Effect | None
    hidden: tuple[HiddenField, ...] = ()
    """Fields of the review that the reader does not see in full."""

    @property
    def shown(self) -> Revision | None:
        """The revision that the entry names by its digest."""
        revisions = self.file.revisions if self.file else ()
        return next((one for one in revisions if one.digest == self.entry.digest), None)

    @property
    def before(self) -> Revision | None:
        """What an edit started from."""
        after = self.shown
        if self.entry.event != REVISED or self.file is None or after is None:
            return None
        return next((one for one in self.file.revisions if one.number == after.number - 1), None)


def search(tx: Tx, sight: Sight, wanted: TrailFilter, *, before: str | None = None) -> Page[Told]:
    """Entries as their reader may see them, newest first; `before` is the `next` of the page before.

    Raises:
        VoteInvalid: it is no cursor of this list.
    """
    if before is not None and not (before.isdecimal() and len(before) < 19 and int(before) <= MAX_SEQ):
        raise VoteInvalid("before", "not a cursor of this list")
    found = trail.newest(tx, wanted, int(before) if before else None, PAGE + 1)
    items = sight.entries(found[:PAGE])
    reviews = {entry.review_id for entry in items if entry.review_id}
    seen = {review: sight.review(ReviewId(review)) for review in sorted(reviews)}
    effects = {review: _effect(tx, sight, ReviewId(review)) for review in seen}
    told = [_told(entry, seen.get(entry.review_id or ""), effects) for entry in items]
    return Page(told, str(items[-1].seq) if len(found) > PAGE else None)


def _told(entry: AuditEntry, about: Seen | None, effects: Mapping[str, Effect | None]) -> Told:
    if about is None:
        return Told(entry=entry, file=None, effect=None)
    return Told(entry=entry, file=about.file, effect=effects[about.file.review.id], hidden=about.hidden)


def _effect(tx: Tx, sight: Sight, review_id: ReviewId) -> Effect | None:
    effect = query.effect_of(tx, review_id)
    return None if effect is None else sight.effect(effect)


def graphs(tx: Tx) -> list[str]:
    """Agents that the trail can be narrowed to."""
    return trail.graphs(tx)


class TrailRecord(Value):
    """An entry as it leaves the house. Content is JSON, with a type where JSON cannot carry a value."""

    seq: int
    at: str
    event: str
    actor_kind: str
    actor: str
    """Who, by name; in their place a mark that is the same throughout one export."""
    channel: str
    tool: str | None
    thread: str | None
    review: str | None
    effect: str | None
    digest: str | None
    policy: str | None
    content: Any
    """Null where it was erased."""
    commitment: str
    previous: str
    hash: str
    salt: str | None
    """Opens the commitment to the content; only with personal data, since only then the content fits it."""


def note_export(
    tx: Tx, actor: Actor, filters: dict[str, str], form: str, *, with_personal_data: bool
) -> None:
    """Write down that entries left the house, and which."""
    content = {"filters": filters, "format": form, "with_personal_data": with_personal_data}
    tx.record(AuditEvent(event="audit.exported", actor=actor, channel="page", content=content))


def export(
    core: Core, workspace: WorkspaceId, viewer: Viewer, wanted: TrailFilter, *, with_personal_data: bool
) -> Iterator[list[TrailRecord]]:
    """Every entry that is `wanted`, as `viewer` may see it, page by page in the order of the chain.

    Each page is a transaction of its own: a slow reader holds none open, and nothing that was
    written changes.
    """
    marks: dict[str, str] = {}
    after = 0
    while True:
        with core.database.read(workspace) as tx:
            found = Sight(tx, core, viewer).entries(trail.forward(tx, wanted, after, EXPORT_PAGE))
            records = [_record(tx, entry) for entry in found]
            if not with_personal_data:
                records = _without_personal_data(tx, core, found, records, marks)
        if records:
            yield records
        if len(found) < EXPORT_PAGE:
            return
        after = found[-1].seq


def _record(tx: Tx, entry: AuditEntry) -> TrailRecord:
    content = None if entry.content is None else canonical.tagged(replaced(entry.content, str))
    tool = content.get("tool") if isinstance(content, dict) else None
    if tool is None and entry.action_id is not None:
        tool = actions.get(tx, ActionId(entry.action_id)).action.tool
    return TrailRecord(
        seq=entry.seq,
        at=entry.at.isoformat(),
        event=entry.event,
        actor_kind=entry.actor.kind.value,
        actor=entry.actor.name or entry.actor.id,
        channel=entry.channel,
        tool=tool,
        thread=entry.thread,
        review=entry.review_id,
        effect=entry.effect_id,
        digest=entry.digest,
        policy=entry.policy,
        content=content,
        commitment=entry.commitment,
        previous=entry.previous,
        hash=entry.hash,
        salt=entry.salt,
    )


def _without_personal_data(
    tx: Tx, core: Core, found: list[AuditEntry], records: list[TrailRecord], marks: dict[str, str]
) -> list[TrailRecord]:
    names = [name for person in people.everybody(tx) for name in (person.name, person.email)]

    @lru_cache(maxsize=64)
    def redactor(action_id: str | None) -> Redactor:
        if action_id is None:
            return Redactor(names)
        stored = actions.get(tx, ActionId(action_id))
        policy = core.judge_of(tx, stored.verdict.policy_hash).policy
        return Redactor([*known_values(stored.action, policy.flags.get("personal_data", {})), *names])

    return [
        record.model_copy(
            update={
                "actor": _masked(entry.actor, marks),
                "thread": None,
                "salt": None,
                "content": redactor(entry.action_id).value(record.content),
            }
        )
        for entry, record in zip(found, records, strict=True)
    ]


def _masked(actor: Actor, marks: dict[str, str]) -> str:
    """A person's mark; others are no persons and keep their names."""
    if actor.kind is not ActorKind.PERSON:
        return actor.name or actor.id
    return marks.setdefault(actor.name or actor.id, f"person {len(marks) + 1}")
