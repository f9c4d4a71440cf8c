"""Clauses located in whole contracts of the frozen test split, ours beside word TF-IDF with a linear SVM."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, precision_recall_curve

from graphs.contract_review.models import cuad
from graphs.contract_review.models.fit import learn, truth_of
from graphs.contract_review.models.fit import steps as training_steps
from graphs.contract_review.models.training import CLAUSES
from tests.campaigns.baseline import Baseline
from tests.campaigns.figures import Figure, Part, at_least, shown
from tests.campaigns.verdict import progress

AUPR_BAR, P80R_BAR = 0.63, 0.38


def measure(data: Path) -> Iterable[Figure]:
    """Train on what is not frozen as test; rank the segments of the rest."""
    documents = cuad.documents(data)
    frozen = cuad.frozen_test()
    train = [document for document in documents if document.name not in frozen]
    test = [document for document in documents if document.name in frozen]
    labels = list(cuad.TITLES)
    truth = truth_of(test, labels)
    steps = itertools.count(1)
    with progress("clause models", training_steps(CLAUSES, calibrated=True) + 1) as done:
        model = learn(train, CLAUSES, told=lambda _: done(next(steps)))
        ours = np.concatenate([model.scores(d.segments, d.clauses) for d in test])
        base = Baseline(truth_of(train, labels), train, balanced=False).margins(test)
        done(next(steps))
    split = f"frozen by company: {len(train)} train, {len(test)} test"
    yield from figures(truth, ours, base, split)


def figures(
    truth: npt.NDArray[np.bool_], ours: npt.NDArray[np.floating], base: npt.NDArray[np.floating], split: str
) -> Iterable[Figure]:
    """Means over the categories, then each category."""
    areas, area_of_base = _areas(truth, ours), _areas(truth, base)
    precise, precision_of_base = _precisions(truth, ours), _precisions(truth, base)
    yield at_least("mean AUPR, 14 categories", float(np.mean(areas)), AUPR_BAR, split=split)
    yield shown("mean AUPR of the baseline", float(np.mean(area_of_base)), target="was .59", split=split)
    yield at_least("mean precision at recall .80", float(np.mean(precise)), P80R_BAR, split=split)
    yield shown("the same of the baseline", float(np.mean(precision_of_base)), target="was .32", split=split)
    for place, title in enumerate(cuad.TITLES.values()):
        what = f"{title}, AUPR / P@80R (baseline {area_of_base[place]:.2f} / {precision_of_base[place]:.2f})"
        yield shown(what, f"{areas[place]:.2f} / {precise[place]:.2f}", split=split)


def precision_at_recall(
    truth: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating], recall: float
) -> float:
    """The best precision among thresholds that find at least `recall`."""
    precisions, recalls, _ = precision_recall_curve(truth, scores)
    return float(precisions[recalls >= recall].max())


def _areas(truth: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating]) -> list[float]:
    return [float(average_precision_score(truth[:, at], scores[:, at])) for at in range(truth.shape[1])]


def _precisions(truth: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating]) -> list[float]:
    return [precision_at_recall(truth[:, at], scores[:, at], 0.80) for at in range(truth.shape[1])]


PART = Part(
    "clauses",
    data="405 contracts (CUAD v1)",
    split="frozen by company",
    measure=measure,
    needs=("cuad/contracts", "cuad/master_clauses.csv"),
)
