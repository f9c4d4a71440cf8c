"""Options that say which part of the record a command reads."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from signoff.domain.instant import parse_instant

if TYPE_CHECKING:
    from signoff.domain.review import Outcome
    from signoff.store.history import Wanted


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


SinceOption = Annotated[
    datetime | None,
    typer.Option("--since", metavar="DAY", parser=_instant, help="From this day or instant on (UTC)."),
]
UntilOption = Annotated[
    datetime | None,
    typer.Option("--until", metavar="DAY", parser=_instant, help="Up to and without this day or instant."),
]
ToolOption = Annotated[str | None, typer.Option("--tool", help="Only calls of this tool.")]


def wanted_of(
    since: datetime | None, until: datetime | None, tool: str | None, outcome: Outcome | None = None
) -> Wanted:
    """What the options ask for."""
    from signoff.store.history import Wanted

    return Wanted(since=since, until=until, tool=tool, outcome=outcome)
