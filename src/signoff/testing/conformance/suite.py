"""Running the whole suite against one family of guards."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.progress import Progress

from signoff.domain.errors import SignoffError
from signoff.testing.conformance.adapter import Door
from signoff.testing.conformance.cells import Cell, cells, play
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
    on_cell: Callable[[Cell], None] = lambda _: None,
) -> Report:
    """Play every cell of a family for real, on databases of their own that are gone afterwards.

    Args:
        on_cell: told of every cell before it is played.

    Raises:
        DatabaseUnready: a PostgreSQL is wanted and cannot be had.
    """
    verdicts = []
    for database in databases:
        with _fresh(database) as url, ground_on(url) as ground:
            for cell in cells(against):
                on_cell(cell)
                verdicts.append(play(cell, ground))
    return Report(family=against, databases=tuple(databases), verdicts=tuple(verdicts))


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
        return run_conformance(family, databases, on_cell=lambda _: progress.advance(bar))


@contextmanager
def _fresh(database: Database) -> Iterator[str]:
    """The URL of a database that is gone at the end of the block."""
    if database == "sqlite":
        with tempfile.TemporaryDirectory(prefix="signoff-conformance-") as directory:
            yield f"sqlite:///{Path(directory) / 'signoff.db'}"
        return
    with temporary_postgres() as server:
        yield server.database()
