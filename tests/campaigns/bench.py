"""What the guard costs, as ratios in one run: `python -m tests.campaigns.bench`.

All variants run in turn, in random order, so that whatever else the machine does hits them alike.
A ratio is the median of the ratios of the rounds, each of a variant to its baseline in that round.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - a seeded order, nothing secret
from typing import Annotated, Any

import psycopg
import typer
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.prebuilt import ToolNode
from rich.table import Table

from signoff import Desk
from tests.campaigns import cycles
from tests.campaigns.cycles import POLICY, ROUTINE, TOOLS, Cycle
from tests.campaigns.databases import Kind, database
from tests.campaigns.floor import floor_cycle
from tests.campaigns.verdict import Findings, conclude, console, progress, stopwatch

COUNTED = 5
"""Cycles over which commits are counted."""

CYCLE_BAR, PASSED_BAR = 1.5, 1.35


@dataclass
class Variant:
    """One cycle with its baseline, and what was measured of it."""

    name: str
    cycle: Cycle
    baseline: str
    bar: float | None = None
    """The ratio to the baseline that is the most it may cost."""
    commits: float = 0.0
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self) -> None:
        cpu, wall = time.process_time(), time.perf_counter()
        self.cycle()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)


def variants_on(desk: Desk, stock: BaseCheckpointSaver[Any]) -> list[Variant]:
    """Every cycle without and with a guard; baselines use LangGraph's own savers."""
    me = desk.add_person("me@example.com", "Me").id
    routine, read = cycles.mail_to(ROUTINE), cycles.a_read()
    return [
        Variant("bare cycle", cycles.bare_cycle(stock), "bare cycle"),
        Variant("raw approval record", floor_cycle(stock, calls_tool=False), "bare cycle"),
        Variant("raw record, tool called", floor_cycle(stock, calls_tool=True), "bare cycle"),
        Variant("protected cycle", cycles.protected_cycle(desk, me), "bare cycle", CYCLE_BAR),
        Variant("bare tool cycle", cycles.bare_tool_cycle(stock), "bare tool cycle"),
        Variant(
            "gated tool cycle",
            cycles.guarded_cycle(desk, me, through_desk=False),
            "bare tool cycle",
            CYCLE_BAR,
        ),
        Variant(
            "gated tool cycle, desk.resume",
            cycles.guarded_cycle(desk, me, through_desk=True),
            "bare tool cycle",
        ),
        Variant("unguarded turn", cycles.turn(ToolNode(TOOLS), stock, routine), "unguarded turn"),
        Variant(
            "turn passed by policy",
            cycles.turn(desk.tool_node(TOOLS), desk.saver(), routine, desk),
            "unguarded turn",
            PASSED_BAR,
        ),
        Variant("unguarded read", cycles.turn(ToolNode(TOOLS), stock, read), "unguarded read"),
        Variant(
            "read through the guard",
            cycles.turn(desk.tool_node(TOOLS), desk.saver(), read, desk),
            "unguarded read",
        ),
        Variant("unguarded agent", cycles.plain_agent(stock), "unguarded agent"),
        Variant("agent, LangChain's middleware", cycles.langchain_agent(stock), "unguarded agent"),
        Variant("agent, desk.middleware()", cycles.guarded_agent(desk, me), "unguarded agent"),
        Variant("agent, passed by policy", cycles.passed_agent(desk), "unguarded agent"),
    ]


def measure(kind: Kind, rounds: int, seed: int) -> Findings:
    found = Findings(f"Costs on {kind}")
    with ExitStack() as stack, stopwatch(found):
        url, directory = stack.enter_context(database(kind, durable=True))
        count = stack.enter_context(commit_counter(url))
        stock = stack.enter_context(cycles.stock_saver(url, directory))
        desk = Desk.open(url, POLICY)
        stack.callback(desk.close)
        variants = variants_on(desk, stock)
        for variant in variants:
            variant.cycle()
            variant.cycle()
            variant.commits = count(variant.cycle)
        order = list(variants)
        shuffle = Random(seed).shuffle
        with progress(f"rounds on {kind}", rounds) as advance:
            for number in range(rounds):
                shuffle(order)
                for variant in order:
                    variant.run()
                advance(number + 1)
    _print_table(kind, variants)
    _judge(found, {variant.name: variant for variant in variants})
    return found


@contextmanager
def commit_counter(url: str) -> Iterator[Callable[[Cycle], float]]:
    """Counts the commits of a cycle, those of savers and of the desk alike.

    On SQLite by tracing every connection that this process opens from now on; on PostgreSQL by the
    transactions that wrote something.
    """
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as admin:
            yield lambda cycle: _counted(cycle, lambda: _transactions(admin), own=1)
        return
    connections: list[sqlite3.Connection] = []
    sys.addaudithook(
        lambda name, given: connections.append(given[0]) if name == "sqlite3.connect/handle" else None
    )

    def count(cycle: Cycle) -> float:
        commits = itertools.count()
        for connection in connections:
            connection.set_trace_callback(lambda said: next(commits) if said == "COMMIT" else None)
        try:
            return _counted(cycle, lambda: next(commits), own=1)
        finally:
            for connection in connections:
                connection.set_trace_callback(None)

    yield count


def _counted(cycle: Cycle, read: Callable[[], int], *, own: int) -> float:
    before = read()
    for _ in range(COUNTED):
        cycle()
    return round((read() - before - own) / COUNTED, 1)


def _transactions(admin: psycopg.Connection[Any]) -> int:
    row = admin.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
    assert row is not None
    return int(row[0])


def _print_table(kind: Kind, variants: list[Variant]) -> None:
    table = Table(title=f"Cycles on {kind}", title_justify="left")
    for heading in ("cycle", "commits", "median ms", "CPU ms", "× baseline", "× baseline, CPU", "at most"):
        table.add_column(heading, justify="left" if heading == "cycle" else "right")
    named = {variant.name: variant for variant in variants}
    for variant in variants:
        baseline = named[variant.baseline]
        table.add_row(
            variant.name,
            f"{variant.commits:g}",
            f"{statistics.median(variant.wall) * 1e3:.1f}",
            f"{statistics.median(variant.cpu) * 1e3:.1f}",
            f"{_paired(variant.wall, baseline.wall):.2f}",
            f"{_paired(variant.cpu, baseline.cpu):.2f}",
            "" if variant.bar is None else f"{variant.bar:.2f}",
            end_section=any(follower is named[follower.baseline] for follower in _after(variant, variants)),
        )
    console.print(table)


def _after(variant: Variant, variants: list[Variant]) -> list[Variant]:
    return variants[variants.index(variant) + 1 :][:1]


def _paired(measured: list[float], baseline: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(measured, baseline, strict=True))


def _judge(found: Findings, named: dict[str, Variant]) -> None:
    for variant in named.values():
        if variant.bar is not None:
            ratio = _paired(variant.wall, named[variant.baseline].wall)
            what = f"{variant.name} ÷ {variant.baseline} (at most {variant.bar})"
            found.claim(what, f"{ratio:.2f}", holds=ratio <= variant.bar)
    added = named["read through the guard"].commits - named["unguarded read"].commits
    found.claim("commits that a read adds", f"{added:g}", holds=added <= 0)
    passed = named["turn passed by policy"].commits - named["unguarded turn"].commits
    found.count("commits that a passed call adds", f"{passed:g}")
    gated = named["gated tool cycle"].commits - named["bare tool cycle"].commits
    found.count("commits that a reviewed call adds", f"{gated:g}")
    cross = _paired(named["gated tool cycle"].wall, named["bare cycle"].wall)
    found.count("gated tool cycle ÷ bare cycle without messages or tools", f"{cross:.2f}")
    for name in ("raw approval record", "raw record, tool called"):
        ratio = _paired(named[name].wall, named["bare cycle"].wall)
        found.count(f"floor: {name} ÷ bare cycle", f"{ratio:.2f}")
    for name in ("agent, desk.middleware()", "agent, LangChain's middleware", "agent, passed by policy"):
        ratio = _paired(named[name].wall, named["unguarded agent"].wall)
        found.count(f"{name} ÷ unguarded agent", f"{ratio:.2f}")


def main(
    rounds: Annotated[int, typer.Option(help="Rounds in which every cycle runs once.", min=1)] = 60,
    on_database: Annotated[Kind, typer.Option("--database", help="Where to measure.")] = Kind.BOTH,
    seed: Annotated[int, typer.Option(help="Of the order within the rounds.")] = 1,
) -> None:
    """Measure what the guard costs; exit 1 when a bar is missed."""
    os.environ["LANGSMITH_TRACING"] = os.environ["LANGCHAIN_TRACING_V2"] = "false"
    started = time.monotonic()
    findings = [measure(kind, rounds, seed) for kind in on_database.each]
    for found in findings:
        found.print()
    raise typer.Exit(conclude("bench", findings, time.monotonic() - started))


if __name__ == "__main__":
    typer.run(main)
