"""Trained classifiers as hints: what they flag in a contract, clause by clause, and by which words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from graphs.contract_review.clauses import BETWEEN, Clause
from graphs.contract_review.hints import Hint

SEEN = 3
"""Words shown as evidence."""


class Segment(Protocol):
    """About a sentence of a contract's text."""

    @property
    def text(self) -> str: ...

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def clause(self) -> int: ...


class Model(Protocol):
    """Scores the segments of one document for its labels."""

    name: str
    version: str

    def title(self, label: str) -> str: ...

    def score(self, segments: Sequence[str], clauses: Sequence[int]) -> list[dict[str, float]]: ...

    def flagged(self, scores: Mapping[str, float]) -> list[str]: ...

    def words(self, segments: Sequence[str], index: int, label: str, most: int) -> list[str]: ...


@dataclass(frozen=True)
class Reader:
    """A model, and the labels of it that say nothing of their own."""

    model: Model
    leave_out: Collection[str] = ()


class ModelClassifier:
    """Reads a contract with trained models. Of one label it gives the strongest place in each clause."""

    def __init__(self, readers: Sequence[Reader], segments: Callable[[str], Sequence[Any]]) -> None:
        self._readers = readers
        self._segments = segments

    def hints(self, clauses: Sequence[Clause]) -> list[list[Hint]]:
        text = BETWEEN.join(clause.text for clause in clauses)
        segments: Sequence[Segment] = self._segments(text)
        texts, numbers = [s.text for s in segments], [s.clause for s in segments]
        best: list[dict[tuple[str, str], Hint]] = [{} for _ in clauses]
        for reader in self._readers:
            scores = reader.model.score(texts, numbers)
            for at, (place, start, end) in _placed(segments, clauses):
                for label in reader.model.flagged(scores[at]):
                    known = best[place].get((reader.model.name, label))
                    if label in reader.leave_out or (known and known.score >= scores[at][label]):
                        continue
                    best[place][reader.model.name, label] = Hint(
                        detector=f"contract_review.{reader.model.name}",
                        version=reader.model.version,
                        label=label,
                        title=reader.model.title(label),
                        score=round(scores[at][label], 4),
                        start=start,
                        end=end,
                        quote=clauses[place].text[start:end],
                        words=tuple(reader.model.words(texts, at, label, SEEN)),
                    )
        return [sorted(found.values(), key=lambda hint: -hint.score) for found in best]


def _placed(
    segments: Sequence[Segment], clauses: Sequence[Clause]
) -> Iterator[tuple[int, tuple[int, int, int]]]:
    """Number of a segment, and in which clause it ends, from where to where in the clause's text."""
    clause, begin = 0, 0
    for at, segment in enumerate(segments):
        while clause + 1 < len(clauses) and segment.end > begin + len(clauses[clause].text):
            begin += len(clauses[clause].text) + len(BETWEEN)
            clause += 1
        yield at, (clause, max(0, segment.start - begin), segment.end - begin)
