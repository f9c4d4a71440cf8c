"""The shapes of the two shipped models, settled on inner folds of training documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from graphs.contract_review.models import cuad, unfair_terms
from graphs.contract_review.models.fit import Recipe
from graphs.contract_review.models.labelled import Document
from graphs.contract_review.models.model import View

UNFAIR_TERMS = Recipe(
    name=unfair_terms.NAME,
    titles=unfair_terms.TITLES,
    union=unfair_terms.ANY,
    views=(
        View(place="segment", terms="words", weight=1.0),
        View(place="segment", terms="pieces", weight=0.7),
        View(place="before", terms="words", weight=0.25),
        View(place="after", terms="words", weight=0.25),
    ),
    seen_in={"words": 2, "pieces": 5},
    cost=0.2,
    positive_weight=5.0,
    smallest_weight=0.01,
)

CLAUSES = Recipe(
    name=cuad.NAME,
    titles=cuad.TITLES,
    union=None,
    views=(
        View(place="segment", terms="words", weight=1.0),
        View(place="segment", terms="pieces", weight=0.7),
        View(place="clause", terms="words", weight=0.7),
        View(place="before", terms="words", weight=0.3),
        View(place="after", terms="words", weight=0.3),
    ),
    seen_in={"words": 4, "pieces": 20},
    cost=0.4,
    positive_weight=1.0,
    smallest_weight=0.02,
)


@dataclass(frozen=True)
class Source:
    """A recipe with the labelled data that it is made for."""

    recipe: Recipe
    documents: Callable[[Path], list[Document]]
    data_hash: Callable[[Path], str]
    attribution: str


SOURCES: dict[str, Source] = {
    UNFAIR_TERMS.name: Source(
        UNFAIR_TERMS, unfair_terms.documents, unfair_terms.data_hash, unfair_terms.ATTRIBUTION
    ),
    CLAUSES.name: Source(CLAUSES, cuad.documents, cuad.data_hash, cuad.ATTRIBUTION),
}


def names(documents: Sequence[Document]) -> list[str]:
    """The names of documents, for a training record."""
    return sorted(document.name for document in documents)
