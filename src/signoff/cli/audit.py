"""Commands about the audit chain: verify, export, head."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from pydantic import ValidationError

from signoff.cli.console import (
    AsOption,
    DatabaseOption,
    busy,
    counted,
    examples,
    fail,
    note,
    output_file,
    say,
)
from signoff.cli.context import open_desk, viewer_called
from signoff.domain.audit import ChainHead

if TYPE_CHECKING:
    from collections.abc import Iterable

    from signoff.domain.audit import AuditEntry

group = typer.Typer(help="Verify or export the audit chain.", no_args_is_help=True)


class Format(StrEnum):
    """How entries are written."""

    JSONL = "jsonl"


@group.command("verify", epilog=examples("signoff audit verify", "signoff audit verify --head head.json"))
def verify(
    head: Annotated[
        Path | None,
        typer.Option("--head", metavar="FILE", help="A head exported earlier; the chain must contain it."),
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Walk the whole chain; exit 1 at the first entry that does not fit."""
    from signoff.services import audit

    expected = None if head is None else _head_in(head)
    with open_desk(database) as desk, desk.read() as tx:
        if expected is not None and expected.workspace != desk.workspace:
            raise fail(f"{head}: the head of workspace {expected.workspace!r}; this is {desk.workspace!r}.")
        with busy("Verifying the chain"):
            found = audit.verify_chain(tx, expected)
    size = 0 if found is None else found.size
    among = "" if expected is None else f", the head at {expected.size} is among them"
    say(f"audit: ok ({size} entries{among})")


@group.command(
    "export",
    epilog=examples(
        "signoff audit export --output audit.jsonl", "signoff audit export | gzip > audit.jsonl.gz"
    ),
)
def export(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; standard output without it."),
    ] = None,
    format: Annotated[Format, typer.Option("--format", help="One JSON object per line.")] = Format.JSONL,
    viewer: AsOption = None,
    database: DatabaseOption = None,
) -> None:
    """Write every entry, in order; one that hides something comes without its salt."""
    from signoff.services import audit
    from signoff.services.sight import Sight

    with open_desk(database) as desk, desk.read() as tx:
        total = audit.head(tx).size
        entries = Sight(tx, desk.core, viewer_called(tx, viewer)).stream(audit.export(tx))
        try:
            with output_file(output) as file:
                write = _WRITERS[format]
                count = write(entries if output is None else counted(entries, "Exporting", total), file)
        except OSError as error:
            raise fail(f"--output: {output} cannot be written: {error.strerror}.") from error
    if output is not None:
        note(f"{count} entries in {output}")


@group.command("head", epilog=examples("signoff audit head > head.json"))
def head(database: DatabaseOption = None) -> None:
    """Print the chain's head; kept elsewhere, it reveals any later tampering."""
    from signoff.services import audit

    with open_desk(database) as desk, desk.read() as tx:
        sys.stdout.write(audit.head(tx).model_dump_json() + "\n")


def _head_in(file: Path) -> ChainHead:
    try:
        return ChainHead.model_validate_json(file.read_bytes())
    except OSError as error:
        raise fail(f"--head: {file} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise fail(f"--head: {file} is no head; make one with: signoff audit head > head.json") from error


def _write_lines(entries: Iterable[AuditEntry], file: TextIO) -> int:
    count = 0
    for entry in entries:
        file.write(entry.model_dump_json() + "\n")
        count += 1
    return count


_WRITERS = {Format.JSONL: _write_lines}
