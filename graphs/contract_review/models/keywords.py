"""Picks the words that stand in labelled segments more often than chance would have it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import CountVectorizer

from graphs.contract_review.models.terms import plain


def keywords(texts: Sequence[str], truth: npt.NDArray[np.bool_], per_label: int) -> frozenset[str]:
    """The words of each label whose count differs most from the expected one, by its chi-squared share."""
    counted = CountVectorizer(preprocessor=plain, binary=True, dtype=np.float32)
    rows = counted.fit_transform(texts)
    words = counted.get_feature_names_out()
    expected = np.asarray(rows.sum(axis=0)).ravel() / len(texts)
    found: set[str] = set()
    for positive in truth.T:
        chance = expected * positive.sum()
        surplus = np.asarray(rows[positive].sum(axis=0)).ravel() - chance
        share = np.where(surplus > 0, surplus**2 / (chance + 1), 0)
        best = np.argsort(-share, kind="stable")[:per_label]
        found.update(words[best[share[best] > 0]].tolist())
    return frozenset(found)
