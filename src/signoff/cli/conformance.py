"""`signoff conformance`: the guard against every scenario of the test kit."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from signoff.cli.console import examples


class Against(StrEnum):
    """Another guard to measure instead of ours."""

    LANGCHAIN = "langchain"
    BARE = "bare"


def conformance(
    against: Annotated[
        Against | None,
        typer.Option("--against", help="Measure another guard instead; that only reports."),
    ] = None,
    postgres: Annotated[
        bool, typer.Option("--postgres/--no-postgres", help="Also on a PostgreSQL of its own.")
    ] = True,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say what happened in every cell.")
    ] = False,
) -> None:
    """Try every known pitfall and bypass on every door of the guard; exit 1 if one gets through."""
    from signoff.testing.conformance import run_command

    raise typer.Exit(
        run_command(None if against is None else against.value, postgres=postgres, verbose=verbose)
    )


EPILOG = examples(
    "signoff conformance", "signoff conformance --against langchain", "signoff conformance --no-postgres -v"
)
