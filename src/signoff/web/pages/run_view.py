"""What the page of a run shows, worked out before any template runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from signoff.domain.audit import AuditEntry
from signoff.domain.effect import Effect
from signoff.domain.ids import EffectId, ReviewId
from signoff.domain.review import Review
from signoff.domain.run import Run, RunStatus
from signoff.domain.snapshot import CheckpointNote, PendingTask, RunSnapshot, StateNode, found_in
from signoff.services.retry import why_no_retry
from signoff.store.snapshots import StoredSnapshot
from signoff.web.pages import words
from signoff.web.pages.reveal import Piece, flat, reveal
from signoff.web.pages.story import history_lines
from signoff.web.pages.whereabouts import Whereabouts, run_href

_LINES = 200


@dataclass(frozen=True)
class RunSources:
    """Everything that was read for the page."""

    run: Run
    stored: StoredSnapshot | None
    whereabouts: Whereabouts
    reviews: Sequence[Review]
    effects: Sequence[Effect]
    questions: Mapping[EffectId, ReviewId]
    """The open review about each effect of unknown outcome."""
    history: Sequence[AuditEntry]
    now: datetime


@dataclass(frozen=True)
class TreeNode:
    """A value of the state."""

    name: tuple[Piece, ...]
    kind: str
    text: tuple[Piece, ...] | None
    items: tuple[TreeNode, ...]
    note: str


@dataclass(frozen=True)
class TimeLine:
    """Something that happened, by a person, by Signoff or in the graph."""

    at: datetime
    who: str
    what: str
    why: tuple[Piece, ...]
    is_checkpoint: bool = False

    @property
    def clock(self) -> str:
        """To a tenth of a second, and in UTC like the log: engineers compare the two."""
        return f"{self.at.day} {self.at:%b %H:%M:%S}.{self.at.microsecond // 100_000} UTC"


@dataclass(frozen=True)
class TaskLine:
    """A step that is not finished."""

    node: str
    word: str
    error: tuple[Piece, ...]
    interrupts: tuple[TreeNode, ...]


@dataclass(frozen=True)
class ReviewLine:
    """A review of the run."""

    review: Review
    title: tuple[Piece, ...]
    word: str


@dataclass(frozen=True)
class EffectLine:
    """An effect of the run."""

    effect: Effect
    word: str
    at: datetime | None
    error: tuple[Piece, ...]
    question: ReviewId | None


@dataclass(frozen=True)
class RunView:
    """The page of one run."""

    sources: RunSources
    thread: tuple[Piece, ...]
    href: str
    status: str
    error: tuple[Piece, ...]
    trace: tuple[Piece, ...]
    age: str
    no_snapshot: str
    """Why nothing is known of its state; empty where it is."""
    tasks: tuple[TaskLine, ...]
    wake_up: str
    """What a wake-up runs."""
    why_no_retry: str | None
    timeline: tuple[TimeLine, ...]
    has_older: bool
    state: tuple[TreeNode, ...]
    withheld: str
    """Why the values of state are not shown; empty when they are."""
    reviews: tuple[ReviewLine, ...]
    effects: tuple[EffectLine, ...]
    snippet: str

    @property
    def run(self) -> Run:
        return self.sources.run

    @property
    def tone(self) -> str:
        """How the page feels about it: "stop", "wait" or "go"."""
        match self.run.status:
            case RunStatus.FAILED | RunStatus.CANCELLED:
                return "stop"
            case RunStatus.FINISHED:
                return "go"
            case _:
                return "wait"


def run_view(sources: RunSources, *, find: str, withheld: str) -> RunView:
    """The page of a run.

    Args:
        find: only the branches of the state in which these words occur; all of it without them.
    """
    run, stored = sources.run, sources.stored
    shows_state = not withheld
    snapshot = stored.snapshot if stored else RunSnapshot()
    state = found_in(snapshot.state, find) if find else snapshot.state
    timeline = sorted(
        (*_told(sources), *_reached(snapshot.checkpoints)), key=lambda line: (line.at, line.is_checkpoint)
    )
    return RunView(
        sources=sources,
        thread=reveal(run.thread),
        href=run_href(run),
        status=words.run_status(run),
        error=reveal(run.error),
        trace=reveal(snapshot.trace) if shows_state else (),
        age=words.ago(run.updated_at, sources.now),
        no_snapshot="" if stored else _why_nothing(run),
        tasks=tuple(_task(task, shows_state=shows_state) for task in snapshot.tasks),
        wake_up=_wake_up(snapshot),
        why_no_retry=why_no_retry(run, sources.now),
        timeline=tuple(timeline[-_LINES:]),
        has_older=snapshot.has_older or len(timeline) > _LINES,
        state=_tree(state) if shows_state else (),
        withheld=withheld,
        reviews=tuple(
            ReviewLine(review, reveal(flat(review.title, 120)), _review_word(review))
            for review in sources.reviews
        ),
        effects=tuple(
            EffectLine(
                effect=effect,
                word=_effect_word(effect),
                at=effect.finished_at or effect.started_at or effect.created_at,
                error=reveal(effect.error),
                question=sources.questions.get(effect.id),
            )
            for effect in sources.effects
        ),
        snippet=_snippet(run),
    )


def _why_nothing(run: Run) -> str:
    if run.is_driven_by_caller:
        return (
            "Its own program drives this run (graph.invoke), so Signoff has not looked into it. "
            "The first wake-up by a worker or by desk.resume leaves a snapshot here."
        )
    if run.erased_at is not None:
        return f"What it said was erased on {words.day(run.erased_at)}. That it ran, and who decided, remain."
    if run.status in (RunStatus.FINISHED, RunStatus.FAILED, RunStatus.CANCELLED):
        return "Its state is not kept: no worker drove it, or the time for which a snapshot is kept is over."
    return "Nothing is known of its state: no worker has driven it to a stop yet."


def _tree(nodes: Sequence[StateNode]) -> tuple[TreeNode, ...]:
    return tuple(
        TreeNode(
            name=reveal(node.name),
            kind=node.kind,
            text=None if node.text is None else reveal(node.text),
            items=_tree(node.items),
            note=node.note,
        )
        for node in nodes
    )


def _task(task: PendingTask, *, shows_state: bool) -> TaskLine:
    word = "finished; its result is kept" if task.is_done else "failed" if task.error else "waits"
    interrupts = _tree(task.interrupts) if shows_state else ()
    return TaskLine(flat(task.node), word, reveal(task.error), interrupts)


def _wake_up(snapshot: RunSnapshot) -> str:
    """Which nodes run again, before anybody clicks."""
    if not snapshot.waiting:
        return "Nothing is left to run."
    done = dict.fromkeys(flat(task.node) for task in snapshot.tasks if task.is_done)
    again = " and ".join(flat(node) for node in snapshot.waiting)
    kept = f" Not repeated, since finished beside it: {' and '.join(done)}." if done else ""
    return (
        f"Runs again, from its first line: {again}. Steps before it do not.{kept} "
        "A tool that ran already is not called again: its stored result is given back."
    )


def _told(sources: RunSources) -> Iterator[TimeLine]:
    for line in history_lines(sources.history[-_LINES:], sources.now):
        yield TimeLine(line.at, line.who, line.what, line.why)


def _reached(checkpoints: Sequence[CheckpointNote]) -> Iterator[TimeLine]:
    for note in checkpoints:
        if note.at is None:
            continue
        wrote = [flat(name) for name in note.wrote if name != "__start__"]
        after = f"after {', '.join(wrote)}" if wrote else "with the input" if note.wrote else note.source
        ahead = [flat(name) for name in note.next if name != "__start__"]
        following = f"; next {', '.join(ahead)}" if ahead else "" if note.next else "; nothing left"
        number = "" if note.step is None else f" {note.step}"
        yield TimeLine(note.at, f"Checkpoint{number}", after + following, (), is_checkpoint=True)


def _review_word(review: Review) -> str:
    if review.outcome is None:
        return "Waiting"
    by = f" by {review.decided_by}" if review.decided_by else ""
    return words.OUTCOME[review.outcome] + by + (", not final yet" if review.is_live else "")


def _effect_word(effect: Effect) -> str:
    word = words.EFFECT[effect.state]
    return f"{word}; settled: {words.SETTLEMENT[effect.settlement].lower()}" if effect.settlement else word


def _snippet(run: Run) -> str:
    """How to open the thread in a shell."""
    return (
        "from signoff.registry import Registry, opened_desk\n"
        "from signoff.settings import read_settings\n\n"
        "settings = read_settings()\n"
        "with opened_desk(settings) as desk:\n"
        f"    graph = Registry(desk, settings.graphs).graph({run.graph!r})\n"
        f'    config = {{"configurable": {{"thread_id": {run.thread!r}}}}}\n'
        "    state = graph.get_state(config, subgraphs=True)\n"
        "    print(state.next, state.tasks)"
    )
