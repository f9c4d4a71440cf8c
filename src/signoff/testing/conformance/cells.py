"""Cells: one scenario at one door, in one mode, on one database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from signoff.testing.conformance import bypasses, crashes, rows_asking, rows_living, rows_running, wakeups
from signoff.testing.conformance.adapter import Door, Mode
from signoff.testing.conformance.doors import DOORS
from signoff.testing.conformance.ground import Ground
from signoff.testing.conformance.scenario import BOTH, SCENARIOS, Scenario
from signoff.testing.conformance.world import Broken, World

_MODULES = (rows_asking, rows_running, rows_living, wakeups, crashes, bypasses)
"""They register their scenarios as they are imported."""


class Result(StrEnum):
    """How a cell came out."""

    HELD = "held"
    FAILED = "FAILED"
    NOT_APPLICABLE = "n/a"


@dataclass(frozen=True)
class Cell:
    """One square of the table."""

    scenario: Scenario
    door: Door
    mode: Mode

    @property
    def name(self) -> str:
        """Names the cell within its database: a thread, a workspace and a directory are called so."""
        return re.sub(r"\W+", "-", f"{self.scenario.id}-{self.door.family}-{self.door.door}-{self.mode}")

    @property
    def why_not(self) -> str | None:
        return self.scenario.why_not(self.door, self.mode)


@dataclass(frozen=True)
class Verdict:
    """How a cell came out, and why."""

    cell: Cell
    database: str
    result: Result
    why: str = ""


def cells(family: str) -> Iterator[Cell]:
    """Every cell of a family, applicable or not, in the order of the table."""
    return cells_of(*DOORS[family])


def cells_of(*doors: Door) -> Iterator[Cell]:
    """Every cell of these doors, applicable or not, in the order of the table."""
    for scenario in sorted(SCENARIOS.values(), key=_place):
        for door in doors:
            for mode in BOTH:
                yield Cell(scenario, door, mode)


def _place(scenario: Scenario) -> tuple[int, str]:
    """Rows first, then wake-ups, crashes and bypasses."""
    return "TWCB".index(scenario.id[0]), scenario.id


def play(cell: Cell, ground: Ground) -> Verdict:
    """Play a cell for real, and judge by what happened."""
    reason = cell.why_not
    if reason is not None:
        return Verdict(cell, ground.kind, Result.NOT_APPLICABLE, reason)
    world = World(ground, cell.door, cell.mode, ground.name_for(cell.name))
    try:
        cell.scenario.play(world)
    except Broken as broken:
        return Verdict(cell, ground.kind, Result.FAILED, str(broken))
    except Exception as error:  # noqa: BLE001 - whatever else goes wrong is a failure of the guard, too
        return Verdict(cell, ground.kind, Result.FAILED, f"raised {type(error).__name__}: {error}")
    faults = world.adapter.faults()
    if faults:
        return Verdict(cell, ground.kind, Result.FAILED, "; ".join(faults))
    return Verdict(cell, ground.kind, Result.HELD)
