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
from signoff.web.pages.reading import day
from signoff.web.pages.reveal import Piece, flat, reveal
from signoff.web.pages.story import history_lines
from signoff.web.pages.translate import all_of, gettext, known, pgettext
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
    why_no_retry: str
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
        why_no_retry=known(why_no_retry(run, sources.now) or ""),
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
        return gettext(
            "Its own program drives this run (graph.invoke), so Signoff has not looked into it. "
            "The first wake-up by a worker or by desk.resume leaves a snapshot here."
        )
    if run.erased_at is not None:
        return gettext(
            "What it said was erased on %(day)s. That it ran, and who decided, remain.",
            day=day(run.erased_at),
        )
    if run.status in (RunStatus.FINISHED, RunStatus.FAILED, RunStatus.CANCELLED):
        return gettext(
            "Its state is not kept: no worker drove it, or the time for which a snapshot is kept is over."
        )
    return gettext("Nothing is known of its state: no worker has driven it to a stop yet.")


def _tree(nodes: Sequence[StateNode]) -> tuple[TreeNode, ...]:
    return tuple(
        TreeNode(
            name=reveal(node.name),
            kind=node.kind,
            text=None if node.text is None else reveal(node.text),
            items=_tree(node.items),
            note=known(node.note),
        )
        for node in nodes
    )


def _task(task: PendingTask, *, shows_state: bool) -> TaskLine:
    if task.is_done:
        word = gettext("finished; its result is kept")
    else:
        word = pgettext("step", "failed") if task.error else pgettext("step", "waits")
    interrupts = _tree(task.interrupts) if shows_state else ()
    return TaskLine(flat(task.node), word, reveal(task.error), interrupts)


def _wake_up(snapshot: RunSnapshot) -> str:
    """Which nodes run again, before anybody clicks."""
    if not snapshot.waiting:
        return gettext("Nothing is left to run.")
    done = list(dict.fromkeys(flat(task.node) for task in snapshot.tasks if task.is_done))
    again = all_of([flat(node) for node in snapshot.waiting])
    kept = gettext("Not repeated, since finished beside it: %(steps)s.", steps=all_of(done)) if done else ""
    said = (
        gettext("Runs again, from its first line: %(steps)s. Steps before it do not.", steps=again),
        kept,
        gettext("A tool that ran already is not called again: its stored result is given back."),
    )
    return " ".join(sentence for sentence in said if sentence)


def _told(sources: RunSources) -> Iterator[TimeLine]:
    for line in history_lines(sources.history[-_LINES:], sources.now):
        yield TimeLine(line.at, line.who, line.what, line.why)


def _reached(checkpoints: Sequence[CheckpointNote]) -> Iterator[TimeLine]:
    for note in checkpoints:
        if note.at is None:
            continue
        wrote = [flat(name) for name in note.wrote if name != "__start__"]
        after = (
            gettext("after %(steps)s", steps=", ".join(wrote))
            if wrote
            else gettext("with the input")
            if note.wrote
            else note.source
        )
        ahead = [flat(name) for name in note.next if name != "__start__"]
        if ahead:
            told = gettext("%(where)s; next %(steps)s", where=after, steps=", ".join(ahead))
        else:
            told = after if note.next else gettext("%(where)s; nothing left", where=after)
        yield TimeLine(note.at, _checkpoint(note), told, (), is_checkpoint=True)


def _checkpoint(note: CheckpointNote) -> str:
    if note.step is None:
        return gettext("Checkpoint")
    return gettext("Checkpoint %(number)s", number=note.step)


def _review_word(review: Review) -> str:
    if review.outcome is None:
        return pgettext("review", "Waiting")
    told = words.outcome_by(review.outcome, review.decided_by)
    return gettext("%(outcome)s, not final yet", outcome=told) if review.is_live else told


def _effect_word(effect: Effect) -> str:
    word = words.effect(effect.state)
    if not effect.settlement:
        return word
    return gettext("%(state)s; settled: %(found)s", state=word, found=words.settlement(effect.settlement))


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
