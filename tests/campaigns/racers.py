"""What runs in the racing processes: deciders, and resumes of the same threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import Any

from signoff import Desk
from signoff.domain.errors import AlreadyDecided, ThreadBusy
from tests.campaigns.flow import POLICY, Graph, Turn, asks, build, on
from tests.campaigns.target import Target
from tests.campaigns.tools import tools_on

PATIENCE = 120.0
"""Seconds after which racers stop waiting for one that died."""

EFFECT_TAKES = 0.005


@dataclass(frozen=True)
class Told:
    """What a decider was told: who decided the review, and how."""

    review: str
    won: bool
    outcome: str
    decided_by: str | None


@dataclass
class Report:
    """What the racers of one process saw."""

    told: list[Told] = field(default_factory=list)
    finished: int = 0
    busy: int = 0
    raw_errors: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Meeting:
    """Where racers wait for each other before every race, and how far they are."""

    barrier: Any
    progress: Any
    reports: Any

    @classmethod
    def of(cls, context: SpawnContext, racers: int) -> Meeting:
        return cls(context.Barrier(racers, timeout=PATIENCE), context.Value("i", 0), context.Queue())

    def race(self, count: int, runners: Sequence[Callable[[int], None]], report: Report) -> None:
        """Have every runner run races 0 … count - 1, each from a common start."""

        def run_all(runner: Callable[[int], None]) -> None:
            try:
                for number in range(count):
                    if self.barrier.wait() == 0:
                        self.progress.value = number + 1
                    runner(number)
            except threading.BrokenBarrierError:
                report.errors.append("a racer did not come to the start")

        threads = [threading.Thread(target=run_all, args=(runner,)) for runner in runners]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.reports.put(report)


def await_reports(
    meeting: Meeting, processes: Sequence[SpawnProcess], on_progress: Callable[[int], None]
) -> list[Report]:
    """The report of every process; one that dies without a report leaves an error instead."""
    for process in processes:
        process.start()
    reports: list[Report] = []
    while len(reports) < len(processes):
        on_progress(meeting.progress.value)
        while not meeting.reports.empty():
            reports.append(meeting.reports.get())
        dead = [p for p in processes if p.exitcode not in (None, 0)]
        if dead:
            meeting.barrier.abort()
            reports.append(Report(errors=[f"a racing process ended with exit code {dead[0].exitcode}"]))
            return reports
        time.sleep(0.1)
    for process in processes:
        process.join()
    on_progress(meeting.progress.value)
    return reports


def decide(url: str, people: Sequence[str], reviews: Sequence[tuple[str, str]], meeting: Meeting) -> None:
    """Vote on every review as each of `people` at once; neighbours vote the opposite."""
    desk = Desk.open(url, POLICY)
    report = Report()

    def voter(person: str, kind: str) -> Callable[[int], None]:
        def vote(number: int) -> None:
            review, digest = reviews[number]
            try:
                closed = desk.vote(review, kind, by=person, digest=digest, reason=f"{kind} by {person}")
            except AlreadyDecided as lost:
                report.told.append(Told(review, False, lost.outcome, lost.decided_by))
            except Exception as error:  # noqa: BLE001 - whatever else a racer meets is a finding
                report.errors.append(f"{type(error).__name__}: {error}")
            else:
                outcome = closed.outcome.value if closed.outcome else "none"
                report.told.append(Told(review, True, outcome, closed.decided_by))

        return vote

    voters = [voter(person, ("approve", "reject")[n % 2]) for n, person in enumerate(people)]
    meeting.race(len(reviews), voters, report)
    desk.close()


def at_work(moment: str) -> None:
    """An effect takes a while, so that others meet it at work."""
    if moment == "tool.before":
        time.sleep(EFFECT_TAKES)


def one_call(thread: str) -> list[Turn]:
    """The agent of a raced thread asks for one thing that a person must approve."""
    return [[asks("plain", thread)]]


def resume(
    url: str, file: Path, threads: Sequence[str], racers: int, raw_every: int, meeting: Meeting
) -> None:
    """Wake every thread `racers` times at once; in one race of `raw_every`, half of them go by the
    graph itself instead of the desk."""
    desk = Desk.open(url, POLICY)
    graph = build(desk, tools_on(Target(file), at_work), one_call)
    report = Report()

    def racer(slot: int) -> Callable[[int], None]:
        def wake(number: int) -> None:
            if slot % 2 and number % raw_every == 0:
                _wake_raw(graph, threads[number], report)
            else:
                _wake(desk, graph, threads[number], report)

        return wake

    meeting.race(len(threads), [racer(slot) for slot in range(racers)], report)
    desk.close()


def _wake(desk: Desk, graph: Graph, thread: str, report: Report) -> None:
    try:
        desk.resume(graph, thread)
        report.finished += 1
    except ThreadBusy:
        report.busy += 1
    except Exception as error:  # noqa: BLE001 - whatever else a racer meets is a finding
        report.errors.append(f"{type(error).__name__}: {error}")


def _wake_raw(graph: Graph, thread: str, report: Report) -> None:
    try:
        graph.invoke(None, on(thread), durability="sync")
        report.finished += 1
    except Exception as error:  # noqa: BLE001 - LangGraph itself may refuse one of two concurrent runs
        report.raw_errors.append(f"{type(error).__name__}: {error}")
