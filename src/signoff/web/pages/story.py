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

VOTES = {
    VoteKind.APPROVE: "approved",
    VoteKind.REVISE: "approved with edits",
    VoteKind.REQUEST_CHANGES: "requested changes",
    VoteKind.REJECT: "rejected",
    VoteKind.ANSWER: "answered",
    VoteKind.ABSTAIN: "abstained",
    VoteKind.ESCALATE: "escalated",
}


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
            what="asked what happened" if is_settlement and entry.event == "review.opened" else _what(entry),
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
        return f"Rule {entry.actor.id}"
    return entry.actor.name or entry.actor.id


def _what(entry: AuditEntry) -> str:
    if entry.event == "vote.cast":
        content = entry.content or {}
        return _vote_word(str(content.get("vote"))) + _checked(len(content.get("acknowledged") or ()))
    if entry.event == remarks.COMMENTED and (entry.content or {}).get("instead_of"):
        return "commented, as the vote came too late"
    if entry.event == "effect.started":
        return f"started it, allowed by {entry.actor.name or entry.actor.id}"
    kind, _, word = entry.event.partition(".")
    if kind == "review" and word in set(Outcome):
        return "closed it: " + words.OUTCOME[Outcome(word)].lower()
    return _EVENTS.get(entry.event) or words.spaced(entry.event.rpartition(".")[2])


def _why(entry: AuditEntry) -> str:
    content = entry.content or {}
    return str(content.get("reason") or content.get("comment") or "")


def _vote_word(kind: str) -> str:
    return VOTES[VoteKind(kind)] if kind in set(VoteKind) else "voted"


def _checked(flags: int) -> str:
    return f", having checked {flags} flag{'s' if flags > 1 else ''}" if flags else ""


_EVENTS = {
    "run.retried": "asked for a retry",
    "review.erased": "erased what it said",
    "review.opened": "asked for a review",
    remarks.COMMENTED: "commented",
    remarks.ASKED_BACK: "asked for it back",
    "review.revised_draft": "changed the draft",
    "review.settling_extended": "gave it more time",
    "review.settling_ended": "sent it without waiting any longer",
    "vote.retracted": "took the vote back",
    "effect.succeeded": "saw it succeed",
    "effect.failed": "saw it fail, for certain",
    "effect.unknown": "lost track of it: outcome unknown",
    "effect.late_result": "heard back late",
    "effect.planned_again": "allowed another attempt under the same key",
    "effect.settled": "settled what happened",
    "effect.revoked": "took the permission back",
    "effect.expired": "let the permission run out",
}
