"""`signoff export`: what is on record, for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from signoff.cli.console import DatabaseOption, counted, examples, fail, note, output_file
from signoff.cli.context import open_desk, operator
from signoff.cli.history import SinceOption, ToolOption, UntilOption, wanted_of
from signoff.domain.review import Outcome

group = typer.Typer(help="Write what is on record for other programs.", no_args_is_help=True)


@group.callback()
def export() -> None:
    """Take the commands below; without this there would be one command only, without a name."""


@group.command(
    "decisions",
    epilog=examples(
        "signoff export decisions > decisions.jsonl",
        "signoff export decisions -o october.jsonl --since 2026-10-01 --until 2026-11-01",
        "signoff export decisions --tool send_email --outcome revised",
        "E-mail addresses, phone, card and account numbers and what the facts name as somebody's own are "
        "replaced by marks; who decided, for whom and on which thread is left out. Names and postal "
        "addresses that no fact names are not recognised: read the file before you hand it on.",
    ),
)
def decisions(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; standard output without it."),
    ] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    tool: ToolOption = None,
    outcome: Annotated[Outcome | None, typer.Option("--outcome", help="Only reviews that ended so.")] = None,
    with_personal_data: Annotated[
        bool, typer.Option("--with-personal-data", help="Leave everything in, as it was decided on.")
    ] = False,
    database: DatabaseOption = None,
) -> None:
    """Write every decision with its draft before and after, reason, flags and rule: one JSON object a line.

    Times are those of the closing. The export itself is noted in the audit log.
    """
    from signoff.services import export as service
    from signoff.store import history

    wanted = wanted_of(since, until, tool, outcome)
    with open_desk(database) as desk:
        with desk.begin() as tx:
            service.note_export(tx, operator(), wanted, with_personal_data=with_personal_data)
        with desk.read() as tx:
            records = service.decisions(tx, desk.core, wanted, with_personal_data=with_personal_data)
            total = history.count_decided(tx, wanted)
            count = 0
            try:
                with output_file(output) as file:
                    for record in records if output is None else counted(records, "Exporting", total):
                        file.write(record.model_dump_json() + "\n")
                        count += 1
            except OSError as error:
                raise fail(f"--output: {output} cannot be written: {error.strerror}.") from error
    left_out = "" if with_personal_data else ", personal data left out as far as it is recognised"
    note(f"{count} decisions{'' if output is None else f' in {output}'}{left_out}")
