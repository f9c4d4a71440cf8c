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
    def record(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {**asdict(self), "words": list(self.words)}

    def flag(self, path: str) -> RiskFlag:
        return RiskFlag(
            code=HINT,
            severity=Severity.LOW,
            message=f"Reads like: {self.title} (score {self.score:.2f}).",
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
