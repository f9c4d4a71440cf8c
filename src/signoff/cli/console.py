"""Printing, reading and refusing, the same way in every command."""

from __future__ import annotations

import json
import sys
import traceback
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, TextIO, TypeVar

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from signoff.domain import canonical
from signoff.domain.errors import (
    AlreadyDecided,
    AuditBroken,
    DraftChanged,
    EffectNotOpen,
    NotEligible,
    RevisionDenied,
    SignoffError,
    StillNeeded,
    Stopped,
    ThreadBusy,
    TokenReused,
)

T = TypeVar("T")
WRONG, FAILED = 2, 1
"""Exit codes: wrong use or environment; a check that failed or a refusal by the state of things."""

_BY_STATE = (
    AlreadyDecided,
    AuditBroken,
    DraftChanged,
    EffectNotOpen,
    NotEligible,
    RevisionDenied,
    StillNeeded,
    Stopped,
    ThreadBusy,
    TokenReused,
)

DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="sqlite:///file.db or postgresql://…; else the settings."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
ByOption = Annotated[str, typer.Option("--by", metavar="EMAIL", help="The person in whose name it is done.")]


def examples(*lines: str) -> str:
    """Text below a command's options: what to type."""
    return "\n\n".join(["[bold]Examples[/]", *(line.replace("[", "\\[") for line in lines)])


def out() -> Console:
    """The console of standard output as it is now, wide enough for ids where it is no terminal."""
    console = Console(highlight=False, markup=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, width=200)


def say(text: str = "") -> None:
    """One line to standard output, as it is."""
    out().print(visible(text), soft_wrap=True)


def note(text: str) -> None:
    """One line to standard error: progress, questions' context, warnings."""
    Console(stderr=True, highlight=False, markup=False).print(visible(text), soft_wrap=True)


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Show on a terminal that something takes its time."""
    console = Console(stderr=True, highlight=False, markup=False)
    if not console.is_terminal:
        yield
        return
    with console.status(what):
        yield


def counted(items: Iterable[T], what: str, total: int) -> Iterator[T]:
    """`items`, with a bar on standard error that shows how far it is, where that is a terminal."""
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(items, what, total=total, console=console, disable=not console.is_terminal)


@contextmanager
def counter(what: str, total: int) -> Iterator[Callable[[], None]]:
    """What to call after each of `total` steps: a bar on standard error, where that is a terminal."""
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)


def output_file(output: Path | None) -> AbstractContextManager[TextIO]:
    """The file that was asked for; standard output where none was."""
    return nullcontext(sys.stdout) if output is None else output.open("w", encoding="utf-8")


def refuse(error: SignoffError, *, debug: bool = False) -> int:
    """Say on standard error why it was refused; the exit code."""
    if debug:
        traceback.print_exception(error)
    note(f"signoff: {error.message}")
    return FAILED if isinstance(error, _BY_STATE) else WRONG


def fail(message: str, code: int = WRONG) -> typer.Exit:
    """To raise: ends the command with one message on standard error."""
    note(f"signoff: {message}")
    return typer.Exit(code)


def visible(text: str) -> str:
    """`text` with control and direction characters spelled out, so that no draft can dress itself up."""
    return "".join(
        f"\\u{{{ord(char):x}}}"
        if unicodedata.category(char) in ("Cc", "Cf", "Cs") and char not in "\n\t"
        else char
        for char in text
    )


AsOption = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="EMAIL", help="What this person may see; hidden fields stay hidden without."
    ),
]


def print_json(value: Any) -> None:
    """JSON in the shape that the API uses."""
    sys.stdout.write(json.dumps(_plain(value), ensure_ascii=False, indent=2, default=str) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], nothing: str) -> None:
    """Rows under their headings, or `nothing` where there are none."""
    table = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for row in rows:
        table.add_row(*(visible(" ".join(cell.split())) for cell in row))
    if table.row_count:
        out().print(table)
    else:
        note(nothing)


def when(instant: datetime | None, now: datetime) -> str:
    """How far `instant` is from `now`: "in 7h", "3d ago"."""
    if instant is None:
        return "-"
    gap = instant - now
    amount = _rounded(abs(gap))
    return f"in {amount}" if gap > timedelta(0) else f"{amount} ago"


def _rounded(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return f"{int(span.total_seconds())}s"
    if minutes < 120:
        return f"{minutes}min"
    return f"{minutes // 60}h" if minutes < 48 * 60 else f"{minutes // (24 * 60)}d"


def read_json_object(given: str, what: str) -> dict[str, Any]:
    """A JSON object from a file, from standard input ("-"), or written out in `given`.

    Raises:
        NotCanonical, PayloadTooLarge: it is not exact JSON, or too large.
        typer.Exit: the file cannot be read, or it is no object.
    """
    source, data = _read(given, what)
    try:
        value = canonical.parse_strict_json(data)
        canonical.encode(value)
    except SignoffError as error:
        error.message = f"{source}: {error.message}"
        raise
    if not isinstance(value, dict):
        raise fail(f"{source}: {what} must be a JSON object.")
    return value


def _read(given: str, what: str) -> tuple[str, str | bytes]:
    if given.lstrip().startswith(("{", "[")):
        return what, given
    if given == "-":
        return "standard input", sys.stdin.buffer.read()
    try:
        return given, Path(given).read_bytes()
    except OSError as error:
        raise fail(f"{what}: {given} cannot be read: {error.strerror}.") from error
