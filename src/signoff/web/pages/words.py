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
from signoff.domain.visibility import Withheld
from signoff.domain.working_hours import WorkingHours, working_time
from signoff.web.pages.reading import day
from signoff.web.pages.translate import N_, gettext, known, ngettext, npgettext, pgettext

_JOINTS = str.maketrans("_-.", "   ")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_KIND = {
    ReviewKind.TOOL_CALL: N_("Tool call"),
    ReviewKind.QUESTION: N_("Question"),
    ReviewKind.SETTLEMENT: N_("Unknown outcome"),
}

_OUTCOME = {
    Outcome.APPROVED: N_("Approved"),
    Outcome.REVISED: N_("Approved with edits"),
    Outcome.CHANGES_REQUESTED: N_("Changes requested"),
    Outcome.REJECTED: N_("Rejected"),
    Outcome.ANSWERED: N_("Answered"),
    Outcome.EXPIRED: N_("Expired"),
    Outcome.WITHDRAWN: N_("Withdrawn"),
    Outcome.SUPERSEDED: N_("Replaced"),
}

_OUTCOME_WITHIN = {
    Outcome.APPROVED: N_("approved"),
    Outcome.REVISED: N_("approved with edits"),
    Outcome.CHANGES_REQUESTED: N_("changes requested"),
    Outcome.REJECTED: N_("rejected"),
    Outcome.ANSWERED: N_("answered"),
    Outcome.EXPIRED: N_("expired"),
    Outcome.WITHDRAWN: N_("withdrawn"),
    Outcome.SUPERSEDED: N_("replaced"),
}

_OUTCOME_MEANS = {
    Outcome.APPROVED: N_("It runs exactly as shown."),
    Outcome.REVISED: N_("It runs as edited."),
    Outcome.CHANGES_REQUESTED: N_("It does not run. The feedback goes back to the agent."),
    Outcome.REJECTED: N_("It does not run."),
    Outcome.ANSWERED: N_("The answer goes back to the agent."),
    Outcome.EXPIRED: N_("Nobody decided in time. It does not run."),
    Outcome.WITHDRAWN: N_("It was taken back. It does not run."),
    Outcome.SUPERSEDED: N_("Something newer took its place. It does not run."),
}

_RUN = {
    RunStatus.QUEUED: N_("Queued"),
    RunStatus.RUNNING: N_("Running"),
    RunStatus.PAUSED: N_("Paused"),
    RunStatus.DUE: N_("Wake-up due"),
    RunStatus.FINISHED: N_("Ended"),
    RunStatus.FAILED: N_("Failed"),
    RunStatus.CANCELLED: N_("Cancelled"),
}

_EFFECT = {
    EffectState.PLANNED: N_("Not started yet"),
    EffectState.STARTED: N_("Running"),
    EffectState.SUCCEEDED: N_("Done"),
    EffectState.FAILED: N_("Did not happen"),
    EffectState.UNKNOWN: N_("Outcome unknown"),
    EffectState.EXPIRED: N_("Permission ran out"),
    EffectState.REVOKED: N_("Permission taken back"),
}

_SETTLEMENT = {
    Settlement.HAPPENED: N_("It happened"),
    Settlement.DID_NOT_HAPPEN: N_("It did not happen"),
    Settlement.ABANDON: N_("Nobody can find out"),
}

_REACH = {
    EffectClass.READ: N_("It only reads."),
    EffectClass.EGRESS: N_("It asks an outside service: what is asked leaves the house."),
    EffectClass.WRITE: N_("It changes data."),
    EffectClass.IRREVERSIBLE: N_("It cannot be undone."),
}

_STAGE = {
    StageStatus.WAITING: N_("waits for the step before"),
    StageStatus.OPEN: N_("open"),
    StageStatus.SATISFIED: N_("done"),
    StageStatus.REFUSED: N_("refused"),
    StageStatus.CHANGES: N_("changes requested"),
    StageStatus.ANSWERED: N_("answered"),
}


def risk_within(severity: Severity) -> str:
    """How severe a flag is, within a line: "2 high"."""
    match severity:
        case Severity.HIGH:
            return pgettext("risk", "high")
        case Severity.MEDIUM:
            return pgettext("risk", "medium")
        case Severity.LOW:
            return pgettext("risk", "low")


def kind(kind: ReviewKind) -> str:
    """What is reviewed."""
    return gettext(_KIND[kind])


def outcome(outcome: Outcome) -> str:
    """How a review ended."""
    return gettext(_OUTCOME[outcome])


def outcome_within(outcome: Outcome) -> str:
    """How a review ended, within a sentence."""
    return gettext(_OUTCOME_WITHIN[outcome])


def outcome_by(outcome: Outcome, person: str | None) -> str:
    """How a review ended and by whom, where it was a person."""
    if not person:
        return gettext(_OUTCOME[outcome])
    return gettext("%(outcome)s by %(person)s", outcome=gettext(_OUTCOME[outcome]), person=person)


def outcome_by_within(outcome: Outcome, person: str | None) -> str:
    """Like `outcome_by`, within a sentence."""
    if not person:
        return gettext(_OUTCOME_WITHIN[outcome])
    return gettext("%(outcome)s by %(person)s", outcome=gettext(_OUTCOME_WITHIN[outcome]), person=person)


def outcome_means(outcome: Outcome) -> str:
    """What follows from an outcome."""
    return gettext(_OUTCOME_MEANS[outcome])


def effect(state: EffectState) -> str:
    """What became of an effect."""
    return gettext(_EFFECT[state])


def settlement(settlement: Settlement) -> str:
    """What somebody found out about an effect of unknown outcome."""
    return gettext(_SETTLEMENT[settlement])


def reach(effect: EffectClass) -> str:
    """What such a tool can do."""
    return gettext(_REACH[effect])


def stage(status: StageStatus) -> str:
    """How a step of a review stands."""
    return gettext(_STAGE[status])


def status(status: RunStatus) -> str:
    """Where runs of a status stand."""
    return gettext(_RUN[status])


def run_status(run: Run) -> str:
    """Where a run stands, in a word or two."""
    return gettext("Run by its caller") if run.is_driven_by_caller else status(run.status)


def spaced(name: str) -> str:
    """A name from code in words: "send_email" and "sendEmail" become "send email"."""
    words = _CAMEL.sub(" ", name).translate(_JOINTS).strip()
    return words.lower() if words.isascii() else words or name


def titled(name: str) -> str:
    """Like `spaced`, with a capital: "Send email"."""
    words = spaced(name)
    return words[:1].upper() + words[1:]


def withheld(value: Withheld) -> str:
    """What stands in the place of a value that its reader does not see in full."""
    why = known(value.why)
    if value.shown and value.ask:
        return gettext("Partly hidden: %(why)s. Ask %(ask)s.", why=why, ask=value.ask)
    if value.shown:
        return gettext("Partly hidden: %(why)s.", why=why)
    if value.ask:
        return gettext("Hidden: %(why)s. Ask %(ask)s.", why=why, ask=value.ask)
    return gettext("Hidden: %(why)s.", why=why)


def span(duration: timedelta) -> str:
    """A duration in at most two units: "45 s", "14 min", "2 h 5 min", "3 days"."""
    hours, rest = divmod(_seconds(duration), 3600)
    if hours < 24:
        return _clocked(hours, rest)
    days, hours = divmod(hours, 24)
    if days == 1 and hours:
        return gettext("1 day %(hours)s h", hours=hours)
    return ngettext("%(n)s day", "%(n)s days", days)


def span_after(duration: timedelta) -> str:
    """Like `span`, for a place after a preposition, where many languages decline it."""
    hours, rest = divmod(_seconds(duration), 3600)
    if hours < 24:
        return _clocked(hours, rest)
    days, hours = divmod(hours, 24)
    if days == 1 and hours:
        return pgettext("after a preposition", "1 day %(hours)s h", hours=hours)
    return npgettext("after a preposition", "%(n)s day", "%(n)s days", days)


def _seconds(duration: timedelta) -> int:
    return max(0, int(duration.total_seconds()))


def _clocked(hours: int, seconds: int) -> str:
    minutes = seconds // 60
    if not hours:
        return gettext("%(n)s min", n=minutes) if minutes else gettext("%(n)s s", n=seconds)
    if minutes and hours < 8:
        return gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
    return gettext("%(n)s h", n=hours)


def due(due_at: datetime | None, now: datetime, hours: WorkingHours | None = None) -> tuple[str, bool]:
    """The deadline in words, in working time where `hours` tell it, and whether it has passed."""
    if due_at is None:
        return gettext("no deadline"), False
    if due_at < now:
        return gettext("late by %(time)s", time=span_after(now - due_at)), True
    if hours is not None:
        left = span_after(working_time(hours, now, due_at))
        return gettext("due in %(time)s of working time", time=left), False
    return gettext("due in %(time)s", time=span_after(due_at - now)), False


def late(due_at: datetime | None, now: datetime) -> str:
    """How long ago a deadline passed, as a sentence."""
    return gettext("Late by %(time)s.", time=span_after(now - due_at)) if due_at else ""


def ago(at: datetime, now: datetime) -> str:
    """How long since `at`: "14 min ago"."""
    if now - at < timedelta(seconds=5):
        return gettext("just now")
    return gettext("%(time)s ago", time=span_after(now - at))


def clock(at: datetime) -> str:
    """An instant as everybody reads it: "22 Nov 2026, 17:40 UTC"."""
    return f"{day(at)}, {at:%H:%M} UTC"


def effect_story(effect: Effect | None) -> tuple[str, str, str]:
    """What became of it: tone, headline and explanation."""
    if effect is None:
        return (
            "wait",
            gettext("Not started yet"),
            gettext("The run goes on in a moment; a worker picks it up."),
        )
    match effect.state:
        case EffectState.PLANNED:
            return "wait", gettext("Not started yet"), gettext("It is allowed to run; a worker picks it up.")
        case EffectState.STARTED:
            return "wait", gettext("Running"), gettext("It was started and has not reported back yet.")
        case EffectState.SUCCEEDED:
            return "go", gettext("Done"), gettext("It ran once and reported success.")
        case EffectState.FAILED:
            return "stop", gettext("Did not happen"), gettext("It was tried and definitely failed.")
        case EffectState.UNKNOWN:
            return (
                "stop",
                gettext("Outcome unknown"),
                gettext(
                    "It was started, and whether it happened is not known. It is not tried again by itself."
                ),
            )
        case EffectState.EXPIRED:
            return "stop", gettext("Did not happen"), gettext("The permission ran out before it could start.")
        case EffectState.REVOKED:
            return (
                "stop",
                gettext("Did not happen"),
                gettext("The permission was taken back before it started."),
            )
