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
from signoff.web.pages.reading import day
from signoff.web.pages.redline import Change
from signoff.web.pages.reveal import Piece, flat, reveal
from signoff.web.pages.story import closed, history_lines
from signoff.web.pages.translate import N_, gettext, ngettext

_CLOSED = {f"review.{outcome.value}": outcome for outcome in Outcome}
_EVENTS: dict[str, dict[str, str]] = {
    N_("Calls"): {
        "action.passed": N_("let a call pass"),
        "action.passed_in_shadow": N_("let a call pass in shadow mode"),
        "action.denied": N_("denied a call"),
    },
    N_("Reviews"): {
        "review.opened": N_("asked for a review"),
        "vote.cast": N_("voted"),
        "vote.retracted": N_("took a vote back"),
        "review.revised_draft": N_("changed the draft"),
        "review.settling_extended": N_("gave it more time"),
        "review.commented": N_("commented"),
        "review.asked_back": N_("asked for it back"),
        "review.erased": N_("erased what a review said"),
    },
    N_("Effects"): {
        "effect.started": N_("started it"),
        "effect.succeeded": N_("saw it succeed"),
        "effect.failed": N_("saw it fail"),
        "effect.unknown": N_("lost track of it"),
        "effect.settled": N_("settled what happened"),
        "effect.revoked": N_("took a permission back"),
        "effect.expired": N_("let a permission run out"),
        "effect.planned_again": N_("allowed another attempt"),
        "effect.late_result": N_("heard back late"),
    },
    N_("People and keys"): {
        "person.added": N_("added an account"),
        "person.changed": N_("changed an account"),
        "person.password_set": N_("set a password"),
        "person.signed_in": N_("signed in"),
        "person.signed_out": N_("signed out"),
        "key.added": N_("added an API key"),
        "key.revoked": N_("revoked an API key"),
    },
    N_("Workspace"): {
        "workspace.stopped": N_("stopped everything"),
        "workspace.released": N_("let everything go on"),
        "thread.erased": N_("erased what a thread said"),
        "audit.verified": N_("verified the chain"),
        "audit.exported": N_("exported the audit trail"),
        "decisions.exported": N_("exported decisions"),
    },
}
"""Every event by the part of the journal that it belongs to, in words that follow who did it."""
_WORDS = {event: said for part in _EVENTS.values() for event, said in part.items()}


def events() -> dict[str, dict[str, str]]:
    """Every event by its part of the journal, in the reader's words."""
    found = {
        gettext(part): {event: gettext(said) for event, said in named.items()}
        for part, named in _EVENTS.items()
    }
    found[gettext("Reviews")].update({event: closed(outcome) for event, outcome in _CLOSED.items()})
    return found


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
        clock=f"{day(entry.at)}, {entry.at:%H:%M:%S} UTC",
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
    if not seen_by:
        return gettext("%(field)s (seen by nobody)", field=name)
    return gettext("%(field)s (seen by %(people)s)", field=name, people=seen_by)


def _said(event: str) -> str:
    said = _WORDS.get(event)
    return gettext(said) if said else words.spaced(event.rpartition(".")[2])


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
        said.append(gettext("draft %(number)s", number=told.shown.number))
        said.append(ngettext("%(n)s flag", "%(n)s flags", flags))
    policy = told.entry.policy or (_policy_of(told) if told.shown is not None else "")
    return (*said, policy.partition("#")[0]) if policy else tuple(said)


def _policy_of(told: Told) -> str:
    verdict = told.shown.verdict if told.shown else None
    return f"{verdict.policy}@{verdict.policy_version}" if verdict else ""


def _how(entry: AuditEntry) -> str:
    seconds = (entry.content or {}).get("seconds")
    spent = round(float(seconds)) if isinstance(seconds, int | float) else None
    match entry.channel, spent:
        case "system", None:
            return ""
        case "system", _:
            return gettext("after %(seconds)s s", seconds=spent)
        case channel, None:
            return gettext("by %(channel)s", channel=channel)
        case channel, _:
            return gettext("by %(channel)s after %(seconds)s s", channel=channel, seconds=spent)


def _changes(told: Told) -> tuple[tuple[str, tuple[Change, ...]], ...]:
    before, after = told.before, told.shown
    if told.file is None or before is None or after is None:
        return ()
    return parts.edits(told.file.model_copy(update={"revisions": (before, after)}))


def _result(told: Told) -> str:
    """Told where the authorisation was given: at the closing of the review."""
    closing = told.file is not None and told.entry.event in ("review.approved", "review.revised")
    return words.effect_story(told.effect)[1] if closing else ""
