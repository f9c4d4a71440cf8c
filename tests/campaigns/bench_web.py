"""`make bench-web`: what the pages cost, as bytes, seconds and ratios; exits 1 where a bar is missed."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from tests.campaigns import web_figures, web_live, web_scale, web_visit
from tests.campaigns.databases import Kind
from tests.campaigns.verdict import conclude, console
from tests.support.chromium import CHROMIUM


def main(
    on: Annotated[Kind, typer.Option(help="Databases on which 100,000 reviews wait.")] = Kind.BOTH,
    rounds: Annotated[int, typer.Option(help="Times each page is asked for there.")] = 40,
) -> None:
    """Measure the first visit, the news, the redline, pages over 100,000 open reviews, and the dashboard."""
    if CHROMIUM is None:
        console.print("[red]bench-web needs Chromium on the PATH.[/]")
        raise typer.Exit(2)
    started = time.monotonic()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for part in (web_visit, web_live):
            results.append(part.measure(f"sqlite:///{Path(folder) / part.__name__}.db"))
            results[-1].print()
    for kind in on.each:
        results.append(web_scale.compare(kind, web_scale.FEW, web_scale.MANY, rounds))
        results[-1].print()
        results.append(web_figures.count(kind))
        results[-1].print()
    sys.exit(conclude("bench-web", results, time.monotonic() - started))


if __name__ == "__main__":
    typer.run(main)
