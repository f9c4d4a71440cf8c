"""`signoff run GRAPH FILE…`: what a flow makes of files and of options of its own.

A graph's settings may name `inputs = "module:inputs"`. That function is called with the files and the
options, and returns a `Batch`; what does not fit it refuses with a ValueError. A constant `OPTIONS` beside it
(name → help) is listed where an option is unknown. Flows import nothing from here.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from signoff.cli.console import fail, note, say
from signoff.domain.run import RunStatus

if TYPE_CHECKING:
    from signoff.app import Desk
    from signoff.domain.policy import Policy
    from signoff.domain.review import Review
    from signoff.domain.run import Run
    from signoff.settings import GraphSettings, Settings

TRIALS = Path(".signoff/try")
"""Where trials keep their databases and files, each under the name of its graph."""

Options = Mapping[str, str | bool]
Drive = Callable[["Desk", Any, str], "Run"]
"""Takes the run of a thread as far as it goes."""


@dataclass(frozen=True)
class Ended:
    """What became of one case, as far as it went."""

    name: str
    thread: str
    status: RunStatus
    error: str
    seconds: float
    """From the start of its run to its end, or to the pause where it waits for people."""
    reviews: Sequence[Review]
    """What waits for people now."""
    values: Mapping[str, Any]
    """The state of the thread."""


class Batch(Protocol):
    """Runs that belong together."""

    trial: bool
    """Whether a stand-in decides; then they run in a database of their own, which is emptied first, and
    nothing settles. A batch that is no trial ends where people have to decide."""
    cases: Sequence[tuple[str, dict[str, Any]]]
    """A name and the graph's input for each run."""

    def prepare(self, folder: Path) -> None:
        """Trials only, before `build`: where files may be put."""

    def build(self, desk: Desk) -> Any:
        """Trials only: the graph, instead of the one that the factory makes."""

    def decide(self, desk: Desk, thread: str) -> None:
        """Trials only: the stand-in decides what waits on the thread."""

    def tell(self, ended: Ended) -> Iterable[str]:
        """What to print about one case."""

    def summary(self, desk: Desk, ended: Sequence[Ended]) -> tuple[Iterable[str], Iterable[str]]:
        """Closing lines, and what fell short: anything there makes the command exit with 1."""


def run_batch(settings: Settings, graph: str, given: Sequence[str], requester: str | None) -> None:
    """Run what the flow makes of `given`: files, and options that begin with two dashes.

    Raises:
        SettingsInvalid: the flow takes no files, or its function cannot be imported.
        typer.Exit: files or options do not fit (2), or something fell short (1).
    """
    of_graph = settings.graphs[graph]
    files = [Path(word) for word in given if not word.startswith("--")]
    batch = _batch(graph, of_graph, files, dict(_option(word) for word in given if word.startswith("--")))
    with _trial(settings, graph, batch) if batch.trial else _live(settings, graph) as (desk, built, drive):
        ended = list(_ended(desk, built, drive, graph, batch, requester))
        lines, problems = batch.summary(desk, ended)
        for line in lines:
            say(line)
        failed = [f"{one.name} failed: {one.error}" for one in ended if one.status is RunStatus.FAILED]
        short = [*failed, *problems, *_unstaffed(desk, ended)]
    for problem in short:
        note(f"signoff: {problem}")
    if short:
        raise typer.Exit(1)


def _unstaffed(desk: Desk, ended: Sequence[Ended]) -> Iterator[str]:
    """Stages that nobody can decide: their people are named when a review opens, and later is too late."""
    waiting: dict[tuple[str, str], int] = {}
    for review in (review for one in ended for review in one.reviews):
        for stage in desk.review(review.id).stages:
            if not stage.can_be_met:
                key = (stage.spec.name, ", ".join(stage.spec.candidates))
                waiting[key] = waiting.get(key, 0) + 1
    for (name, places), reviews in waiting.items():
        yield (
            f"{reviews} reviews wait at the stage “{name}”, which too few people may decide ({places}). "
            "Add them with `signoff user add EMAIL --group …`, and run again."
        )


def _option(word: str) -> tuple[str, str | bool]:
    name, is_given, value = word.removeprefix("--").partition("=")
    return name, value if is_given else True


def _batch(graph: str, of_graph: GraphSettings, files: Sequence[Path], options: Options) -> Batch:
    from signoff.registry import imported

    if of_graph.inputs is None:
        what = ", ".join([*map(str, files), *(f"--{name}" for name in options)])
        raise fail(f"{graph} takes no files and no options of its own ({what}); give its input with --input.")
    make = imported(f"graphs.{graph}", of_graph.inputs, of_graph.path)
    known: Mapping[str, str] = getattr(sys.modules[make.__module__], "OPTIONS", {})
    unknown = next((name for name in options if name not in {key.partition("=")[0] for key in known}), None)
    if unknown is not None:
        listed = "".join(f"\n  --{key}  {text}" for key, text in known.items())
        raise fail(f"There is no option --{unknown}. Options of {graph}, beside those of --help:{listed}")
    try:
        made: Batch = make(files, options)
    except ValueError as error:
        raise fail(f"{graph}: {error}") from error
    return made


@contextmanager
def _live(settings: Settings, graph: str) -> Iterator[tuple[Desk, Any, Drive]]:
    """The desk of the settings; a worker in this process, unless another one works already."""
    from signoff.cli.waiting import waited
    from signoff.registry import Registry, opened_desk
    from signoff.worker import Worker

    _make_first(settings.database)
    with opened_desk(settings) as desk:
        registry = Registry(desk, settings.graphs)
        built = registry.graph(graph)
        worker = Worker(registry, settings)

        def drive(desk: Desk, _graph: Any, thread: str) -> Run:
            return waited(desk, worker, thread)

        yield desk, built, drive


def _make_first(url: str) -> None:
    """Make an embedded database that is not there yet; one that is there is never touched."""
    from signoff.app import migrate
    from signoff.store.database import Database

    database = Database(url)
    try:
        if database.path is not None and not database.path.exists():
            migrate(database)
            note(f"Made the database {database.path}.")
    finally:
        database.dispose()


@contextmanager
def _trial(settings: Settings, graph: str, batch: Batch) -> Iterator[tuple[Desk, Any, Drive]]:
    """A desk of its own, emptied first, under the policy of the graph with nothing settling."""
    from signoff.app import Desk
    from signoff.policy.load import load_policy

    folder = TRIALS / graph
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    batch.prepare(folder)
    policy = _unsettled(load_policy(settings.graphs[graph].policy))
    desk = Desk.open(f"sqlite:///{folder / 'signoff.db'}", policy)

    def drive(desk: Desk, built: Any, thread: str) -> Run:
        status = desk.resume(built, thread)
        while status is RunStatus.PAUSED and (waiting := _open(desk, thread)):
            batch.decide(desk, thread)
            if _open(desk, thread) == waiting:
                break
            status = desk.resume(built, thread)
        return desk.run(thread)

    try:
        yield desk, batch.build(desk), drive
    finally:
        desk.close()


def _unsettled(policy: Policy) -> Policy:
    """The policy without time for second thoughts: a script has none."""
    rules = tuple(rule.model_copy(update={"settling": None}) for rule in policy.rules)
    return policy.model_copy(update={"settling": timedelta(0), "rules": rules})


def _open(desk: Desk, thread: str) -> list[tuple[str, int, int]]:
    """What waits on a thread, and how far each is: it changes with every vote that counts."""
    return [(review.id, review.stage, review.version) for review in desk.reviews(thread)]


def _ended(
    desk: Desk, built: Any, drive: Drive, graph: str, batch: Batch, requester: str | None
) -> Iterator[Ended]:
    with _progress() as progress:
        bar = progress.add_task(graph, total=len(batch.cases))
        for name, given in batch.cases:
            progress.update(bar, description=name[:60])
            began = time.monotonic()
            run = desk.start(graph, given, requester=requester, trigger="cli")
            run = drive(desk, built, run.thread)
            took = time.monotonic() - began
            state = built.get_state({"configurable": {"thread_id": run.thread}})
            one = Ended(
                name, run.thread, run.status, run.error or "", took, desk.reviews(run.thread), state.values
            )
            progress.advance(bar)
            progress.stop()
            for line in batch.tell(one):
                say(line)
            progress.start()
            yield one


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
