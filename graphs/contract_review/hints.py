"""What classifiers say about a clause: hints with their place and the words that weighed most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from signoff import RiskFlag, Severity

if TYPE_CHECKING:
    from graphs.contract_review.clauses import Clause

HINT = "classifier_hint"
"""The code of their flags, for rules: a hint opens a review only where a rule says so."""
STRONG = 0.8
"""The score from which a hint is more than a remark. The scores are calibrated on the training data, and
commercial contracts are other data, so this is a choice and no probability."""


@dataclass(frozen=True)
class Hint:
    """A classifier's opinion on a part of a clause."""

    detector: str
    version: str
    label: str
    title: str
    score: float
    """From 0 to 1."""
    start: int
    end: int
    quote: str
    words: tuple[str, ...]
    """What weighed most."""

    @classmethod
    def of(cls, records: Iterable[Any]) -> list[Hint]:
        """Hints from their plain form."""
        return [cls(**{**record, "words": tuple(record["words"])}) for record in records]

    @property
    def is_strong(self) -> bool:
        return self.score >= STRONG

    @property
    def record(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {**asdict(self), "words": list(self.words)}

    def flag(self, path: str) -> RiskFlag:
        return RiskFlag(
            code=HINT,
            severity=Severity.MEDIUM if self.is_strong else Severity.LOW,
            message=f"A classifier reads this as: {self.title} (score {self.score:.2f}).",
            detector=self.detector,
            detector_version=self.version,
            path=path,
            start=self.start,
            end=self.end,
            quote=self.quote,
            evidence=f"Words that weighed most: {', '.join(self.words)}." if self.words else "",
        )


class Classifier(Protocol):
    """Reads all clauses of one contract."""

    def hints(self, clauses: Sequence[Clause]) -> list[list[Hint]]:
        """The hints of each clause, in the order of the clauses."""


class NoClassifier:
    """Where no trained model is installed."""

    def hints(self, clauses: Sequence[Clause]) -> list[list[Hint]]:
        return [[] for _ in clauses]
