"""Races for one review and for one thread: `python -m tests.campaigns.race`.

Deciders with opposite votes race for reviews, and wake-ups race for approved threads, in several
processes with several threads each.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from signoff import Desk
from signoff.domain.effect import Effect, EffectState
from signoff.domain.ids import ReviewId
from signoff.domain.run import RunStatus
from signoff.langgraph.runner import LangGraphRunner
from signoff.services import audit, query, runs
from signoff.services.handle import handle
from signoff.services.sweep import sweep
from signoff.store import effects
from tests.campaigns import racers
from tests.campaigns.databases import Kind, database
from tests.campaigns.flow import GREETING, NAME, POLICY, Graph, asks, build, on
from tests.campaigns.racers import Meeting, Report, Told, await_reports
from tests.campaigns.target import Target
from tests.campaigns.tools import tools_on
from tests.campaigns.verdict import Findings, conclude, console, progress, stopwatch

PROCESSES = 2
PER_TURN = 50
"""Reviews that one turn of an agent opens for the deciders."""


def race_deciders(kind: Kind, reviews: int, deciders: int) -> Findings:
    """Every decider votes on every review at the same moment, half of them against the other half."""
    found = Findings(f"{deciders} racing deciders, {reviews:,} reviews, {kind}")
    with database(kind) as (url, directory), stopwatch(found):
        desk = Desk.open(url, POLICY)
        people = [desk.add_person(f"p{n}@example.com", f"Person {n}").id for n in range(deciders)]
        opened = _open_reviews(desk, directory, reviews)
        context = multiprocessing.get_context("spawn")
        meeting = Meeting.of(context, deciders)
        crews = [people[n::PROCESSES] for n in range(PROCESSES)]
        processes = [
            context.Process(target=racers.decide, args=(url, crew, opened, meeting)) for crew in crews
        ]
        with progress(f"deciders on {kind}", reviews) as advance:
            reports = await_reports(meeting, processes, advance)
        _judge_decisions(found, desk, [review for review, _ in opened], reports, deciders)
        desk.close()
    return found


def _open_reviews(desk: Desk, directory: Path, count: int) -> list[tuple[str, str]]:
    """Ids and digests of new reviews."""
    tools = tools_on(Target(directory / "target"), racers.at_work)
    sizes = [min(PER_TURN, count - first) for first in range(0, count, PER_TURN)]
    graph = build(
        desk,
        tools,
        lambda thread: [[asks("plain", f"{thread}-{n}") for n in range(sizes[int(thread)])]],
    )
    opened: list[tuple[str, str]] = []
    for turn in range(len(sizes)):
        graph.invoke(GREETING, on(str(turn)), durability="sync")
        opened += [(review.id, review.digest) for review in desk.reviews(str(turn))]
    return opened


def _judge_decisions(
    found: Findings, desk: Desk, reviews: list[str], reports: list[Report], deciders: int
) -> None:
    told: defaultdict[str, list[Told]] = defaultdict(list)
    for report in reports:
        for one in report.told:
            told[one.review].append(one)
    wrong: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    with desk.read() as tx:
        for review_id in reviews:
            file = query.review_file(tx, ReviewId(review_id))
            stored = (file.review.outcome.value if file.review.outcome else None, file.review.decided_by)
            outcomes[str(stored[0])] += 1
            answers = told[review_id]
            wrong["winners"] += sum(one.won for one in answers) != 1
            wrong["votes"] += len(file.votes) != 1
            wrong["answers"] += len(answers) != deciders
            wrong["told"] += any((one.outcome, one.decided_by) != stored for one in answers)
            planned = query.effect_of(tx, ReviewId(review_id))
            wrong["effects"] += (planned is not None) != (stored[0] == "approved")
            closings = [e for e in query.history(tx, ReviewId(review_id)) if e.event in _CLOSINGS]
            wrong["closings"] += len(closings) != 1
    for outcome, number in sorted(outcomes.items()):
        found.count(outcome, number)
    losers = sum(not one.won for one in (t for ts in told.values() for t in ts))
    found.count("losers told", losers)
    found.claim("reviews without exactly one winner", wrong["winners"], holds=wrong["winners"] == 0)
    found.claim("reviews without exactly one vote in the rows", wrong["votes"], holds=wrong["votes"] == 0)
    found.claim(
        "reviews not closed exactly once in the audit", wrong["closings"], holds=wrong["closings"] == 0
    )
    found.claim("reviews where a decider got no answer", wrong["answers"], holds=wrong["answers"] == 0)
    found.claim("reviews where one was told another outcome", wrong["told"], holds=wrong["told"] == 0)
    found.claim(
        "reviews whose ledger does not fit the outcome", wrong["effects"], holds=wrong["effects"] == 0
    )
    _claim_no_errors(found, reports)
    _claim_chain(found, desk)


_CLOSINGS = ("review.approved", "review.rejected")


def race_resumes(kind: Kind, threads: int, resumes: int, raw_every: int) -> Findings:
    """Every approved thread is woken several times at the same moment; then the worker has its say."""
    found = Findings(f"{resumes} concurrent resumes, {threads:,} threads, {kind}")
    with database(kind) as (url, directory), stopwatch(found):
        desk = Desk.open(url, POLICY)
        target = Target(directory / "target")
        graph = build(desk, tools_on(target, racers.at_work), racers.one_call)
        names = [f"t{number}" for number in range(threads)]
        with progress(f"approved threads on {kind}", threads) as advance:
            _approve_threads(desk, graph, names, advance)
        context = multiprocessing.get_context("spawn")
        meeting = Meeting.of(context, resumes)
        share = resumes // PROCESSES
        processes = [
            context.Process(
                target=racers.resume, args=(url, directory / "target", names, share, raw_every, meeting)
            )
            for _ in range(PROCESSES)
        ]
        with progress(f"resumes on {kind}", threads) as advance:
            reports = await_reports(meeting, processes, advance)
        found.count("unfinished before the worker", len(_unfinished(desk, graph, names)))
        served = _work(desk, graph)
        found.count("jobs of the worker", served)
        _judge_effects(found, desk, graph, names, target, reports)
        desk.close()
    return found


def _approve_threads(desk: Desk, graph: Graph, names: list[str], advance: Callable[[int], None]) -> None:
    me = desk.add_person("me@example.com", "Me")
    for number, name in enumerate(names, 1):
        graph.invoke(GREETING, on(name), durability="sync")
        [review] = desk.reviews(name)
        desk.vote(review.id, "approve", by=me.id, digest=review.digest)
        advance(number)


def _work(desk: Desk, graph: Graph) -> int:
    """What a worker does once nobody else is there."""
    sweep(desk.core)
    runner = LangGraphRunner({NAME: graph})
    return desk.core.queue.run_due(partial(handle, desk.core, runner))


def _unfinished(desk: Desk, graph: Graph, names: list[str]) -> list[str]:
    with desk.read() as tx:
        status = {name: runs.get_run(tx, name).status for name in names}  # type: ignore[arg-type]  # ids
    return [
        name for name in names if status[name] is not RunStatus.FINISHED or graph.get_state(on(name)).tasks
    ]


def _judge_effects(
    found: Findings, desk: Desk, graph: Graph, names: list[str], target: Target, reports: list[Report]
) -> None:
    happened = target.count()
    ledger = _ledger(desk)
    with desk.read() as tx:
        unknown = sum(entry.event == "effect.unknown" for entry in audit.export(tx))
    repeated = sum(happened[name] > 1 for name in names)
    lost = sum(happened[name] == 0 for name in names)
    untold = [e for e in ledger if e.state is not EffectState.SUCCEEDED or e.attempt != 1]
    stuck = _unfinished(desk, graph, names)
    found.count("resumes that drove", sum(report.finished for report in reports))
    found.count("resumes turned away", sum(report.busy for report in reports))
    found.count("raw invocations that raised", sum(len(report.raw_errors) for report in reports))
    found.claim("effects repeated", repeated, holds=repeated == 0)
    found.claim("effects lost", lost, holds=lost == 0)
    found.claim("effects that ever were unknown", unknown, holds=unknown == 0)
    found.claim("ledger rows", len(ledger), holds=len(ledger) == len(names))
    found.claim("ledger rows not succeeded at the first attempt", len(untold), holds=not untold)
    found.claim("threads stuck", len(stuck), holds=not stuck)
    _claim_no_errors(found, reports)
    _claim_chain(found, desk)


def _ledger(desk: Desk) -> list[Effect]:
    with desk.read() as tx:
        return effects.page(tx, None, None, 1_000_000)


def _claim_no_errors(found: Findings, reports: list[Report]) -> None:
    errors = [error for report in reports for error in report.errors]
    for error, times in Counter(errors).most_common(5):
        console.print(f"  {times} × {error}")
    found.claim("racers that met another error", len(errors), holds=not errors)


def _claim_chain(found: Findings, desk: Desk) -> None:
    found.claim("audit entries, chain verified", f"{desk.verify_audit():,}", holds=True)


def main(
    reviews: Annotated[int, typer.Option(help="Reviews that the deciders race for.", min=1)] = 1000,
    deciders: Annotated[int, typer.Option(help="Racing deciders, over two processes.", min=2)] = 16,
    threads: Annotated[int, typer.Option(help="Approved threads that are woken.", min=1)] = 1000,
    resumes: Annotated[int, typer.Option(help="Concurrent wake-ups of each thread.", min=2)] = 4,
    raw_every: Annotated[
        int, typer.Option(help="In one race of so many, half of the wake-ups go by the bare graph.", min=1)
    ] = 4,
    on_database: Annotated[Kind, typer.Option("--database", help="Where to race.")] = Kind.BOTH,
) -> None:
    """Race deciders for reviews and wake-ups for threads; exit 1 if anything happened twice or not at all."""
    started = time.monotonic()
    findings: list[Findings] = []
    for kind in on_database.each:
        for run in (
            partial(race_deciders, kind, reviews, deciders),
            partial(race_resumes, kind, threads, resumes, raw_every),
        ):
            findings.append(run())
            findings[-1].print()
    raise typer.Exit(conclude("race", findings, time.monotonic() - started))


if __name__ == "__main__":
    typer.run(main)
