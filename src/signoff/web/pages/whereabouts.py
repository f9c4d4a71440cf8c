"""Where a run stands: its graph with the step that it waits at, in a picture and in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote

from markupsafe import Markup

from signoff.domain.permission import Permission, permissions_of
from signoff.domain.person import Person
from signoff.domain.policy import OnChanges, ToolPolicy
from signoff.domain.review import Review, ReviewKind
from signoff.domain.run import Run, RunStatus
from signoff.domain.snapshot import RunSnapshot
from signoff.store import catalog, reviews, runs, snapshots
from signoff.store.database import Tx
from signoff.web.pages.picture import Mark, graph_of, picture
from signoff.web.pages.reveal import flat
from signoff.web.pages.translate import N_, all_of, gettext, ngettext

_MOST_NODES = 60
"""A larger graph would be neither quick to draw nor any help."""

_MARKS = {
    RunStatus.PAUSED: Mark(N_("paused here"), "pause"),
    RunStatus.FAILED: Mark(N_("failed here"), "fault"),
    RunStatus.RUNNING: Mark(N_("goes on here"), "next"),
    RunStatus.DUE: Mark(N_("goes on here"), "next"),
}


@dataclass(frozen=True)
class Whereabouts:
    """What a reader is shown about the place of a run."""

    picture: Markup | None
    words: str
    answers: tuple[tuple[str, str], ...] = ()
    """What each answer leads to, where somebody may still answer."""
    href: str | None = None
    """The page of the run, for those who may open it."""


def run_href(run: Run) -> str:
    """The address of a run's page. Two names of threads mean something else in addresses."""
    return "/runs/" + (run.id if run.thread in (".", "..") else quote(run.thread, safe=""))


def drawn(tx: Tx, run: Run, snapshot: RunSnapshot | None) -> Whereabouts:
    """The graph of a run, marked where it stands."""
    drawing = catalog.graph_drawing(tx, run.graph)
    words = _words(run, snapshot)
    if drawing is None or len(drawing["nodes"]) > _MOST_NODES:
        return Whereabouts(None, words)
    mark = _mark(run.status)
    marks = dict.fromkeys(snapshot.waiting, mark) if snapshot and mark else {}
    steps = ", ".join(flat(str(node["name"])) for node in drawing["nodes"] if node["id"][:2] != "__")
    title = gettext("The graph %(name)s", name=run.graph)
    told = gettext("%(standing)s Its steps: %(steps)s.", standing=words, steps=steps)
    return Whereabouts(picture(graph_of(drawing, marks), title, told), words)


def _mark(status: RunStatus) -> Mark | None:
    mark = _MARKS.get(status)
    return mark and replace(mark, word=gettext(mark.word))


def _words(run: Run, snapshot: RunSnapshot | None) -> str:
    steps = all_of([flat(node) for node in snapshot.waiting]) if snapshot else ""
    match run.status:
        case RunStatus.QUEUED:
            return gettext("The run has not taken its first step.")
        case RunStatus.PAUSED if steps:
            return gettext("The run is paused at %(steps)s.", steps=steps)
        case RunStatus.PAUSED:
            return gettext("The run is paused.")
        case RunStatus.RUNNING if run.is_driven_by_caller:
            return gettext("Its own program drives the run; where it stands is not known here.")
        case RunStatus.RUNNING | RunStatus.DUE:
            return (
                gettext("The run goes on at %(steps)s.", steps=steps)
                if steps
                else gettext("The run goes on.")
            )
        case RunStatus.FINISHED:
            return gettext("The run has ended.")
        case RunStatus.FAILED:
            return (
                gettext("The run failed at %(steps)s.", steps=steps) if steps else gettext("The run failed.")
            )
        case RunStatus.CANCELLED:
            return gettext("The run was cancelled.")


def of_review(tx: Tx, review: Review, tool: ToolPolicy, reader: Person) -> Whereabouts | None:
    """Where the run of a review stands, and what each answer leads to; None where no run is known."""
    run = runs.get(tx, review.thread)
    if run is None:
        return None
    stored = snapshots.get(tx, run.thread)
    found = drawn(tx, run, stored.snapshot if stored else None)
    may_open = Permission.READ_RUNS in permissions_of(reader.roles)
    others = len(reviews.live_in_thread(tx, run.thread)) - 1
    return Whereabouts(
        picture=found.picture,
        words=f"{found.words} {_others(others)}" if review.is_live and others > 0 else found.words,
        answers=_answers(review.kind, tool) if review.is_live else (),
        href=run_href(run) if may_open else None,
    )


def _others(count: int) -> str:
    return ngettext(
        "It goes on once another review is decided as well.",
        "It goes on once %(n)s other reviews are decided as well.",
        count,
    )


def _answers(kind: ReviewKind, tool: ToolPolicy) -> tuple[tuple[str, str], ...]:
    match kind:
        case ReviewKind.QUESTION:
            return (
                (
                    gettext("Answer"),
                    gettext("The step that asked gets exactly your answer, and the agent goes on."),
                ),
                (
                    gettext("Reject"),
                    gettext("The step is told that nobody answers; the agent goes on from there, or fails."),
                ),
            )
        case ReviewKind.SETTLEMENT:
            return (
                (
                    gettext("It happened"),
                    gettext("It counts as done. It is not run again, and the agent goes on."),
                ),
                (
                    gettext("It did not happen"),
                    gettext("It counts as not done. The agent is told, and may ask for it again."),
                ),
                (
                    gettext("Nobody can find out"),
                    gettext("It stays unknown. The agent is told not to repeat it."),
                ),
            )
        case ReviewKind.TOOL_CALL:
            stops = tool.on_changes is OnChanges.STOP
            changes = (
                gettext("It does not run, and the run stops: this policy ends it when changes are requested.")
                if stops
                else gettext(
                    "It does not run. Your words go to the agent; its redraft comes back as a new review."
                )
            )
            return (
                (
                    gettext("Approve"),
                    gettext("The tool runs once. Its result goes to the agent, which goes on."),
                ),
                (
                    gettext("Edit and approve"),
                    gettext("It runs once with your changes, and the agent is told what you changed."),
                ),
                (gettext("Request changes"), changes),
                (
                    gettext("Reject"),
                    gettext(
                        "It does not run. The agent is told so, with your reason, and goes on without it."
                    ),
                ),
            )
