"""`signoff demo`: the outbound flow on sample briefs, with a person or without."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from signoff.cli.console import DatabaseOption, examples, fail, note
from signoff.cli.context import set_up_logging
from signoff.cli.demo_ground import Data, clear, demo_ground
from signoff.cli.serving import PortOption


def demo(
    headless: Annotated[
        bool,
        typer.Option(
            "--headless", help="Without a person or server: a script decides; exit 1 if it does not add up."
        ),
    ] = False,
    database: DatabaseOption = None,
    port: PortOption = None,
    data: Annotated[
        Data,
        typer.Option("--data", help="The customer record: our sample, or the whole one in SIGNOFF_DATA."),
    ] = Data.SAMPLE,
    directory: Annotated[
        Path, typer.Option("--directory", metavar="DIR", help="Where its database and its Maildir are.")
    ] = Path(".signoff/demo"),
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Remove the demo's own database and Maildir first.")
    ] = False,
) -> None:
    """Let an agent write mail to sample customers, and decide what goes out.

    It goes on where the last demo in this directory was stopped; once everything is decided there, it
    starts the briefs again. Headless it always starts them again, with the scripted model.
    """
    from signoff.cli.demo_headless import run_headless
    from signoff.cli.demo_live import run_live

    if fresh and database is not None:
        raise fail(
            "--fresh removes the demo's own SQLite file; with --database, empty that database yourself."
        )
    set_up_logging("warning")
    if fresh:
        clear(directory)
    directory.mkdir(parents=True, exist_ok=True)
    model = None if headless else os.environ.get("SIGNOFF_MODEL") or None
    with demo_ground(directory, database, data, model) as ground:
        note(f"Demo in {directory}, model: {ground.model}.")
        code = run_headless(ground) if headless else run_live(ground, port)
    raise typer.Exit(code)


EPILOG = examples(
    "signoff demo",
    "signoff demo --headless",
    "signoff demo --database postgresql://localhost/signoff_demo",
    "SIGNOFF_MODEL=openai:gpt-5-mini signoff demo --fresh",
)
