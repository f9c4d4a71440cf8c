"""Playing one case: a run that is killed, what recovers it, and the judgement."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import queue
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from multiprocessing.connection import wait
from pathlib import Path

from signoff.domain.ids import WorkspaceId
from signoff.services import people
from signoff.store.database import Database
from tests.campaigns import crash_child
from tests.campaigns.crash_child import Errand, Mode, World
from tests.campaigns.crash_judge import Report
from tests.campaigns.crash_points import Doom, Point
from tests.campaigns.databases import Kind, migrate
from tests.support.postgres import postgres_server

TOOLS = ("plain", "keyed", "traced")
PATIENCE = 90.0
"""Seconds after which a process that should have come to an end has not."""


@dataclass(frozen=True)
class Combination:
    """Where and how a run takes place."""

    kind: Kind
    mode: Mode
    tool: str

    def __str__(self) -> str:
        return f"{self.kind.value} {self.mode.value} {self.tool}"


@dataclass(frozen=True)
class Case:
    """A run and its deaths: at a point, and, unless `second` is 0, at that moment of its recovery."""

    combination: Combination
    point: Point
    second: int = 0

    def __str__(self) -> str:
        then = f", then at moment {self.second} of its recovery" if self.second else ""
        return f"{self.combination}: {self.point}{then}"


@dataclass
class Result:
    """What became of a case."""

    case: Case
    kills: int = 0
    report: Report = field(default_factory=Report)


class Ground:
    """Places to run: a database of its own for each of several runs at a time, and a directory."""

    def __init__(self, kind: Kind, slots: int, directory: Path, urls: Sequence[str]) -> None:
        self._kind = kind
        self._directory = directory
        self._numbers = count(1)
        self._urls: queue.SimpleQueue[str] = queue.SimpleQueue()
        for url in urls:
            self._urls.put(url)

    @contextmanager
    def errand(self, combination: Combination) -> Iterator[Errand]:
        """An errand in a workspace of its own; the database is nobody else's while the block lasts."""
        number = next(self._numbers)
        directory = self._directory / f"run-{number}"
        directory.mkdir()
        url = self._urls.get()
        place = self._own_file(url, directory) if self._kind is Kind.SQLITE else url
        try:
            yield Errand(
                url=place,
                workspace=f"w{number}",
                directory=str(directory),
                mode=combination.mode,
                tool=combination.tool,
                person=add_person(place, f"w{number}"),
            )
        finally:
            self._urls.put(url)
            shutil.rmtree(directory, ignore_errors=True)

    @staticmethod
    def _own_file(template: str, directory: Path) -> str:
        shutil.copy(template.removeprefix("sqlite:///"), directory / "signoff.db")
        return f"sqlite:///{directory / 'signoff.db'}"


def add_person(url: str, workspace: str) -> str:
    """The person who decides in a workspace."""
    database = Database(url)
    with database.begin(WorkspaceId(workspace)) as tx:
        person = people.add_person(tx, email="me@example.com", name="Me")
    database.dispose()
    return person.id


@contextmanager
def ground(kind: Kind, slots: int) -> Iterator[Ground]:
    """Migrated databases of a kind, with the graph registered; all gone afterwards."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="signoff-crash-")))
        if kind is Kind.SQLITE:
            template = f"sqlite:///{directory / 'template.db'}"
            _furnish(template, directory)
            urls = [template] * slots
        else:
            server = stack.enter_context(postgres_server())
            template = server.create_database()
            _furnish(template, directory)
            urls = [server.create_database(template) for _ in range(slots)]
        yield Ground(kind, slots, directory, urls)


def _furnish(url: str, directory: Path) -> None:
    """Make every table, and register the graph."""
    migrate(url)
    world = World(Errand(url, "nobody's", str(directory), Mode.SYNC, "plain", "nobody"))
    world.graph.get_state(world.config)
    world.close()


class Players:
    """Runs processes that are forked from a server in which everything is loaded."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.campaigns.crash_warm"])
        # Starting a process asks for the exit codes of all others, and only one can read each.
        self._one_at_a_time = threading.Lock()

    def points(self, place: Ground, combination: Combination) -> list[Point]:
        """The moments of a run that nobody kills, in their order; of heartbeats the first of a kind."""
        with place.errand(combination) as errand:
            killed = self._run(crash_child.live, replace(errand, lingers=True))
            file = Path(errand.directory) / "points.json"
            if killed or not file.exists():
                raise RuntimeError(f"the unkilled run failed: {combination}\n{_error(errand)}")
            found = [Point(**point) for point in json.loads(file.read_text())]
        return [point for point in found if point.ordinal == 1 or not point.is_heartbeat]

    def play(self, place: Ground, case: Case) -> Result:
        """Kill, recover, kill again, recover, and judge."""
        result = Result(case)
        with place.errand(case.combination) as errand:
            hangs = case.combination.mode is Mode.ASYNC
            first, second = (
                Doom(point=case.point, saver_hangs=hangs),
                Doom(nth=case.second, saver_hangs=hangs),
            )
            doomed = replace(errand, doom=first, lingers=case.point.is_heartbeat)
            try:
                result.kills += self._run(crash_child.live, doomed)
                if case.second:
                    result.kills += self._run(crash_child.recover, replace(errand, doom=second))
                if self._run(crash_child.recover, errand):
                    raise Failed("killed by somebody else")
                result.report = crash_child.read_report(Path(errand.directory))
            except Failed as failed:
                result.report.stuck.append(str(failed))
        return result

    def _run(self, act: Callable[[Errand], None], errand: Errand) -> bool:
        """Whether the process was killed.

        Raises:
            Failed: it came to no end, or to a wrong one.
        """
        process = self._context.Process(target=act, args=(errand,), daemon=True)
        with self._one_at_a_time:
            process.start()
        wait([process.sentinel], PATIENCE)
        with self._one_at_a_time:
            code = process.exitcode
        if code is None:
            process.kill()
            raise Failed(f"no end after {PATIENCE:.0f} s")
        if code not in (0, -signal.SIGKILL):
            raise Failed(f"exit code {code}: {_error(errand)}")
        return code != 0


class Failed(Exception):
    """A process did not do what it was there for."""


def _error(errand: Errand) -> str:
    file = Path(errand.directory) / "error"
    return file.read_text() if file.exists() else "it ended without a word"


def plan(combination: Combination, points: Sequence[Point], seed: int, *, once: bool) -> list[Case]:
    """Every point once, and unless it is `once` only, every other time a second death in the recovery."""
    cases: list[Case] = []
    for number, point in enumerate(points):
        left = max(1, len(points) - number)
        drawn = _draw(f"{seed} {combination} {point}")
        cases.append(Case(combination, point, drawn % left + 1 if (number + seed) % 2 and not once else 0))
    return cases


def _draw(text: str) -> int:
    """A number that looks random and is the same every time."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])


def play_all(
    players: Players, places: dict[Kind, Ground], cases: Sequence[Case], slots: int
) -> Iterator[Result]:
    """The results of all cases as they come, several at a time."""
    with ThreadPoolExecutor(slots) as pool:
        waiting = [pool.submit(players.play, places[case.combination.kind], case) for case in cases]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            for future in waiting:
                future.cancel()
