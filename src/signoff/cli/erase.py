"""Taking out what threads said."""

from __future__ import annotations

from typing import Annotated

import typer

from signoff.cli.console import DatabaseOption, examples, say
from signoff.cli.context import open_desk, operator


def erase(
    thread: Annotated[str, typer.Argument(metavar="THREAD", help="The thread of a run.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the audit trail.")],
    database: DatabaseOption = None,
) -> None:
    """Take out everything that a thread said: arguments, drafts, answers, reasons, results and checkpoints.

    That it happened, who decided, and its place in the audit chain stay, and the chain still verifies.
    It cannot be undone, and backups made earlier still hold it. A thread that goes on is refused.
    The settings keep_snapshots and keep_content have a worker do it by itself.
    """
    with open_desk(database) as desk:
        reviews = desk.erase(thread, operator(), reason)
    say(f"{thread}: erased, with {reviews} review{'' if reviews == 1 else 's'}.")


EPILOG = examples('signoff erase thr_… --reason "Asked for by the customer"')
