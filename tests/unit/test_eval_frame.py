from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tests.campaigns import eval as campaign
from tests.campaigns.figures import Figure, Part, at_least, at_most, shown

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs the campaign over one part that gives these figures."""

    def run(*figures: Figure, ask: tuple[str, ...] = (), needs: tuple[str, ...] = ()) -> tuple[int, str]:
        def measure(data: Path) -> Iterable[Figure]:
            return figures

        part = Part("toy", data="ten texts", split="all", measure=measure, needs=needs)
        monkeypatch.setattr(campaign, "PARTS", {"toy": "somewhere"})
        monkeypatch.setattr(campaign, "import_module", lambda name: type("M", (), {"PART": part}))
        app = typer.Typer()
        app.command()(campaign.main)
        with campaign.console.capture() as captured:
            result = CliRunner().invoke(app, list(ask))
        return result.exit_code, captured.get()

    return run


def test_every_row_names_bar_data_split_and_command(run: Run) -> None:
    code, text = run(at_least("recall", 0.91, 0.9), shown("size", "10"))
    assert code == 0
    for word in ("toy: recall", "0.910", "≥ 0.9", "holds", "ten texts", "make eval PART=toy", "toy: size"):
        assert word in text


@pytest.mark.parametrize(
    "missed", [at_least("recall", 0.89, 0.9), at_most("false alarms", 0.2, 0.1), at_least("f1", math.nan, 0)]
)
def test_a_missed_bar_fails_the_run(run: Run, missed: Figure) -> None:
    code, text = run(missed, shown("size", 3.0))
    assert code == 1
    assert f"toy: {missed.what} misses its bar" in text


def test_a_part_without_figures_fails_the_run(run: Run) -> None:
    assert run()[0] == 1


def test_missing_data_is_named_before_anything_is_measured(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SIGNOFF_DATA", raising=False)
    assert run(needs=("retail.json",))[0] == 2
    monkeypatch.setenv("SIGNOFF_DATA", str(tmp_path))
    code, text = run(needs=("retail.json",))
    assert code == 2
    assert "retail.json" in text
    (tmp_path / "retail.json").touch()
    assert run(shown("size", 1), needs=("retail.json",))[0] == 0


def test_an_unknown_part_is_refused_with_the_known_ones(run: Run) -> None:
    code, text = run(ask=("tray",))
    assert code == 2
    assert "there are toy" in text
