"""The two shipped models: their recipes, settled on inner folds of training documents, and their training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sklearn.metrics import average_precision_score, f1_score

from graphs.contract_review.models import cuad, unfair_terms
from graphs.contract_review.models.fit import SEED, InnerScores, Recipe, learn, steps
from graphs.contract_review.models.labelled import Document
from graphs.contract_review.models.model import ClauseModel, View

UNFAIR_TERMS = Recipe(
    name=unfair_terms.NAME,
    titles=unfair_terms.TITLES,
    union=unfair_terms.ANY,
    views=(
        View(place="segment", terms="words", weight=1.0),
        View(place="segment", terms="pieces", weight=0.7),
        View(place="before", terms="words", weight=0.25),
        View(place="after", terms="words", weight=0.25),
        View(place="segment", terms="meetings", weight=0.6),
    ),
    seen_in={"words": 2, "pieces": 5, "meetings": 3},
    keywords_per_label=40,
    cost=0.2,
    positive_weight=5.0,
    smallest_weight=0.01,
    provider_is_we=True,
    inner_folds=5,
    counts_anew=True,
    second_step="if_better",
)

CLAUSES = Recipe(
    name=cuad.NAME,
    titles=cuad.TITLES,
    union=None,
    views=(
        View(place="segment", terms="words", weight=1.0),
        View(place="clause", terms="words", weight=0.7),
        View(place="before", terms="words", weight=0.3),
        View(place="after", terms="words", weight=0.3),
        View(place="segment", terms="meetings", weight=0.7),
    ),
    seen_in={"words": 4, "meetings": 10},
    keywords_per_label=30,
    cost=0.4,
    positive_weight=1.0,
    smallest_weight=0.02,
    provider_is_we=False,
    inner_folds=3,
    counts_anew=False,
    second_step="always",
)


@dataclass(frozen=True)
class Source:
    """A recipe with the labelled data that it is made for."""

    recipe: Recipe
    documents: Callable[[Path], list[Document]]
    held_out: Callable[[], frozenset[str]] | None
    """Names of the test documents, where a split is frozen."""
    data_hash: Callable[[Path], str]
    attribution: str


SOURCES: dict[str, Source] = {
    UNFAIR_TERMS.name: Source(
        UNFAIR_TERMS, unfair_terms.documents, None, unfair_terms.data_hash, unfair_terms.ATTRIBUTION
    ),
    CLAUSES.name: Source(CLAUSES, cuad.documents, cuad.frozen_test, cuad.data_hash, cuad.ATTRIBUTION),
}


def trained(
    source: Source,
    data: Path,
    *,
    hold_out: bool = False,
    told: Callable[[str, int], None] = lambda _step, _total: None,
) -> ClauseModel:
    """A model of all documents, or of those outside the frozen split, with its record.

    `told` is called with what was just done and the number of calls there will be. Raises
    `LabelsUnreadable`, and ValueError where nothing is frozen that could be held out.
    """
    if hold_out and source.held_out is None:
        raise ValueError(f"{source.recipe.name} has no frozen split; its folds are measured by evaluation.")
    left_out = source.held_out() if hold_out and source.held_out else frozenset()
    documents = [document for document in source.documents(data) if document.name not in left_out]
    total = steps(source.recipe, calibrated=True) + 1
    told("reading", total)
    inner: list[InnerScores] = []
    model = learn(documents, source.recipe, told=lambda step: told(step, total), inner_told=inner.append)
    record = {
        "data": source.attribution,
        "data_sha256": source.data_hash(data),
        "documents": sorted(document.name for document in documents),
        "held_out": sorted(left_out),
        "inner_folds": source.recipe.inner_folds,
        "seed": SEED,
        "recipe": asdict(source.recipe),
        "second_step_kept": model.context is not None,
        "inner_figures": _figures(model, inner[0]),
    }
    return replace(model, record=record)


def _figures(model: ClauseModel, inner: InnerScores) -> dict[str, dict[str, float]]:
    """Per label, on the inner folds; F1 at the threshold chosen on the same scores is a little flattered."""
    return {
        label: {
            "segments": int(truth.sum()),
            "average_precision": round(float(average_precision_score(truth, own)), 3),
            "f1": round(float(f1_score(truth, own >= model.thresholds[label])), 3),
        }
        for label, truth, own in zip(model.labels, inner.truth.T, inner.scores.T, strict=True)
        if truth.any()
    }
