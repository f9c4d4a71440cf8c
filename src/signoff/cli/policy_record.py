"""`signoff policy backtest` and `signoff policy shadow`: policies beside what is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from signoff.cli.console import (
    DatabaseOption,
    JsonOption,
    counter,
    examples,
    note,
    print_json,
    print_table,
    say,
)
from signoff.cli.context import open_desk
from signoff.cli.history import SinceOption, ToolOption, UntilOption, wanted_of
from signoff.cli.policy_files import FileArgument, loaded, shown

if TYPE_CHECKING:
    from signoff.services.backtest import Backtest

BACKTEST_EPILOG = examples(
    "signoff policy backtest new-policy.yaml",
    "signoff policy backtest new-policy.yaml --since 2026-10-01 --tool send_email",
    "It advises once people have decided enough of the calls that would newly pass: 59 by default, the "
    "least of which none may be objected to before a share above 5 % is ruled out at 95 % confidence "
    "(exact bound of Clopper and Pearson; the rule of three is its short form). Nothing is written.",
)
SHADOW_EPILOG = examples(
    "signoff policy shadow", "signoff policy shadow --since 2026-11-01 --tool send_email",
    "A tool is put in shadow mode in the policy: shadow: {until: 2026-12-31}, with "
    "acknowledge_irreversible: true where it cannot be undone. A denial stays a denial.",
)  # fmt: skip


def backtest(
    file: FileArgument,
    since: SinceOption = None,
    until: UntilOption = None,
    tool: ToolOption = None,
    tolerance: Annotated[
        float, typer.Option("--tolerance", min=0.001, max=0.5, help="Share of objectionable calls allowed.")
    ] = 0.05,
    confidence: Annotated[
        float, typer.Option("--confidence", min=0.5, max=0.999, help="How sure the bound must be.")
    ] = 0.95,
    least: Annotated[
        int | None,
        typer.Option("--least", min=1, help="Decisions below which it refuses to advise.", show_default="59"),
    ] = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge every recorded call by this policy: what would pass, wait or be denied, beside what happened."""
    from signoff.services.backtest import Demands
    from signoff.services.backtest import backtest as judged_anew
    from signoff.store import history

    judge = loaded(file)
    demands = Demands(tolerance=tolerance, confidence=confidence, least=least)
    wanted = wanted_of(since, until, tool)
    with (
        open_desk(database) as desk,
        desk.read() as tx,
        counter("Judging", history.count_actions(tx, wanted)) as advance,
    ):
        found = judged_anew(tx, judge, wanted, demands, advance)
    if as_json:
        print_json(found)
    else:
        _print(shown(file), found)


def _print(file: str, found: Backtest) -> None:
    span = (
        f", {found.first_at:%Y-%m-%d} to {found.last_at:%Y-%m-%d}" if found.first_at and found.last_at else ""
    )
    say(f"{file}: {found.policy} {found.version} on {found.calls} recorded calls{span}")
    print_table(
        ("happened", "would now", "calls"),
        ((cell.happened.value, _NOW[cell.now.value], str(cell.calls)) for cell in found.cells),
        "No call of its tools is on record.",
    )
    if found.left_out:
        note(f"{found.left_out} calls of tools that it does not classify were left out.")
    if found.failed:
        note(f"{found.failed} calls could not be judged, mostly for facts that were not recorded; they wait.")
    if found.objections:
        say(f"{len(found.objections)} calls would pass now that a person had rejected or changed:")
        print_table(
            ("review", "tool", "happened", "passed by", "reason"),
            ((o.review, o.tool, o.happened.value, o.rule or "-", o.reason) for o in found.objections),
            "",
        )
    if found.newly_pausing:
        say(f"{found.newly_pausing} calls that passed would wait now.")
    say(found.advice.text)
    if found.advice.decided:
        note("Known only of calls that waited: those that passed were never looked at.")


_NOW = {"allow": "pass", "review": "wait", "deny": "be denied"}


def shadow(
    since: SinceOption = None,
    until: UntilOption = None,
    tool: ToolOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count the calls that ran in shadow mode and would have waited, by tool and rule."""
    from signoff.services.shadow import volumes

    with open_desk(database) as desk, desk.read() as tx:
        found = volumes(tx, wanted_of(since, until, tool).in_shadow_only())
    if as_json:
        print_json(
            [{**volume.model_dump(mode="json"), "per_day": round(volume.per_day, 2)} for volume in found]
        )
        return
    print_table(
        ("tool", "rule", "would have waited", "a day", "for an error", "first", "last"),
        (
            (
                volume.tool,
                volume.rule or "none",
                str(volume.calls),
                f"{volume.per_day:.1f}",
                str(volume.failed),
                f"{volume.first_at:%Y-%m-%d %H:%M}",
                f"{volume.last_at:%Y-%m-%d %H:%M}",
            )
            for volume in found
        ),
        "No call ran in shadow mode.",
    )
    if found:
        total = sum(volume.calls for volume in found)
        say(f"{total} calls ran without anybody being asked, and would have waited without shadow mode.")
