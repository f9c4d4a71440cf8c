"""What detectors and classifiers achieve on labelled data: `make eval`, or `make eval PART=grounding`.

Exit code 1 when a figure misses its bar, 2 when something that is needed to measure is missing.
"""

from __future__ import annotations

import os
import time
from importlib import import_module
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from tests.campaigns.figures import Figure, Part, at_least

PARTS: dict[str, str] = {
    "grounding": "tests.campaigns.eval_grounding",
    "personal": "tests.campaigns.eval_personal",
    "speed": "tests.campaigns.eval_speed",
    "unfair": "tests.campaigns.eval_unfair",
    "clauses": "tests.campaigns.eval_clauses",
}
"""Name of a part → the module that holds it as `PART`; imported only when it is measured."""

console = Console(width=None if os.isatty(1) else 180)


def main(
    parts: Annotated[
        list[str] | None, typer.Argument(help=f"Parts to measure: {', '.join(PARTS)}. All by default.")
    ] = None,
) -> None:
    """Measure, print one table, and exit 1 if any figure misses its bar."""
    started = time.monotonic()
    chosen = [_load(name) for name in parts or PARTS]
    data = _data(chosen)
    figures = [(part, figure) for part in chosen for figure in _measured(part, data)]
    console.print(table(figures))
    missed = [f"{part.name}: {figure.what}" for part, figure in figures if not figure.holds]
    for miss in missed:
        console.print(f"[red]{miss} misses its bar[/]")
    console.print(f"eval: {'FAILED' if missed else 'ok'} in {time.monotonic() - started:.0f} s")
    raise typer.Exit(1 if missed else 0)


def _load(name: str) -> Part:
    if name not in PARTS:
        _refuse(f"There is no part {name!r}; there are {', '.join(PARTS)}.")
    try:
        part = import_module(PARTS[name]).PART
    except ModuleNotFoundError as error:
        _refuse(f"The part {name!r} needs the package {error.name}; `make setup` installs it.")
    assert isinstance(part, Part)
    return part


def _data(parts: list[Part]) -> Path:
    """The folder of SIGNOFF_DATA, once everything that the parts need is seen to be there."""
    named = os.environ.get("SIGNOFF_DATA", "")
    needed = sorted({f"{need} (for {part.name})" for part in parts for need in part.needs})
    if needed and not named:
        _refuse(f"SIGNOFF_DATA is not set. It takes a folder that holds {', '.join(needed)}.")
    folder = Path(named)
    missing = [str(folder / need) for part in parts for need in part.needs if not (folder / need).exists()]
    if missing:
        _refuse(f"SIGNOFF_DATA names {folder}, where this is missing: {', '.join(missing)}.")
    return folder


def _refuse(why: str) -> NoReturn:
    console.print(f"[red]{why}[/]")
    raise typer.Exit(2)


def _measured(part: Part, data: Path) -> list[Figure]:
    console.print(f"Measuring {part.name}")
    return list(part.measure(data)) or [at_least("figures given", 0, 1)]


def table(figures: list[tuple[Part, Figure]]) -> Table:
    """Every figure with its bar, data, split and the command that measures it alone."""
    made = Table(title="Figures", title_justify="left")
    for column in ("figure", "measured", "bar", "", "data", "split", "command"):
        made.add_column(column, justify="right" if column in ("measured", "bar") else "left")
    for place, (part, figure) in enumerate(figures):
        is_last = place + 1 == len(figures) or figures[place + 1][0] is not part
        made.add_row(
            f"{part.name}: {figure.what}",
            _number(figure.value),
            _bar(figure),
            _verdict(figure),
            figure.data or part.data,
            figure.split or part.split,
            f"make eval PART={part.name}",
            end_section=is_last,
        )
    return made


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.3f}"


def _bar(figure: Figure) -> str:
    if figure.bar is None:
        return figure.target
    return f"{'≥' if figure.bar.kind == 'at least' else '≤'} {figure.bar.value:g}"


def _verdict(figure: Figure) -> str:
    if figure.bar is None:
        return ""
    return "[green]holds[/]" if figure.holds else "[red]MISSED[/]"


if __name__ == "__main__":
    typer.run(main)
