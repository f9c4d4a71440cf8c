"""Trains clause models and shows what is in one: `python -m graphs.contract_review.models --help`."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from graphs.contract_review.models.arrays import ModelUnusable, load, save
from graphs.contract_review.models.labelled import LabelsUnreadable
from graphs.contract_review.models.model import ClauseModel

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Clause models of contract_review.")
console = Console(stderr=True)


@app.command()
def train(
    which: Annotated[str, typer.Argument(help="unfair_terms or clauses.")],
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder that holds unfair_terms/ and cuad/; SIGNOFF_DATA by default.", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Model file to write: NAME.npz here by default.", show_default=False),
    ] = None,
    hold_out: Annotated[
        bool, typer.Option("--hold-out", help="clauses only: leave the frozen test documents out.")
    ] = False,
) -> None:
    """Train one model from labelled data and write it with its training record.

    The same data and versions give the same file. Thresholds come from inner folds of the
    training documents. Needs scikit-learn: pip install 'signoff[train]'.
    """
    try:
        from graphs.contract_review.models.training import SOURCES, trained  # noqa: PLC0415 - needs an extra
    except ModuleNotFoundError as error:
        raise _refused(f"Training needs the package {error.name}: pip install 'signoff[train]'.") from error
    if which not in SOURCES:
        raise _refused(f"There is no model {which!r}; there are {', '.join(SOURCES)}.")
    folder = data or (Path(os.environ["SIGNOFF_DATA"]) if os.environ.get("SIGNOFF_DATA") else None)
    if folder is None:
        raise _refused("Name the labelled data with --data, or set SIGNOFF_DATA.")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(f"Training {which}: reading", total=None)

        def told(step: str, total: int) -> None:
            progress.update(task, description=f"Training {which}: {step}", total=total, advance=1)

        try:
            model = trained(SOURCES[which], folder, hold_out=hold_out, told=told)
        except (LabelsUnreadable, ValueError) as error:
            raise _refused(str(error)) from error
    path = out or Path(f"{which}.npz")
    save(replace(model, record={**model.record, **_circumstances()}), path)
    console.print(f"{path}: {model.name} {model.version}, {path.stat().st_size / 1e6:.1f} MB", soft_wrap=True)


@app.command()
def show(
    model: Annotated[str, typer.Argument(help="unfair_terms, clauses, or the path of a model file.")],
) -> None:
    """Print the training record of a model as JSON: data, split, versions, thresholds, figures, licence."""
    try:
        found = load(model)
    except ModelUnusable as error:
        raise _refused(str(error)) from error
    typer.echo(json.dumps(_summary(found), indent=2, ensure_ascii=False))


def _summary(model: ClauseModel) -> dict[str, object]:
    return {
        "name": model.name,
        "version": model.version,
        "labels": dict(model.titles),
        "thresholds": dict(model.thresholds),
        "record": dict(model.record),
    }


def _circumstances() -> dict[str, object]:
    packages = ("numpy", "scipy", "scikit-learn")
    return {
        "trained_on": datetime.now(UTC).date().isoformat(),  # noqa: TID251 - a note for people, decides nothing
        "versions": {package: version(package) for package in packages},
    }


def _refused(message: str) -> typer.Exit:
    console.print(f"[red]{message}[/]", soft_wrap=True)
    return typer.Exit(2)


if __name__ == "__main__":
    app()
