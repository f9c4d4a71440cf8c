"""Trained classifiers as hints: what they flag in a contract, clause by clause, and by which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from graphs.contract_review.clauses import Clause
from graphs.contract_review.hints import Hint
from graphs.contract_review.models import ModelUnusable, load, segments

SHIPPED = ("unfair_terms", "clauses")
SEEN = 3
"""Words shown as evidence."""
SAYS_NOTHING_MORE = "any_unfair"
"""A label that only says that one of the others may fit."""


class Segment(Protocol):
    """About a sentence of a clause, with its place in it."""

    @property
    def text(self) -> str: ...

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


class Model(Protocol):
    """Scores the segments of one document for its labels."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def title(self, label: str) -> str: ...

    def score(self, segments: Sequence[str], clauses: Sequence[int] | None) -> list[dict[str, float]]: ...

    def flagged(self, scores: Mapping[str, float]) -> list[str]: ...

    def words(self, segments: Sequence[str], index: int, label: str, most: int) -> list[str]: ...


class ModelClassifier:
    """Reads a contract with trained models. Of one label it gives the strongest place in each clause."""

    def __init__(self, models: Sequence[Model], cut: Callable[[str], Sequence[Segment]] = segments) -> None:
        self._models = models
        self._cut = cut

    def hints(self, clauses: Sequence[Clause]) -> list[list[Hint]]:
        placed = [(number, s) for number, clause in enumerate(clauses) for s in self._cut(clause.text)]
        found: list[dict[Any, Hint]] = [{} for _ in clauses]
        for model in self._models:
            texts = [segment.text for _, segment in placed]
            scores = model.score(texts, [number for number, _ in placed])
            for at, (number, segment) in enumerate(placed):
                for label in model.flagged(scores[at]):
                    key = (model.name, label)
                    known = found[number].get(key)
                    if label == SAYS_NOTHING_MORE or (known and known.score >= scores[at][label]):
                        continue
                    words = model.words(texts, at, label, SEEN)
                    found[number][key] = _hint(model, label, scores[at][label], segment, words)
        return [sorted(of_clause.values(), key=lambda hint: -hint.score) for of_clause in found]


def _hint(model: Model, label: str, score: float, segment: Segment, words: Sequence[str]) -> Hint:
    return Hint(
        detector=f"contract_review.{model.name}",
        version=model.version,
        label=label,
        title=model.title(label),
        score=round(score, 4),
        start=segment.start,
        end=segment.end,
        quote=segment.text,
        words=tuple(words),
    )


def open_classifier() -> tuple[ModelClassifier, str]:
    """The shipped models that can be used here, and what was opened and what not, in words."""
    models, told = [], []
    for name in SHIPPED:
        try:
            models.append(load(name))
        except ModelUnusable as error:
            told.append(f"{name} not used ({error})")
        else:
            told.append(f"{name} {models[-1].version}")
    return ModelClassifier(models), "; ".join(told)
