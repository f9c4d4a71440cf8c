"""Audit entries as lines of a journal: who did what, on what they were shown, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from signoff.domain.audit import AuditEntry
from signoff.domain.review import Outcome, ReviewKind
from signoff.domain.visibility import HiddenField
from signoff.services.trail import Told
from signoff.web.pages import parts, words
from signoff.web.pages.redline import Change
from signoff.web.pages.reveal import Piece, flat, reveal
from signoff.web.pages.story import history_lines

_CLOSED = {f"review.{outcome.value}": f"closed: {words.OUTCOME[outcome].lower()}" for outcome in Outcome}
EVENTS: dict[str, dict[str, str]] = {
    "Calls": {
        "action.passed": "let a call pass",
        "action.passed_in_shadow": "let a call pass in shadow mode",
        "action.denied": "denied a call",
    },
    "Reviews": {
        "review.opened": "asked for a review",
        "vote.cast": "voted",
        "vote.retracted": "took a vote back",
        "review.revised_draft": "changed the draft",
        "review.settling_extended": "gave it more time",
        "review.commented": "commented",
        "review.asked_back": "asked for it back",
        "review.erased": "erased what a review said",
        **_CLOSED,
    },
    "Effects": {
        "effect.started": "started it",
        "effect.succeeded": "saw it succeed",
        "effect.failed": "saw it fail",
        "effect.unknown": "lost track of it",
        "effect.settled": "settled what happened",
        "effect.revoked": "took a permission back",
        "effect.expired": "let a permission run out",
        "effect.planned_again": "allowed another attempt",
        "effect.late_result": "heard back late",
    },
    "People and keys": {
        "person.added": "added an account",
        "person.changed": "changed an account",
        "person.password_set": "set a password",
        "person.signed_in": "signed in",
        "person.signed_out": "signed out",
        "key.added": "added an API key",
        "key.revoked": "revoked an API key",
    },
    "Workspace": {
        "workspace.stopped": "stopped everything",
        "workspace.released": "let everything go on",
        "thread.erased": "erased what a thread said",
        "audit.verified": "verified the chain",
        "audit.exported": "exported the audit trail",
        "decisions.exported": "exported decisions",
    },
}
"""Every event by the part of the journal that it belongs to, in words that follow who did it."""
_WORDS = {event: said for part in EVENTS.values() for event, said in part.items()}


@dataclass(frozen=True)
class TrailLine:
    """One entry."""

    seq: int
    at: datetime
    clock: str
    who: str
    what: str
    about: tuple[Piece, ...]
    """Title of the review, or the tool of a call."""
    review: str | None
    thread: str | None
    shown: tuple[str, ...]
    """What stood before whoever acted: draft, flags, policy."""
    digest: str | None
    how: str
    """Channel and time spent."""
    why: tuple[Piece, ...]
    changes: tuple[tuple[str, tuple[Change, ...]], ...]
    result: str
    """What became of what was authorised."""
    is_erased: bool
    hidden: str
    """Fields that the reader does not see in full, and who does."""


def trail_lines(found: Iterable[Told], now: datetime) -> tuple[TrailLine, ...]:
    """One line for each entry, in the order given."""
    return tuple(_line(told, now) for told in found)


def _line(told: Told, now: datetime) -> TrailLine:
    entry, file = told.entry, told.file
    kind = file.review.kind if file else ReviewKind.TOOL_CALL
    [story] = history_lines((entry,), now, kind)
    content = entry.content or {}
    return TrailLine(
        seq=entry.seq,
        at=entry.at,
        clock=f"{words.day(entry.at)}, {entry.at:%H:%M:%S} UTC",
        who=story.who,
        what=story.what if entry.event.startswith(("review.", "vote.", "effect.")) else _said(entry.event),
        about=_about(told),
        review=entry.review_id,
        thread=entry.thread,
        shown=_shown(told),
        digest=entry.digest,
        how=_how(entry),
        why=story.why or reveal(str(content.get("error") or "")),
        changes=_changes(told),
        result=_result(told),
        is_erased=entry.content is None,
        hidden="; ".join(map(_hidden, told.hidden)),
    )


def _hidden(field: HiddenField) -> str:
    name = words.spaced(field.field.strip("/").replace("/", " / "))
    seen_by = ", ".join(words.spaced(who.removeprefix("group:")) for who in field.shown_to)
    return f"{name} (seen by {seen_by})" if seen_by else f"{name} (seen by nobody)"


def _said(event: str) -> str:
    return _WORDS.get(event) or words.spaced(event.rpartition(".")[2])


def _about(told: Told) -> tuple[Piece, ...]:
    content = told.entry.content or {}
    if told.file is not None:
        return reveal(parts.shortened(told.file.review.title))
    if told.entry.event.startswith("person.signed"):
        return ()
    named = content.get("tool") or content.get("email") or content.get("name")
    return reveal(flat(str(named))) if named else ()


def _shown(told: Told) -> tuple[str, ...]:
    said = []
    if told.shown is not None:
        flags = len(told.shown.flags)
        said += [f"draft {told.shown.number}", f"{flags} flag{'' if flags == 1 else 's'}"]
    policy = told.entry.policy or (_policy_of(told) if told.shown is not None else "")
    return (*said, policy.partition("#")[0]) if policy else tuple(said)


def _policy_of(told: Told) -> str:
    verdict = told.shown.verdict if told.shown else None
    return f"{verdict.policy}@{verdict.policy_version}" if verdict else ""


def _how(entry: AuditEntry) -> str:
    seconds = (entry.content or {}).get("seconds")
    spent = f"after {float(seconds):.0f} s" if isinstance(seconds, int | float) else ""
    channel = "" if entry.channel == "system" else f"by {entry.channel}"
    return " ".join(part for part in (channel, spent) if part)


def _changes(told: Told) -> tuple[tuple[str, tuple[Change, ...]], ...]:
    before, after = told.before, told.shown
    if told.file is None or before is None or after is None:
        return ()
    return parts.edits(told.file.model_copy(update={"revisions": (before, after)}))


def _result(told: Told) -> str:
    """Told where the authorisation was given: at the closing of the review."""
    closing = told.file is not None and told.entry.event in ("review.approved", "review.revised")
    return words.effect_story(told.effect)[1] if closing else ""
