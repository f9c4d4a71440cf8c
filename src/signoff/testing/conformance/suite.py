"""Running the whole suite against one family of guards."""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Literal, cast

from rich.console import Console
from rich.progress import Progress

from signoff.domain.errors import SignoffError
from signoff.testing.conformance.adapter import Door
from signoff.testing.conformance.cells import Result, Verdict, cells, play
from signoff.testing.conformance.ground import ground_on
from signoff.testing.fixtures import temporary_postgres
from signoff.testing.report import Report, render

Against = Literal["signoff", "langchain", "bare"]
Database = Literal["sqlite", "postgres"]

APPLICABLE: Mapping[str, int] = {
    "signoff/gate": 116,
    "signoff/tool_node": 116,
    "signoff/middleware": 114,
    "signoff/protect": 120,
    "signoff/ask": 75,
    "langchain/batched": 112,
    "langchain/per_call": 112,
    "bare/interrupt in tool": 116,
    "bare/interrupt in gate": 118,
}
"""How many cells are applicable to each door on one database. Frozen: a cell that stops being played
is noticed."""

FAILED, WRONG = 1, 2


def applicable(door: Door) -> int:
    """How many cells of the suite are applicable to a door, on one database."""
    return sum(cell.door is door and cell.why_not is None for cell in cells(door.family))


def run_conformance(
    against: Against = "signoff",
    databases: Sequence[Database] = ("sqlite", "postgres"),
    *,
    on_verdict: Callable[[Verdict], None] = lambda _: None,
) -> Report:
    """Play every cell of a family for real, on databases of their own that are gone afterwards.

    Each database has a process of its own that plays its cells one after the other.

    Args:
        on_verdict: told how every cell came out, as soon as it is known.

    Raises:
        DatabaseUnready: a PostgreSQL is wanted and cannot be had.
        PlayerDied: a process that played cells died.
    """
    order = list(cells(against))
    found: dict[str, list[Verdict]] = {database: [] for database in databases}
    with ExitStack() as stack:
        players = [
            _Player(against, database, stack.enter_context(_fresh(database))) for database in databases
        ]
        by_pipe = {player.pipe: player for player in players}
        while by_pipe:
            for pipe in wait(list(by_pipe)):
                player = by_pipe[cast("Connection[Any, Any]", pipe)]
                came = player.receive()
                if came is None:
                    del by_pipe[player.pipe]
                    continue
                mine = found[player.database]
                mine.append(Verdict(order[len(mine)], player.database, Result(came[0]), came[1]))
                on_verdict(mine[-1])
    for database, verdicts in found.items():
        if len(verdicts) < len(order):
            raise PlayerDied(database=database, cell=order[len(verdicts)].name)
    return Report(
        family=against, databases=tuple(databases), verdicts=tuple(v for each in found.values() for v in each)
    )


class PlayerDied(SignoffError):
    """A process that played cells died before its last cell."""

    code = "player_died"


class _Player:
    """A process that plays the cells of a family on one database, and sends how each came out."""

    def __init__(self, family: str, database: str, url: str) -> None:
        self.database = database
        context = multiprocessing.get_context("spawn")
        self.pipe, far_end = context.Pipe(duplex=False)
        self._process = context.Process(target=_play_all, args=(family, url, far_end))
        self._process.start()
        far_end.close()

    def receive(self) -> tuple[str, str] | None:
        """The next result and its reason; None when no more come."""
        try:
            came: tuple[str, str] = self.pipe.recv()
        except EOFError:
            self._process.join()
            return None
        return came


def _play_all(family: str, url: str, pipe: Connection[Any, Any]) -> None:
    with ground_on(url) as ground:
        for cell in cells(family):
            verdict = play(cell, ground)
            pipe.send((verdict.result.value, verdict.why))
    pipe.close()


def run_command(against: str | None = None, postgres: bool = True, verbose: bool = False) -> int:
    """What `signoff conformance` does: print the table; the exit code.

    Returns:
        0 when every applicable cell of ours held, or another guard was only looked at; 1 when one of
        ours failed or is not played any more; 2 when the suite could not run.
    """
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    family = _family(against)
    if family is None:
        Console(stderr=True).print(f"signoff: {against!r} is not known; there are langchain and bare.")
        return WRONG
    databases: tuple[Database, ...] = ("sqlite", "postgres") if postgres else ("sqlite",)
    try:
        report = _with_progress(family, databases)
    except SignoffError as error:
        Console(stderr=True, highlight=False, markup=False).print(f"signoff: {error.message}")
        return WRONG
    console.print(render(report, verbose=verbose))
    frozen = sum(count for door, count in APPLICABLE.items() if door.startswith(f"{family}/"))
    console.print(f"frozen count of applicable cells: {frozen}")
    if family != "signoff":
        return 0
    return FAILED if report.failed or report.applicable != frozen else 0


def _family(against: str | None) -> Against | None:
    match against:
        case None | "signoff":
            return "signoff"
        case "langchain":
            return "langchain"
        case "bare":
            return "bare"
        case _:
            return None


def _with_progress(family: Against, databases: Sequence[Database]) -> Report:
    total = len(databases) * sum(1 for _ in cells(family))
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(f"{family}", total=total)
        return run_conformance(family, databases, on_verdict=lambda _: progress.advance(bar))


@contextmanager
def _fresh(database: Database) -> Iterator[str]:
    """The URL of a database that is gone at the end of the block."""
    if database == "sqlite":
        with tempfile.TemporaryDirectory(prefix="signoff-conformance-") as directory:
            yield f"sqlite:///{Path(directory) / 'signoff.db'}"
        return
    with temporary_postgres() as server:
        yield server.database()
