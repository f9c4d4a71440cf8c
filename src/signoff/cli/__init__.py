"""The command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from signoff.cli import (
    accounts,
    audit,
    conformance,
    demo,
    doctor,
    effects,
    erase,
    export,
    policies,
    reviews,
    runs,
    serving,
)
from signoff.cli.console import examples, refuse
from signoff.cli.context import use_settings_file
from signoff.domain.errors import SignoffError

app = typer.Typer(
    name="signoff",
    help="No side effect without a sign-off: guardrails and reviews for LangGraph agents.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=examples(
        "signoff demo", "signoff migrate && signoff serve", "signoff COMMAND --help says more about each"
    ),
)

TRY, RUN, DECIDE, OPERATE = "Try it", "Run", "Decide", "Operate"


def _add(
    panel: str, name: str, command: Callable[..., Any], epilog: str, *, takes_others: bool = False
) -> None:
    """Add a command; one that takes other options hands those it does not know to its own arguments."""
    context = {"ignore_unknown_options": True} if takes_others else None
    app.command(name, epilog=epilog, rich_help_panel=panel, context_settings=context)(command)


_add(TRY, "demo", demo.demo, demo.EPILOG)
_add(TRY, "conformance", conformance.conformance, conformance.EPILOG)
_add(RUN, "migrate", serving.migrate, serving.EPILOGS["migrate"])
_add(RUN, "serve", serving.serve, serving.EPILOGS["serve"])
_add(RUN, "worker", serving.worker, serving.EPILOGS["worker"])
_add(RUN, "run", runs.run, runs.EPILOGS["run"], takes_others=True)
_add(RUN, "retry", runs.retry, runs.EPILOGS["retry"])
app.add_typer(reviews.group, name="reviews", rich_help_panel=DECIDE)
_add(DECIDE, "decide", reviews.decide, reviews.EPILOG)
app.add_typer(effects.group, name="effects", rich_help_panel=DECIDE)
_add(DECIDE, "stop", runs.stop, runs.EPILOGS["stop"])
_add(DECIDE, "go", runs.go, runs.EPILOGS["go"])
_add(OPERATE, "doctor", doctor.doctor, doctor.EPILOG)
app.add_typer(policies.group, name="policy", rich_help_panel=OPERATE)
app.add_typer(audit.group, name="audit", rich_help_panel=OPERATE)
app.add_typer(export.group, name="export", rich_help_panel=OPERATE)
app.add_typer(accounts.users, name="user", rich_help_panel=OPERATE)
app.add_typer(accounts.keys, name="key", rich_help_panel=OPERATE)
_add(OPERATE, "erase", erase.erase, erase.EPILOG)
_add(OPERATE, "reconcile", runs.reconcile, runs.EPILOGS["reconcile"])


@app.callback()
def signoff(
    settings: Annotated[
        Path | None,
        typer.Option(
            "--settings",
            metavar="FILE",
            envvar="SIGNOFF_SETTINGS",
            help="A signoff.toml or pyproject.toml; else the nearest one.",
        ),
    ] = None,
) -> None:
    """Take what is common to every command."""
    use_settings_file(settings)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. A refusal is one message on standard error."""
    try:
        app(args=None if arguments is None else list(arguments), prog_name="signoff")
    except SignoffError as error:
        return refuse(error, debug=os.environ.get("SIGNOFF_LOG_LEVEL") == "debug")
    except KeyboardInterrupt:
        return 130
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    return 0
