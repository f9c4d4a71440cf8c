"""Learns the second step: what the rest of a document says about a segment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from graphs.contract_review.models.context import LOOKS, Numbers, looks
from graphs.contract_review.models.labelled import Document
from graphs.contract_review.models.model import in_context, lengths_of, probabilities

Truth = npt.NDArray[np.bool_]


def second_step(
    documents: Sequence[Document], logits: Numbers, truth: Truth, part: npt.NDArray[np.int_]
) -> tuple[Numbers, Numbers]:
    """The context of a model and the inner scores that it gives.

    `logits` are of models that did not know the segment's `part`. The scores are cross-fitted once more:
    each by a context that was learnt on the other parts.
    """
    seen = _seen(documents, logits)
    scores = np.zeros(truth.shape, np.float32)
    for own in np.unique(part):
        inside = part == own
        scores[inside] = probabilities(in_context(seen[inside], _context(seen[~inside], truth[~inside])))
    return _context(seen, truth), scores


def _seen(documents: Sequence[Document], logits: Numbers) -> Numbers:
    """The looks of all documents below each other."""
    edges = np.cumsum([0, *(len(document.segments) for document in documents)])
    return np.concatenate(
        [
            looks(logits[start:end], lengths_of(document.segments))
            for document, start, end in zip(documents, edges, edges[1:], strict=False)
        ]
    )


def _context(seen: Numbers, truth: Truth) -> Numbers:
    return np.stack([_of_label(seen[:, place], truth[:, place]) for place in range(truth.shape[1])])


def _of_label(seen: Numbers, positive: Truth) -> Numbers:
    """Weights of the looks and a constant; the first step's logit alone where nothing can be learnt."""
    if positive.all() or not positive.any():
        return np.array([float(look == "own") for look in LOOKS] + [0.0], np.float32)
    middle, spread = seen.mean(axis=0), seen.std(axis=0) + 1e-6
    fitted = LogisticRegression(max_iter=300).fit((seen - middle) / spread, positive)
    weights = fitted.coef_[0] / spread
    return np.append(weights, fitted.intercept_[0] - weights @ middle).astype(np.float32)
