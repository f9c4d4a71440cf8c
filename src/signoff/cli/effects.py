"""Commands about effects: list them, settle those of unknown outcome."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from signoff.cli.console import (
    ByOption,
    DatabaseOption,
    JsonOption,
    examples,
    note,
    print_json,
    print_table,
    say,
    when,
)
from signoff.cli.context import open_desk, person_called
from signoff.domain.effect import EffectState, Settlement

if TYPE_CHECKING:
    from datetime import datetime

    from signoff.domain.effect import Effect

group = typer.Typer(
    help="List effects, or settle one whose outcome nobody knows.", invoke_without_command=True
)

StateOption = Annotated[
    EffectState | None, typer.Option("--state", help="Only effects in this state.", show_default="all")
]


@group.callback(
    epilog=examples(
        "signoff effects",
        "signoff effects list --state unknown",
        "signoff effects settle eff_… happened --by mia@example.com",
    )
)
def effects(context: typer.Context, database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """List effects, newest first, and say how many await settlement."""
    if context.invoked_subcommand is None:
        list_effects(database=database, as_json=as_json)


@group.command("list", epilog=examples("signoff effects list --state unknown --json"))
def list_effects(
    state: StateOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="At most so many.")] = 25,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List effects, newest first."""
    from signoff.domain.visibility import NOBODY
    from signoff.services import query
    from signoff.services.sight import Sight

    with open_desk(database) as desk, desk.read() as tx:
        page = query.list_effects(tx, state, limit=limit)
        shown = Sight(tx, desk.core, NOBODY).effects(page.items)
        unknown = query.list_effects(tx, EffectState.UNKNOWN, limit=200).items
        now = tx.now
    if as_json:
        print_json({"items": shown, "next": page.next})
        return
    print_table(
        ("id", "tool", "state", "allowed by", "when", "error"),
        (_row(effect, now) for effect in shown),
        "No such effects." if state else "No effects yet.",
    )
    waiting = [effect for effect in unknown if effect.settlement is None]
    if waiting and state is not EffectState.UNKNOWN:
        note(f"{len(waiting)} of unknown outcome await settlement: signoff effects list --state unknown")


def _row(effect: Effect, now: datetime) -> tuple[str, ...]:
    state = f"{effect.state}, {effect.settlement}" if effect.settlement else str(effect.state)
    by = effect.review_id or f"rule {effect.rule}"
    moment = effect.finished_at or effect.started_at or effect.created_at
    return (effect.id, effect.tool, state, by, when(moment, now), effect.error[:80])


class Happened(StrEnum):
    """What a person found out."""

    HAPPENED = "happened"
    DID_NOT_HAPPEN = "did-not-happen"
    ABANDON = "abandon"


@group.command(
    "settle",
    epilog=examples(
        'signoff effects settle eff_… did-not-happen --by mia@example.com --reason "Not in the outbox"'
    ),
)
def settle(
    effect: Annotated[str, typer.Argument(metavar="ID", help="The effect's id.")],
    outcome: Annotated[Happened, typer.Argument(help="What the target says; abandon gives up on knowing.")],
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", help="How you found out.")] = "",
    database: DatabaseOption = None,
) -> None:
    """Say what became of an effect of unknown outcome; its thread goes on with that."""
    with open_desk(database) as desk:
        with desk.read() as tx:
            person = person_called(tx, by)
        settled = desk.settle(
            effect, Settlement(outcome.value.replace("-", "_")), by=person.id, reason=reason
        )
    say(f"{settled.id}: {settled.state}" + (f", {settled.settlement}" if settled.settlement else ""))
