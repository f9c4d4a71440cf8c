"""Every known pitfall and bypass, played against every door of the guard, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signoff.testing.conformance import (
    APPLICABLE,
    DOORS,
    SCENARIOS,
    Cell,
    Door,
    Ground,
    Result,
    applicable,
    cells,
    cells_of,
    ground_on,
    play,
)
from signoff.testing.conformance.bare_doors import InterruptInGateDoor
from tests.support.postgres import Postgres

ROWS = {f"T{number:02}" for number in range(1, 36)}
OTHERS = {f"W{n}" for n in range(1, 6)} | {f"C{n}" for n in range(1, 8)} | {f"B{n}" for n in range(1, 7)}

OURS = [cell for cell in cells("signoff") if cell.why_not is None]
ALL_DOORS = [door for doors in DOORS.values() for door in doors]


def cell_of(family: str, door: str, scenario: str, mode: str) -> Cell:
    return next(
        cell
        for cell in cells(family)
        if (cell.door.door, cell.scenario.id, cell.mode) == (door, scenario, mode)
    )


@pytest.fixture(scope="session")
def sqlite_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    directory: Path = tmp_path_factory.mktemp("conformance")
    with ground_on(f"sqlite:///{directory / 'signoff.db'}") as ground:
        yield ground


@pytest.fixture(scope="session")
def postgres_ground(postgres: Postgres) -> Iterator[Ground]:
    url = postgres.create_database()
    with ground_on(url) as ground:
        yield ground
    postgres.drop_database(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def ground(request: pytest.FixtureRequest) -> Ground:
    found: Ground = request.getfixturevalue(f"{request.param}_ground")
    return found


@pytest.mark.parametrize("cell", OURS, ids=lambda cell: cell.name)
def test_holds(cell: Cell, ground: Ground) -> None:
    verdict = play(cell, ground)
    assert verdict.result is Result.HELD, f"{cell.scenario.must} {verdict.why}"


def test_every_row_and_bypass_has_its_scenario() -> None:
    assert {scenario.split("-")[0] for scenario in SCENARIOS} == ROWS | OTHERS


@pytest.mark.parametrize("door", ALL_DOORS, ids=lambda door: f"{door.family}/{door.door}")
def test_applicable_count_is_frozen(door: Door) -> None:
    assert applicable(door) == APPLICABLE[f"{door.family}/{door.door}"]


@pytest.mark.parametrize("family", DOORS)
def test_what_is_not_applicable_says_why(family: str) -> None:
    reasons = [cell.why_not for cell in cells(family) if cell.why_not is not None]
    assert all(len(reason) > 20 for reason in reasons)


CAUGHT = [
    ("bare", "interrupt in gate", "T03-order-flipped", "refund bob 30"),
    ("bare", "interrupt in tool", "T17-one-at-a-time", "x3"),
    ("bare", "interrupt in tool", "T20-two-clients", "approve, reject"),
    ("bare", "interrupt in tool", "T24-question-replaced", "pay ann 20"),
    ("bare", "interrupt in gate", "T29-bypass", "pay ann 20"),
    ("bare", "interrupt in gate", "T31-time-travel", "x2"),
    ("bare", "interrupt in tool", "B4-row-rewritten", "rewritten payment ran"),
    ("bare", "interrupt in gate", "C4-effect-started", "x2"),
    ("langchain", "batched", "T11-jump-inside", "pay ann 20"),
    ("langchain", "batched", "T12-misspelt-tool", "pay ann 20"),
    ("langchain", "batched", "T13-verdict-flips", "pay ann 20"),
    ("langchain", "batched", "B5-edit-redirect", "refund eve 5"),
    ("langchain", "per_call", "B2-two-processes", "approve, reject"),
    ("langchain", "per_call", "T35-garbage", "a person was asked"),
]


@pytest.mark.parametrize(("family", "door", "scenario", "why"), CAUGHT)
def test_what_other_guards_fail_is_caught(
    sqlite_ground: Ground, family: str, door: str, scenario: str, why: str
) -> None:
    verdict = play(cell_of(family, door, scenario, "sync"), sqlite_ground)
    assert verdict.result is Result.FAILED
    assert why in verdict.why


def test_swapped_approvals_are_caught(sqlite_ground: Ground) -> None:
    verdict = play(cell_of("bare", "interrupt in tool", "B1-async-swap", "async"), sqlite_ground)
    assert verdict.result is Result.FAILED
    assert "refund" in verdict.why


class Careless(InterruptInGateDoor):
    """A guard of somebody else's, behind an adapter of their own."""

    family = "careless"
    door = "door"


def test_any_guard_can_be_tried(sqlite_ground: Ground) -> None:
    expected = {
        "C3-paused": Result.HELD,
        "C4-effect-started": Result.FAILED,
        "B6-jump-after-rejection": Result.FAILED,
    }
    found = {
        cell.scenario.id: play(cell, sqlite_ground).result
        for cell in cells_of(Careless)
        if cell.mode == "sync" and cell.scenario.id in expected
    }
    assert found == expected
