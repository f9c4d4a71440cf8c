"""The conformance table, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from signoff.testing.conformance.cells import Result, Verdict

_COLOURS: Mapping[Result, str] = {
    Result.HELD: "green",
    Result.FAILED: "bold red",
    Result.NOT_APPLICABLE: "dim",
}


@dataclass(frozen=True)
class Report:
    """Every verdict of one run of the suite."""

    family: str
    databases: tuple[str, ...]
    verdicts: tuple[Verdict, ...]

    def of(self, result: Result) -> list[Verdict]:
        """The verdicts that came out like this."""
        return [verdict for verdict in self.verdicts if verdict.result is result]

    @property
    def failed(self) -> list[Verdict]:
        return self.of(Result.FAILED)

    @property
    def applicable(self) -> int:
        """How many cells of one database were played."""
        return (len(self.verdicts) - len(self.of(Result.NOT_APPLICABLE))) // max(1, len(self.databases))

    def totals(self) -> str:
        """The totals in one line."""
        return (
            f"{self.family}: {len(self.of(Result.HELD))} held, {len(self.failed)} failed, "
            f"{len(self.of(Result.NOT_APPLICABLE))} not applicable; "
            f"{self.applicable} applicable cells on each of: {', '.join(self.databases)}"
        )


def render(report: Report, *, verbose: bool = False) -> RenderableType:
    """The table, what failed and why, why cells are not applicable, and the totals.

    Args:
        verbose: whether every cell has a line of its own, with what must hold.
    """
    parts: list[RenderableType] = [_every_cell(report) if verbose else _table(report)]
    if report.failed:
        parts += [Text("\nFailed", style="bold"), _reasons(report.failed)]
    if not verbose:
        reasons = _reasons_not_applicable(report.of(Result.NOT_APPLICABLE))
        parts += [Text("\nNot applicable", style="bold"), reasons]
    parts.append(Text(f"\n{report.totals()}", style="bold"))
    return Group(*parts)


def _table(report: Report) -> Table:
    """Scenarios by doors; one square stands for both modes and all databases."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("scenario", no_wrap=True)
    doors = list(dict.fromkeys(verdict.cell.door.door for verdict in report.verdicts))
    for door in doors:
        table.add_column(door, no_wrap=True)
    for scenario in dict.fromkeys(verdict.cell.scenario.id for verdict in report.verdicts):
        row = [verdict for verdict in report.verdicts if verdict.cell.scenario.id == scenario]
        squares = [_square([v for v in row if v.cell.door.door == door]) for door in doors]
        table.add_row(scenario, *squares)
    return table


def _square(verdicts: Sequence[Verdict]) -> Text:
    played = [verdict for verdict in verdicts if verdict.result is not Result.NOT_APPLICABLE]
    failed = [verdict for verdict in played if verdict.result is Result.FAILED]
    if not played:
        return Text("n/a", style=_COLOURS[Result.NOT_APPLICABLE])
    if failed:
        return Text(f"FAILED {len(failed)}/{len(played)}", style=_COLOURS[Result.FAILED])
    return Text(f"held {len(played)}", style=_COLOURS[Result.HELD])


def _every_cell(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("scenario", "door", "mode", "database", "result", "what must hold, or why not"):
        table.add_column(heading, no_wrap=heading != "what must hold, or why not")
    for verdict in report.verdicts:
        cell = verdict.cell
        table.add_row(
            cell.scenario.id,
            cell.door.door,
            cell.mode.value,
            verdict.database,
            Text(verdict.result.value, style=_COLOURS[verdict.result]),
            verdict.why or cell.scenario.must,
        )
    return table


def _reasons(verdicts: Iterable[Verdict]) -> Table:
    """What must have held, and what happened instead, once for each door."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    grouped: dict[tuple[str, str, str], list[Verdict]] = {}
    for verdict in verdicts:
        key = (verdict.cell.scenario.id, verdict.cell.door.door, verdict.why)
        grouped.setdefault(key, []).append(verdict)
    for (scenario, door, why), group in grouped.items():
        where = ", ".join(f"{verdict.cell.mode} {verdict.database}" for verdict in group)
        table.add_row(scenario, door, Text(where, style="dim"), why)
    return table


def _reasons_not_applicable(verdicts: Iterable[Verdict]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    grouped: dict[tuple[str, str], list[str]] = {}
    for verdict in verdicts:
        grouped.setdefault((verdict.cell.door.door, verdict.why), []).append(verdict.cell.scenario.id)
    for (door, why), scenarios in grouped.items():
        table.add_row(door, ", ".join(dict.fromkeys(scenarios)), Text(why, style="dim"))
    return table
