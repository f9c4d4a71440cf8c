"""Whether a tool needs a gate: six questions, answered by whoever writes the policy.

Each question has answers that speak for a person in front of the tool. More than three such answers
recommend a gate. Nothing is enforced by it: rules are; it shows where rules and answers differ.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from signoff.domain.sentence import sentence
from signoff.domain.value import Value

FOR_A_GATE = 4
"""From so many answers for a gate on, of six, one is recommended."""


class Level(StrEnum):
    """How much of something there is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Placement(Value):
    """The answers for one tool."""

    latency_tolerance: Level
    """How well the process bears to wait for a person."""
    ambiguity: Level
    """How often it is open to argument what the right call is."""
    impact_radius: Level
    """How many people, records or how much money one wrong call reaches."""
    rework_cost: Level
    """What it costs to put a wrong call right afterwards."""
    frequency: Level
    """How often it is called; many calls wear out those who look at them."""
    learning_potential: Level
    """How much people's corrections would teach rules, prompts or models."""


class Answer(Value):
    """One question with its answer."""

    question: str
    level: Level
    speaks_for_a_gate: bool
    reason: str


def answers(placement: Placement) -> tuple[Answer, ...]:
    """The six answers, each with what it means for a gate."""
    return tuple(_answer(name, getattr(placement, name)) for name in _REASONS)


def needs_a_gate(placement: Placement) -> bool:
    """Whether more than three answers speak for one."""
    return sum(answer.speaks_for_a_gate for answer in answers(placement)) >= FOR_A_GATE


def _answer(name: str, level: Level) -> Answer:
    speaks, yes, no = _REASONS[name]
    is_for = speaks(level)
    return Answer(question=name, level=level, speaks_for_a_gate=is_for, reason=yes if is_for else no)


def _is_high(level: Level) -> bool:
    return level is Level.HIGH


def _is_not_low(level: Level) -> bool:
    return level is not Level.LOW


def _is_not_high(level: Level) -> bool:
    return level is not Level.HIGH


_REASONS: dict[str, tuple[Callable[[Level], bool], str, str]] = {
    "latency_tolerance": (
        _is_not_low,
        sentence("the process can wait for a person"),
        sentence("the process cannot wait"),
    ),
    "ambiguity": (
        _is_high,
        sentence("what is right takes judgement"),
        sentence("what is right can be written down as rules"),
    ),
    "impact_radius": (
        _is_high,
        sentence("one wrong call reaches far"),
        sentence("one wrong call stays small"),
    ),
    "rework_cost": (
        _is_high,
        sentence("putting it right is expensive"),
        sentence("putting it right is cheap"),
    ),
    "frequency": (
        _is_not_high,
        sentence("few enough calls to look at each"),
        sentence("too many calls to look at each"),
    ),
    "learning_potential": (
        _is_high,
        sentence("corrections would teach a lot"),
        sentence("corrections would teach little"),
    ),
}
