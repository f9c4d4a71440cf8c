"""`make fuzz-api`: generated requests on every route of the API, on both databases.

Exits 1 at the first answer that is a server error or that the OpenAPI document does not declare, with the
request that provoked it.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer
from hypothesis import settings
from rich.table import Table
from schemathesis.core.failures import Failure, FailureGroup

from tests.campaigns.databases import Kind, database
from tests.campaigns.verdict import console, progress
from tests.support.api_fuzz import Fuzz, fuzzing


def main(
    requests: Annotated[int, typer.Option(min=1, help="How many, over both databases.")] = 20_000,
    on: Annotated[Kind, typer.Option(help="The database.")] = Kind.BOTH,
) -> None:
    """Send generated requests and hold every answer against the OpenAPI document."""
    # Every run may look elsewhere; the suite's own 500 are always the same.
    settings.register_profile("fuzz", derandomize=False, deadline=None, database=None)
    settings.load_profile("fuzz")
    for kind in on.each:
        with database(kind) as (url, _), fuzzing(url) as fuzz:
            _run(fuzz, kind, requests // len(on.each))
    console.print("0 server errors, 0 undeclared answers")


def _run(fuzz: Fuzz, kind: Kind, total: int) -> None:
    try:
        with progress(f"requests on {kind}", total) as tell:
            fuzz.run(total, tell)
    except (Failure, FailureGroup) as fault:
        console.print(f"[red]after {fuzz.sent:,} requests on {kind}[/]")
        console.print(str(fault), markup=False)
        raise typer.Exit(1) from fault
    console.print(_table(fuzz, kind))


def _table(fuzz: Fuzz, kind: Kind) -> Table:
    statuses = sorted({status for _, status in fuzz.answers})
    table = Table(title=f"{fuzz.sent:,} answers on {kind}", title_justify="left")
    table.add_column("operation")
    for status in statuses:
        table.add_column(str(status), justify="right")
    by_operation: dict[str, Counter[int]] = {}
    for (operation, status), count in sorted(fuzz.answers.items()):
        by_operation.setdefault(operation, Counter())[status] += count
    for operation, counts in by_operation.items():
        table.add_row(operation, *(f"{counts[status]:,}" if counts[status] else "" for status in statuses))
    return table


if __name__ == "__main__":
    typer.run(main)
