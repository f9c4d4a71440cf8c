"""Times, states and names the way a reader says them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from signoff.domain.action import EffectClass
from signoff.domain.effect import Effect, EffectState, Settlement
from signoff.domain.flag import Severity
from signoff.domain.review import Outcome, ReviewKind
from signoff.domain.run import Run, RunStatus
from signoff.domain.tally import StageStatus
from signoff.domain.working_hours import WorkingHours, working_time

_JOINTS = str.maketrans("_-.", "   ")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

SEVERITY = {Severity.HIGH: "High", Severity.MEDIUM: "Medium", Severity.LOW: "Low"}

KIND = {
    ReviewKind.TOOL_CALL: "Tool call",
    ReviewKind.QUESTION: "Question",
    ReviewKind.SETTLEMENT: "Unknown outcome",
}

OUTCOME = {
    Outcome.APPROVED: "Approved",
    Outcome.REVISED: "Approved with edits",
    Outcome.CHANGES_REQUESTED: "Changes requested",
    Outcome.REJECTED: "Rejected",
    Outcome.ANSWERED: "Answered",
    Outcome.EXPIRED: "Expired",
    Outcome.WITHDRAWN: "Withdrawn",
    Outcome.SUPERSEDED: "Replaced",
}

OUTCOME_MEANS = {
    Outcome.APPROVED: "It runs exactly as shown.",
    Outcome.REVISED: "It runs as edited.",
    Outcome.CHANGES_REQUESTED: "It does not run. The feedback goes back to the agent.",
    Outcome.REJECTED: "It does not run.",
    Outcome.ANSWERED: "The answer goes back to the agent.",
    Outcome.EXPIRED: "Nobody decided in time. It does not run.",
    Outcome.WITHDRAWN: "It was taken back. It does not run.",
    Outcome.SUPERSEDED: "Something newer took its place. It does not run.",
}

RUN = {
    RunStatus.QUEUED: "Queued",
    RunStatus.RUNNING: "Running",
    RunStatus.PAUSED: "Paused",
    RunStatus.DUE: "Wake-up due",
    RunStatus.FINISHED: "Ended",
    RunStatus.FAILED: "Failed",
    RunStatus.CANCELLED: "Cancelled",
}

EFFECT = {
    EffectState.PLANNED: "Not started yet",
    EffectState.STARTED: "Running",
    EffectState.SUCCEEDED: "Done",
    EffectState.FAILED: "Did not happen",
    EffectState.UNKNOWN: "Outcome unknown",
    EffectState.EXPIRED: "Permission ran out",
    EffectState.REVOKED: "Permission taken back",
}

SETTLEMENT = {
    Settlement.HAPPENED: "It happened",
    Settlement.DID_NOT_HAPPEN: "It did not happen",
    Settlement.ABANDON: "Nobody can find out",
}

REACH = {
    EffectClass.READ: ("It only reads.", False),
    EffectClass.EGRESS: ("It asks an outside service: what is asked leaves the house.", False),
    EffectClass.WRITE: ("It changes data.", False),
    EffectClass.IRREVERSIBLE: ("It cannot be undone.", True),
}

STAGE = {
    StageStatus.WAITING: "waits for the step before",
    StageStatus.OPEN: "open",
    StageStatus.SATISFIED: "done",
    StageStatus.REFUSED: "refused",
    StageStatus.CHANGES: "changes requested",
    StageStatus.ANSWERED: "answered",
}


def run_status(run: Run) -> str:
    """Where a run stands, in a word or two."""
    return "Run by its caller" if run.is_driven_by_caller else RUN[run.status]


def spaced(name: str) -> str:
    """A name from code in words: "send_email" and "sendEmail" become "send email"."""
    words = _CAMEL.sub(" ", name).translate(_JOINTS).strip()
    return words.lower() if words.isascii() else words or name


def titled(name: str) -> str:
    """Like `spaced`, with a capital: "Send email"."""
    words = spaced(name)
    return words[:1].upper() + words[1:]


def span(duration: timedelta) -> str:
    """A duration in at most two units: "45 s", "14 min", "2 h 5 min", "3 days"."""
    seconds = max(0, int(duration.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes and hours < 8 else f"{hours} h"
    days, hours = divmod(hours, 24)
    if days == 1:
        return f"1 day {hours} h" if hours else "1 day"
    return f"{days} days"


def due(due_at: datetime | None, now: datetime, hours: WorkingHours | None = None) -> tuple[str, bool]:
    """The deadline in words, in working time where `hours` tell it, and whether it has passed."""
    if due_at is None:
        return "no deadline", False
    if due_at < now:
        return f"late by {span(now - due_at)}", True
    if hours is not None:
        return f"due in {span(working_time(hours, now, due_at))} of working time", False
    return f"due in {span(due_at - now)}", False


def ago(at: datetime, now: datetime) -> str:
    """How long since `at`: "14 min ago"."""
    return "just now" if now - at < timedelta(seconds=5) else f"{span(now - at)} ago"


def clock(at: datetime) -> str:
    """An instant as everybody reads it: "22 Nov 2026, 17:40 UTC"."""
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def day(at: datetime) -> str:
    """A day in UTC: "22 Nov 2026"."""
    return f"{at.day} {at:%b %Y}"


def effect_story(effect: Effect | None) -> tuple[str, str, str]:
    """What became of it: tone, headline and explanation."""
    if effect is None:
        return "wait", "Not started yet", "The run goes on in a moment; a worker picks it up."
    match effect.state:
        case EffectState.PLANNED:
            return "wait", "Not started yet", "It is allowed to run; a worker picks it up."
        case EffectState.STARTED:
            return "wait", "Running", "It was started and has not reported back yet."
        case EffectState.SUCCEEDED:
            return "go", "Done", "It ran once and reported success."
        case EffectState.FAILED:
            return "stop", "Did not happen", "It was tried and definitely failed."
        case EffectState.UNKNOWN:
            return (
                "stop",
                "Outcome unknown",
                ("It was started, and whether it happened is not known. It is not tried again by itself."),
            )
        case EffectState.EXPIRED:
            return "stop", "Did not happen", "The permission ran out before it could start."
        case EffectState.REVOKED:
            return "stop", "Did not happen", "The permission was taken back before it started."
