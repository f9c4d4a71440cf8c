"""Where a run stands: its graph with the step that it waits at, in a picture and in words."""

from __future__ import annotations

from dataclasses import dataclass
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

_MOST_NODES = 60
"""A larger graph would be neither quick to draw nor any help."""

_MARKS = {
    RunStatus.PAUSED: Mark("paused here", "pause"),
    RunStatus.FAILED: Mark("failed here", "fault"),
    RunStatus.RUNNING: Mark("goes on here", "next"),
    RunStatus.DUE: Mark("goes on here", "next"),
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
    mark = _MARKS.get(run.status)
    marks = dict.fromkeys(snapshot.waiting, mark) if snapshot and mark else {}
    steps = ", ".join(flat(str(node["name"])) for node in drawing["nodes"] if node["id"][:2] != "__")
    return Whereabouts(
        picture(graph_of(drawing, marks), f"The graph {run.graph}", f"{words} Its steps: {steps}."), words
    )


def _words(run: Run, snapshot: RunSnapshot | None) -> str:
    waiting = " and ".join(flat(node) for node in snapshot.waiting) if snapshot else ""
    at = f" at {waiting}" if waiting else ""
    match run.status:
        case RunStatus.QUEUED:
            return "The run has not taken its first step."
        case RunStatus.PAUSED:
            return f"The run is paused{at}."
        case RunStatus.RUNNING if run.is_driven_by_caller:
            return "Its own program drives the run; where it stands is not known here."
        case RunStatus.RUNNING | RunStatus.DUE:
            return f"The run goes on{at}."
        case RunStatus.FINISHED:
            return "The run has ended."
        case RunStatus.FAILED:
            return f"The run failed{at}."
        case RunStatus.CANCELLED:
            return "The run was cancelled."


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
        words=found.words + (_others(others) if review.is_live and others > 0 else ""),
        answers=_answers(review.kind, tool) if review.is_live else (),
        href=run_href(run) if may_open else None,
    )


def _others(count: int) -> str:
    more = "another review is" if count == 1 else f"{count} other reviews are"
    return f" It goes on once {more} decided as well."


def _answers(kind: ReviewKind, tool: ToolPolicy) -> tuple[tuple[str, str], ...]:
    match kind:
        case ReviewKind.QUESTION:
            return (
                ("Answer", "The step that asked gets exactly your answer, and the agent goes on."),
                ("Reject", "The step is told that nobody answers; the agent goes on from there, or fails."),
            )
        case ReviewKind.SETTLEMENT:
            return (
                ("It happened", "It counts as done. It is not run again, and the agent goes on."),
                ("It did not happen", "It counts as not done. The agent is told, and may ask for it again."),
                ("Nobody can find out", "It stays unknown. The agent is told not to repeat it."),
            )
        case ReviewKind.TOOL_CALL:
            stops = tool.on_changes is OnChanges.STOP
            changes = (
                "It does not run, and the run stops: this policy ends it when changes are requested."
                if stops
                else "It does not run. Your words go to the agent; its redraft comes back as a new review."
            )
            return (
                ("Approve", "The tool runs once. Its result goes to the agent, which goes on."),
                (
                    "Edit and approve",
                    "It runs once with your changes, and the agent is told what you changed.",
                ),
                ("Request changes", changes),
                (
                    "Reject",
                    "It does not run. The agent is told so, with your reason, and goes on without it.",
                ),
            )
