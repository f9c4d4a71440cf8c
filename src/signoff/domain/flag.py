"""One finding of a risk detector, anchored to the words it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum

from signoff.domain import canonical
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


def flag_keys(flags: Sequence[RiskFlag]) -> tuple[str, ...]:
    """A name for each flag, by which a person says which they checked: "banned_term-1f9e22c0".

    It does not depend on where the words stand, so a flag keeps its name while the text around it is edited.
    """
    seen: Counter[str] = Counter()
    keys = []
    for flag in flags:
        said = [flag.code, flag.path, flag.quote, flag.message, flag.evidence]
        key = f"{flag.code}-{canonical.digest('flag', said)[:8]}"
        seen[key] += 1
        keys.append(key if seen[key] == 1 else f"{key}-{seen[key]}")
    return tuple(keys)


def unchecked(flags: Sequence[RiskFlag], acknowledged: Iterable[str]) -> tuple[str, ...]:
    """The names of those high flags that nobody says they checked."""
    checked = frozenset(acknowledged)
    keyed = zip(flag_keys(flags), flags, strict=True)
    return tuple(key for key, flag in keyed if flag.severity is Severity.HIGH and key not in checked)
