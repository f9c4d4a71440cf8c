from __future__ import annotations

from collections.abc import Sequence

import pytest
from rich.console import Console

from signoff.testing.conformance import Cell, Mode, Result, Verdict, cells, run_command, suite
from signoff.testing.report import Report, render


def report(*failing: str, family: str = "signoff", databases: Sequence[str] = ("sqlite",)) -> Report:
    """Every cell of a family, of which those of the `failing` scenarios failed."""
    return Report(
        family=family,
        databases=tuple(databases),
        verdicts=tuple(verdict(cell, d, failing) for d in databases for cell in cells(family)),
    )


def verdict(cell: Cell, database: str, failing: Sequence[str]) -> Verdict:
    if cell.why_not is not None:
        return Verdict(cell, database, Result.NOT_APPLICABLE, cell.why_not)
    if cell.scenario.id in failing:
        return Verdict(cell, database, Result.FAILED, "in the end: happened pay ann 20 x2")
    return Verdict(cell, database, Result.HELD)


def text_of(shown: Report, *, verbose: bool = False) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(render(shown, verbose=verbose))
    return captured.get()


def test_the_table_counts_modes_and_databases() -> None:
    text = text_of(report(databases=("sqlite", "postgres")))
    line = next(line for line in text.splitlines() if line.startswith("T13-verdict-flips"))
    assert line.split()[1:] == ["held", "4"] * 4 + ["n/a"]
    assert "541 applicable cells on each of: sqlite, postgres" in text
    assert "it asks questions and knows no tools, arguments or rules" in text


def test_a_failure_says_where_and_why() -> None:
    text = text_of(report("T17-one-at-a-time"))
    assert "FAILED 2/2" in text
    assert "sync sqlite, async sqlite" in text
    assert "happened pay ann 20 x2" in text


def test_verbose_shows_every_cell_with_what_must_hold() -> None:
    shown = report()
    lines = text_of(shown, verbose=True).splitlines()
    assert len(lines) > len(shown.verdicts)
    assert any("T29-bypass" in line and "async" in line and "Neither a goto" in line for line in lines)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[Report]:
    """What the suite, instead of playing, reports next."""
    reports: list[Report] = []

    def play_none(family: str, databases: Sequence[str], **_: object) -> Report:
        return reports.pop()

    monkeypatch.setattr(suite, "run_conformance", play_none)
    return reports


class TestRunCommand:
    def test_all_held(self, played: list[Report], capsys: pytest.CaptureFixture[str]) -> None:
        played.append(report())
        assert run_command(None, postgres=False, verbose=False) == 0
        assert "frozen count of applicable cells: 541" in capsys.readouterr().out

    def test_one_of_ours_failed(self, played: list[Report]) -> None:
        played.append(report("W1-none"))
        assert run_command("signoff", postgres=False, verbose=False) == 1

    def test_a_cell_is_not_played_any_more(self, played: list[Report]) -> None:
        whole = report()
        fewer = [v for v in whole.verdicts if v.cell.mode is Mode.SYNC]
        played.append(Report(whole.family, whole.databases, tuple(fewer)))
        assert run_command(None, postgres=False, verbose=False) == 1

    def test_other_guards_are_only_looked_at(self, played: list[Report]) -> None:
        played.append(report("W1-none", "T20-two-clients", family="langchain"))
        assert run_command("langchain", postgres=True, verbose=False) == 0

    def test_an_unknown_guard_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run_command("nobody", postgres=False, verbose=False) == 2
        assert "nobody" in capsys.readouterr().err
