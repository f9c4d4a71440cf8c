"""What classifiers are held against: word TF-IDF with one linear SVM per label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from graphs.contract_review.models.labelled import Document


class Baseline:
    """Words and pairs of words of the segment alone, no tuning."""

    def __init__(self, truth: npt.NDArray[np.bool_], train: Sequence[Document], *, balanced: bool) -> None:
        self._counted = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
        rows = self._counted.fit_transform(_texts(train))
        weight = "balanced" if balanced else None
        self._planes = [
            LinearSVC(class_weight=weight, random_state=0, max_iter=20_000).fit(rows, truth[:, label])
            for label in range(truth.shape[1])
        ]

    def margins(self, test: Sequence[Document]) -> npt.NDArray[np.float64]:
        """Segments by labels."""
        rows = self._counted.transform(_texts(test))
        return np.stack([plane.decision_function(rows) for plane in self._planes], axis=1)


def _texts(documents: Sequence[Document]) -> list[str]:
    return [text for document in documents for text in document.segments]
