"""The history of a review, told line by line from its audit entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from signoff.domain.audit import AuditEntry
from signoff.domain.person import ActorKind
from signoff.domain.review import Outcome, ReviewKind
from signoff.domain.vote import VoteKind
from signoff.services import remarks
from signoff.web.pages import words
from signoff.web.pages.reveal import Piece, reveal
from signoff.web.pages.translate import N_, gettext, ngettext, pgettext


@dataclass(frozen=True)
class HistoryLine:
    """Who did what and when."""

    at: datetime
    ago: str
    who: str
    what: str
    why: tuple[Piece, ...]
    seq: int
    channel: str


def history_lines(
    entries: Sequence[AuditEntry], now: datetime, kind: ReviewKind = ReviewKind.TOOL_CALL
) -> tuple[HistoryLine, ...]:
    """One line for each entry, oldest first."""
    is_settlement = kind is ReviewKind.SETTLEMENT
    return tuple(
        HistoryLine(
            at=entry.at,
            ago=words.ago(entry.at, now),
            who="Signoff" if is_settlement and entry.event == "review.opened" else _who(entry),
            what=gettext("asked what happened")
            if is_settlement and entry.event == "review.opened"
            else _what(entry),
            why=reveal(_why(entry)),
            seq=entry.seq,
            channel=entry.channel if entry.channel not in ("system", "page") else "",
        )
        for entry in entries
    )


def _who(entry: AuditEntry) -> str:
    if entry.event.startswith("effect.") and entry.event != "effect.settled":
        return "Signoff"
    if entry.actor.kind is ActorKind.RULE:
        return gettext("Rule %(rule)s", rule=entry.actor.id)
    return entry.actor.name or entry.actor.id


def vote_word(kind: VoteKind) -> str:
    """What somebody who voted did."""
    match kind:
        case VoteKind.APPROVE:
            return pgettext("somebody", "approved")
        case VoteKind.REVISE:
            return pgettext("somebody", "approved with edits")
        case VoteKind.REQUEST_CHANGES:
            return pgettext("somebody", "requested changes")
        case VoteKind.REJECT:
            return pgettext("somebody", "rejected")
        case VoteKind.ANSWER:
            return pgettext("somebody", "answered")
        case VoteKind.ABSTAIN:
            return pgettext("somebody", "abstained")
        case VoteKind.ESCALATE:
            return pgettext("somebody", "escalated")


def _what(entry: AuditEntry) -> str:
    if entry.event == "vote.cast":
        content = entry.content or {}
        return _voted(str(content.get("vote")), len(content.get("acknowledged") or ()))
    if entry.event == remarks.COMMENTED and (entry.content or {}).get("instead_of"):
        return gettext("commented, as the vote came too late")
    if entry.event == "effect.started":
        return gettext("started it, allowed by %(person)s", person=entry.actor.name or entry.actor.id)
    kind, _, word = entry.event.partition(".")
    if kind == "review" and word in set(Outcome):
        return closed(Outcome(word))
    said = _EVENTS.get(entry.event)
    return gettext(said) if said else words.spaced(entry.event.rpartition(".")[2])


def _why(entry: AuditEntry) -> str:
    content = entry.content or {}
    return str(content.get("reason") or content.get("comment") or "")


def closed(outcome: Outcome) -> str:
    """What closed a review did to it."""
    return gettext("closed it: %(outcome)s", outcome=words.outcome_within(outcome))


def _voted(kind: str, checked: int) -> str:
    vote = vote_word(VoteKind(kind)) if kind in set(VoteKind) else gettext("voted")
    if not checked:
        return vote
    return ngettext(
        "%(vote)s, having checked %(n)s flag", "%(vote)s, having checked %(n)s flags", checked, vote=vote
    )


_EVENTS = {
    "run.retried": N_("asked for a retry"),
    "review.erased": N_("erased what it said"),
    "review.opened": N_("asked for a review"),
    remarks.COMMENTED: N_("commented"),
    remarks.ASKED_BACK: N_("asked for it back"),
    "review.revised_draft": N_("changed the draft"),
    "review.settling_extended": N_("gave it more time"),
    "review.settling_ended": N_("sent it without waiting any longer"),
    "vote.retracted": N_("took the vote back"),
    "effect.succeeded": N_("saw it succeed"),
    "effect.failed": N_("saw it fail, for certain"),
    "effect.unknown": N_("lost track of it: outcome unknown"),
    "effect.late_result": N_("heard back late"),
    "effect.planned_again": N_("allowed another attempt under the same key"),
    "effect.settled": N_("settled what happened"),
    "effect.revoked": N_("took the permission back"),
    "effect.expired": N_("let the permission run out"),
}
