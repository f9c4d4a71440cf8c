"""What the record of a rule suggests about it: advice from counts, given only where they suffice."""

from __future__ import annotations

from enum import StrEnum

from signoff.domain.proportion import wilson
from signoff.domain.value import Value

LEAST = 30
"""Decisions by people below which nothing is said about a rule or a reviewer."""
CONFIDENCE = 0.95
RARELY = 0.05
OFTEN = 0.5
DECISIONS_A_DAY = 60
"""More in a day than one person can read: eight hours at eight minutes each."""


class RuleRecord(Value):
    """What became of the calls that one rule held."""

    policy: str
    rule: str | None
    """None: no rule held them."""
    passed: int = 0
    held: int = 0
    denied: int = 0
    approved: int = 0
    """Held ones that people let run as they were."""
    revised: int = 0
    changes_requested: int = 0
    rejected: int = 0
    undecided: int = 0
    """Held ones that expired, were withdrawn or replaced."""

    @property
    def decided(self) -> int:
        return self.approved + self.objected

    @property
    def objected(self) -> int:
        """Held ones that people changed or rejected."""
        return self.revised + self.changes_requested + self.rejected

    @property
    def override_rate(self) -> float | None:
        """Share of the decided ones that people changed or rejected; None where too few are decided."""
        return None if self.decided < LEAST else self.objected / self.decided

    @property
    def bounds(self) -> tuple[float, float]:
        """Between what shares the override rate really lies."""
        return wilson(self.objected, self.decided, CONFIDENCE)


class Advises(StrEnum):
    """What a hint is about."""

    LOOSEN = "loosen"
    DENY = "deny"
    REWORK = "rework"
    EXPIRES = "expires"


class Hint(Value):
    """One suggestion about one rule, in plain words."""

    about: Advises
    policy: str
    rule: str
    text: str
    because: str
    """The counts and the bound behind it."""


def hints(records: tuple[RuleRecord, ...]) -> tuple[Hint, ...]:
    """Suggestions about the rules that held calls, the most telling first."""
    found = [hint for record in records if record.rule is not None for hint in _about(record, record.rule)]
    return tuple(sorted(found, key=lambda hint: (list(Advises).index(hint.about), hint.policy, hint.rule)))


def _about(record: RuleRecord, rule: str) -> list[Hint]:
    waited = record.decided + record.undecided
    if waited >= LEAST and record.undecided / waited >= OFTEN:
        text = (
            f"{record.undecided} of {waited} calls that rule {rule} held ended without a decision: "
            "give it more people, more time, or let it ask about less."
        )
        return [_hint(Advises.EXPIRES, record, rule, text)]
    if record.decided < LEAST:
        return []
    low, high = record.bounds
    if high <= RARELY:
        return [_hint(Advises.LOOSEN, record, rule, _loosen(record, rule))]
    passed = wilson(record.approved + record.revised, record.decided, CONFIDENCE)
    if passed[1] <= RARELY:
        text = (
            f"People let hardly anything pass that rule {rule} held ({record.approved + record.revised} of "
            f"{record.decided}): consider denying it at once, so that the agent hears sooner."
        )
        return [_hint(Advises.DENY, record, rule, text)]
    if low >= OFTEN:
        text = (
            f"People changed or rejected {record.objected} of {record.decided} calls that rule {rule} held: "
            "the rule earns its keep. Mend what the agent is told, so that it holds fewer."
        )
        return [_hint(Advises.REWORK, record, rule, text)]
    return []


def _loosen(record: RuleRecord, rule: str) -> str:
    if record.objected == 0:
        seen = (
            f"Rule {rule} held {record.decided} calls; all were approved unchanged, and nobody overrode it."
        )
    else:
        seen = f"Rule {rule} held {record.decided} calls, and people objected to {record.objected}."
    return (
        f"{seen} Consider letting some of them pass, and keep a sample in review: "
        "of what passes, nobody learns what it was."
    )


def _hint(about: Advises, record: RuleRecord, rule: str, text: str) -> Hint:
    low, high = record.bounds
    because = (
        f"{record.objected} of {record.decided} changed or rejected; at {CONFIDENCE:.0%} confidence "
        f"between {low:.1%} and {high:.1%} of such calls are."
    )
    return Hint(about=about, policy=record.policy, rule=rule, text=text, because=because)
