"""Unfair terms on the given document folds, beside word TF-IDF with a linear SVM of the same run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.metrics import f1_score, precision_score, recall_score

from graphs.contract_review.models import unfair_terms
from graphs.contract_review.models.fit import InnerScores, Truth, learn, threshold_for_recall, truth_of
from graphs.contract_review.models.labelled import Document
from graphs.contract_review.models.training import UNFAIR_TERMS
from tests.campaigns.baseline import Baseline
from tests.campaigns.figures import Figure, Part, at_least, shown
from tests.campaigns.verdict import progress

ANY_BAR, MACRO_BAR = 0.72, 0.69
RECALL = 0.90
LABELS = [label for label in unfair_terms.TITLES if label != unfair_terms.ANY]


@dataclass(frozen=True)
class Judged:
    """The test sentences of a fold: what is labelled, and what each of the two said."""

    truth: Truth
    any_truth: Truth
    ours: Truth
    any_ours: Truth
    any_at_recall: Truth
    baseline: Truth
    any_baseline: Truth


def measure(data: Path) -> Iterable[Figure]:
    """Pooled over the four folds."""
    documents = unfair_terms.documents(data)
    folds = unfair_terms.folds(data)
    judged = []
    with progress("folds of unfair terms", len(folds)) as done:
        for names in folds:
            test = [document for document in documents if document.name in names]
            judged.append(_judged([d for d in documents if d.name not in names], test))
            done(len(judged))
    yield from figures(judged)


def figures(folds: list[Judged]) -> Iterable[Figure]:
    """F1 of any unfair term and macro F1 of the eight kinds, with the baseline's beside each."""

    def pooled(part: str) -> npt.NDArray[np.bool_]:
        return np.concatenate([getattr(fold, part) for fold in folds])

    truth, any_truth = pooled("truth"), pooled("any_truth")
    yield at_least("any unfair, F1", f1_score(any_truth, pooled("any_ours")), ANY_BAR)
    yield shown(
        "any unfair, F1 of the baseline", f1_score(any_truth, pooled("any_baseline")), target="was .69"
    )
    yield at_least("8 kinds, macro F1", f1_score(truth, pooled("ours"), average="macro"), MACRO_BAR)
    yield shown(
        "8 kinds, macro F1 of the baseline",
        f1_score(truth, pooled("baseline"), average="macro"),
        target="was .66",
    )
    for place, label in enumerate(LABELS):
        ours, base = (f1_score(truth[:, place], pooled(part)[:, place]) for part in ("ours", "baseline"))
        yield shown(f"{unfair_terms.TITLES[label]}, F1 (baseline {base:.2f})", ours)
    at_recall = pooled("any_at_recall")
    note = f"threshold for recall {RECALL:.2f} chosen on training folds"
    yield shown("any unfair, precision", precision_score(any_truth, at_recall), split=note)
    yield shown("any unfair, recall reached", recall_score(any_truth, at_recall), split=note)


def _judged(train: list[Document], test: list[Document]) -> Judged:
    inner: list[InnerScores] = []
    model = learn(train, UNFAIR_TERMS, inner_told=inner.append)
    scores = np.concatenate([model.scores(d.segments) for d in test])
    thresholds = np.array([model.thresholds[label] for label in model.labels])
    said = scores >= thresholds
    low = threshold_for_recall(inner[0].truth[:, -1], inner[0].scores[:, -1], RECALL)
    truth = truth_of(test, model.labels)
    base = Baseline(truth_of(train, model.labels), train, balanced=True).margins(test) > 0
    return Judged(
        truth=truth[:, :-1],
        any_truth=truth[:, -1],
        ours=said[:, :-1],
        any_ours=said[:, -1],
        any_at_recall=scores[:, -1] >= low,
        baseline=base[:, :-1],
        any_baseline=base[:, -1],
    )


PART = Part(
    "unfair",
    data="40 terms of service (CLAUDETTE)",
    split="4 given folds by document",
    measure=measure,
    needs=("unfair_terms/sentences", "unfair_terms/tags", "unfair_terms/fold_0_test.txt"),
)
