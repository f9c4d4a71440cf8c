"""One finding of a risk detector, anchored to the words it is about."""

from __future__ import annotations

from enum import StrEnum

from signoff.domain.value import Value


class Severity(StrEnum):
    """How much a finding matters; order by `rank`, not by name."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        return ("low", "medium", "high").index(self.value)


class RiskFlag(Value):
    """A possible fault in an action.

    `path` is a JSON pointer into the arguments ("/body"); `start` and `end` are offsets in code
    points into the string found there, with `quote` the text between them. A flag about a whole
    argument has start = end = 0 and an empty quote.
    """

    code: str
    """Stable name of the kind of finding, for rules: "discount_unsupported"."""
    severity: Severity
    message: str
    """One sentence for the reviewer."""
    detector: str
    detector_version: str
    path: str
    start: int = 0
    end: int = 0
    quote: str = ""
    evidence: str = ""
    """What the finding was compared with: "The record says 10 %"."""
    suggestion: str | None = None
    """Safer wording for the quote, where the detector knows one."""


def highest(flags: tuple[RiskFlag, ...]) -> Severity | None:
    """The most severe level among `flags`."""
    return max((flag.severity for flag in flags), key=lambda s: s.rank, default=None)
