"""The conformance suite for guards: every known pitfall of pausing and resuming, played for real.

A guard of your own is tried by putting it behind a `GuardAdapter`::

    for cell in cells_of(MyDoor):
        verdict = play(cell, ground)
"""

from signoff.testing.conformance.adapter import (
    APPROVE,
    REJECT,
    Answer,
    AnswerKind,
    Blueprint,
    Door,
    GuardAdapter,
    Mode,
    NotAccepted,
    Request,
    Trait,
    edit,
)
from signoff.testing.conformance.cells import Cell, Result, Verdict, cells, cells_of, play
from signoff.testing.conformance.doors import DOORS
from signoff.testing.conformance.ground import Ground, ground_on
from signoff.testing.conformance.scenario import SCENARIOS, Scenario
from signoff.testing.conformance.suite import APPLICABLE, applicable, run_command, run_conformance

__all__ = [
    "APPLICABLE",
    "APPROVE",
    "DOORS",
    "REJECT",
    "SCENARIOS",
    "Answer",
    "AnswerKind",
    "Blueprint",
    "Cell",
    "Door",
    "Ground",
    "GuardAdapter",
    "Mode",
    "NotAccepted",
    "Request",
    "Result",
    "Scenario",
    "Trait",
    "Verdict",
    "applicable",
    "cells",
    "cells_of",
    "edit",
    "ground_on",
    "play",
    "run_command",
    "run_conformance",
]
