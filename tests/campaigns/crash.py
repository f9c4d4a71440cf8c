"""Processes killed at every point of a run: `python -m tests.campaigns.crash`.

A run is one thread with a call that the rules pass, one that a person approves and one that they
reject. Its points are every commit of ledger and checkpoint saver, and the moments around and inside
every effect, counted from a run that nobody kills. Each point is a real SIGKILL; at every other one
the recovery is killed, too. What recovers is a new process that knows nothing but the database.
"""

from __future__ import annotations

import os
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Annotated

import typer
from rich.table import Table

from tests.campaigns.crash_child import Mode
from tests.campaigns.crash_points import Point
from tests.campaigns.crash_runs import (
    TOOLS,
    Case,
    Combination,
    Ground,
    Players,
    Result,
    ground,
    plan,
    play_all,
)
from tests.campaigns.databases import Kind
from tests.campaigns.verdict import Findings, conclude, console, progress

LEAST = 1000
COMBINATIONS = [
    Combination(kind, mode, tool)
    for kind in Kind.BOTH.each
    for mode in Mode
    for tool in (TOOLS[:1] if mode is Mode.WORKER else TOOLS)
]
SLOTS = 2 * (os.cpu_count() or 1)
"""Runs at a time: half of them wait for a lease to end."""

_COUNTED = ("unknown", "happened", "absent", "again", "found")
_LEGEND = (
    "unknown: outcomes left open by a kill. Of these a person looked and said happened or absent; "
    "again: tried again under the tool's key, or after a lookup that found nothing; found: by a lookup."
)
_CLAIMS = {
    "repeated": "effects repeated",
    "lost": "effects and acknowledged decisions lost",
    "undecided": "effects without an earlier decision or rule in the chain",
    "against": "effects of rejected or refused calls",
    "broken": "audit chains broken",
    "stuck": "threads stuck",
}


def chosen(only: str) -> list[Combination]:
    """The combinations that `only` leaves."""
    known = {word for combination in COMBINATIONS for word in str(combination).split()}
    words = [word for word in only.split() if word in known]
    return [c for c in COMBINATIONS if all(word in str(c).split() for word in words)]


def enumerate_points(
    players: Players, places: dict[Kind, Ground], combinations: Sequence[Combination]
) -> dict[Combination, list[Point]]:
    """The points of every combination."""
    found: dict[Combination, list[Point]] = {}
    with progress("points of unkilled runs", len(combinations)) as advance:
        for number, combination in enumerate(combinations, 1):
            found[combination] = players.points(places[combination.kind], combination)
            advance(number)
    return found


def cases_of(
    points: dict[Combination, list[Point]], only: str, kills: int | None, *, once: bool
) -> list[Case]:
    """The plan: every point of every combination; over again, or thinned out, for another number of kills."""
    wanted = only.split()

    def round_of(seed: int) -> list[Case]:
        planned = [case for c, found in points.items() for case in plan(c, found, seed, once=once)]
        return [case for case in planned if all(word in str(case) for word in wanted)]

    cases = round_of(0)
    if kills is None or not cases:
        return cases
    seed = 0
    while _deaths(cases) < kills:
        seed += 1
        cases += round_of(seed)
    stride = max(1.0, _deaths(cases) / kills)
    return [cases[int(number * stride)] for number in range(int(len(cases) / stride))]


def _deaths(cases: Sequence[Case]) -> int:
    return sum(1 + (case.second > 0) for case in cases)


def kill_them(
    players: Players, places: dict[Kind, Ground], cases: Sequence[Case], slots: int
) -> list[Result]:
    """Play every case; what fell short is printed as it comes."""
    results: list[Result] = []
    with progress("killed runs", len(cases)) as advance:
        for result in play_all(players, places, cases, slots):
            results.append(result)
            advance(len(results))
            for fault in result.report.faults:
                console.print(f"[red]{result.case}: {fault}[/]", markup=True, highlight=False)
    return results


def print_points(results: Sequence[Result], order: Sequence[Point]) -> None:
    """Kills and unknown outcomes by the point of the first kill, in the order of a run."""
    table = Table(title="By point of the first kill", title_justify="left")
    table.add_column("point", no_wrap=True)
    for heading in _HEADINGS[:4]:
        table.add_column(heading, justify="right")
    by_point: defaultdict[Point, list[Result]] = defaultdict(list)
    for result in results:
        by_point[result.case.point].append(result)
    for point in order:
        if point in by_point:
            table.add_row(str(point), *_cells(by_point[point])[:4])
    console.print(table)


def print_totals(results: Sequence[Result]) -> None:
    """The same by database, durability and tool, with how the unknown ones were settled."""
    table = Table(title="By database, durability and tool", caption=_LEGEND, title_justify="left")
    table.add_column("run", no_wrap=True)
    for heading in (*_HEADINGS, "fell short"):
        table.add_column(heading, justify="right")
    for combination in COMBINATIONS:
        of_it = [result for result in results if result.case.combination == combination]
        if of_it:
            table.add_row(str(combination), *_cells(of_it), str(_fell_short(of_it)))
    table.add_section()
    table.add_row("all", *_cells(results), str(_fell_short(results)))
    console.print(table)


_HEADINGS = ("runs", "killed", "killed twice", *_COUNTED)


def _cells(results: Sequence[Result]) -> list[str]:
    sums: Counter[str] = Counter()
    for result in results:
        sums.update({name: getattr(result.report, name) for name in _COUNTED})
    killed = sum(result.kills > 0 for result in results)
    twice = sum(result.kills > 1 for result in results)
    return [str(n or "") for n in (len(results), killed, twice, *(sums[name] for name in _COUNTED))]


def _fell_short(results: Sequence[Result], kind: str | None = None) -> int:
    kinds = _CLAIMS if kind is None else (kind,)
    return sum(len(getattr(result.report, kind)) for result in results for kind in kinds)


def judge_all(results: Sequence[Result], least: int) -> Findings:
    """The zeros, and whether enough was killed for them to mean something."""
    found = Findings("Crash campaign")
    kills = sum(result.kills for result in results)
    found.count("runs", len(results))
    found.count("points that a run did not come by", sum(result.kills == 0 for result in results))
    found.count("second kills", sum(result.kills > 1 for result in results))
    found.claim(f"SIGKILLs, at least {least:,}", f"{kills:,}", holds=kills >= least)
    for kind, what in _CLAIMS.items():
        number = _fell_short(results, kind)
        found.claim(what, number, holds=number == 0)
    return found


def main(
    kills: Annotated[
        int | None, typer.Option(help="About so many kills instead of one round over every point.", min=1)
    ] = None,
    only: Annotated[
        str,
        typer.Option(
            help='Only cases whose name has all these words: "postgres async plain effect.started".'
        ),
    ] = "",
    once: Annotated[bool, typer.Option("--once", help="Kill no recovery.")] = False,
    slots: Annotated[int, typer.Option(help="Runs at a time.", min=1)] = SLOTS,
) -> None:
    """Kill processes at every commit and around every effect; exit 1 if anything happened twice, or not
    at all, or unasked."""
    started = time.monotonic()
    combinations = chosen(only)
    players = Players()
    with ExitStack() as stack:
        kinds = dict.fromkeys(combination.kind for combination in combinations)
        places = {kind: stack.enter_context(ground(kind, slots)) for kind in kinds}
        points = enumerate_points(players, places, combinations)
        cases = cases_of(points, only, kills, once=once)
        if not cases:
            raise typer.BadParameter(f"no case has all of these words: {only}", param_hint="--only")
        results = kill_them(players, places, cases, slots)
    print_points(results, list(dict.fromkeys(point for found in points.values() for point in found)))
    print_totals(results)
    partial = kills is not None or bool(only) or once
    findings = judge_all(results, 1 if partial else LEAST)
    findings.print()
    raise typer.Exit(conclude("crash", [findings], time.monotonic() - started))


if __name__ == "__main__":
    typer.run(main)
