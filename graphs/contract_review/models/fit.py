"""Learns a model from labelled documents; the only part that needs scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, precision_recall_curve
from sklearn.svm import LinearSVC

from graphs.contract_review.models.arrays import fingerprint
from graphs.contract_review.models.context import Numbers
from graphs.contract_review.models.fit_context import second_step
from graphs.contract_review.models.keywords import keywords
from graphs.contract_review.models.labelled import Document, part_of
from graphs.contract_review.models.model import (
    TERMS,
    ClauseModel,
    TermKind,
    View,
    Vocabulary,
    clause_texts,
    probabilities,
    united,
)
from graphs.contract_review.models.provider import as_we
from graphs.contract_review.models.terms import meeting_terms

Truth = npt.NDArray[np.bool_]
Told = Callable[[str], None]
"""Called with what was just done, for progress."""

SEED = 7
STEADY_SHARE = 0.9
TOLERANCE = 0.01
"""Where the planes are close enough to the best ones; closer ones took longer and found no more."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that shapes a model besides the data; settled on training documents only."""

    name: str
    titles: Mapping[str, str]
    union: str | None
    views: tuple[View, ...]
    seen_in: Mapping[TermKind, int]
    """Fewest segments that a term must stand in."""
    cost: float
    """C of the support vector machines."""
    positive_weight: float
    """How much a labelled segment weighs against another one."""
    keywords_per_label: int
    """Keywords whose meetings are terms."""
    smallest_weight: float
    """Weights below this share of their label's largest are dropped, so that files stay small."""
    provider_is_we: bool
    """Whether the provider's name is read as "we"."""
    inner_folds: int
    counts_anew: bool
    """Whether the models of inner folds pick terms and keywords of their own, blind to what they judge.

    With many documents they share them, since counting takes longest.
    """
    second_step: Literal["always", "if_better"]
    """Whether the context must raise the mean average precision on the inner folds to be kept."""


@dataclass(frozen=True)
class Features:
    """Segments as rows of numbers, one block of columns per view."""

    blocks: Mapping[str, sparse.csr_matrix]

    @property
    def joined(self) -> sparse.csr_matrix:
        return sparse.hstack(list(self.blocks.values()), format="csr", dtype=np.float32)


def steps(recipe: Recipe, *, calibrated: bool) -> int:
    """How often `told` is called by `learn`."""
    return len(recipe.titles) * (1 + recipe.inner_folds * calibrated) + 1


@dataclass(frozen=True)
class InnerScores:
    """Scores of the training segments, each by a model that knew nothing of its document's group."""

    truth: Truth
    scores: Numbers


def _nothing(_: object) -> None:
    pass


def learn(
    documents: Sequence[Document],
    recipe: Recipe,
    *,
    told: Told = _nothing,
    inner_told: Callable[[InnerScores], None] = _nothing,
    calibrated: bool = True,
) -> ClauseModel:
    """A model of `documents`.

    Calibration and thresholds come from inner folds by group, so that no document judges itself. Without
    `calibrated` both are left out (margins only rank), which takes a quarter of the time.
    """
    if recipe.provider_is_we:
        documents = [replace(document, segments=as_we(document.segments)) for document in documents]
    truth = truth_of(documents, list(recipe.titles))
    vocabularies = _vocabularies(documents, truth, recipe)
    features = features_of(documents, recipe.views, vocabularies)
    told("terms counted")
    weights, bias = _fitted(features.joined, truth, recipe, told)
    split_weights = _by_view(weights, features, recipe)
    labels = len(recipe.titles)
    model = ClauseModel(
        name=recipe.name,
        version=f"1-{fingerprint(split_weights)}",
        titles=recipe.titles,
        union=recipe.union,
        views=recipe.views,
        vocabularies=vocabularies,
        weights=split_weights,
        bias=bias,
        slope=np.ones(labels, np.float32),
        offset=np.zeros(labels, np.float32),
        context=None,
        provider_is_we=recipe.provider_is_we,
        thresholds=dict.fromkeys(recipe.titles, 0.5),
        record={},
    )
    if not calibrated:
        return model
    part = np.array([part_of(d.group, recipe.inner_folds, "inner") for d in documents for _ in d.segments])
    margins = _margins_of_others(documents, part, features, truth, recipe, told)
    curves = [_curve(margins[:, place], truth[:, place]) for place in range(truth.shape[1])]
    slope, offset = (np.array(each, np.float32) for each in zip(*curves, strict=True))
    logits = margins * slope + offset
    context, inner = _context(documents, logits, truth, part, recipe)
    scores = united(inner, model.place_of_union)
    inner_told(InnerScores(truth, scores))
    return replace(
        model,
        slope=slope,
        offset=offset,
        context=context,
        thresholds=_thresholds(model.labels, truth, scores),
    )


def truth_of(documents: Sequence[Document], labels: Sequence[str]) -> Truth:
    """Segments by labels, all documents below each other."""
    return np.array(
        [[label in own for label in labels] for document in documents for own in document.labels], bool
    )


def threshold_for_f1(truth: Truth, scores: Numbers) -> float:
    """Half of the best F1 that calibrated scores reach.

    That is where F1 is highest if the scores are probabilities (Lipton, Elkan and Narayanaswamy, 2014),
    and steadier than the best point of a curve drawn through a few dozen labelled segments. Where it
    costs a tenth of F1 the scores are no good probabilities, and the best point is taken.
    """
    precision, recall, thresholds = precision_recall_curve(truth, scores)
    both = precision + recall
    f1 = np.divide(2 * precision * recall, both, out=np.zeros_like(both), where=both > 0)
    best = float(f1.max())
    reached = float(f1[np.searchsorted(thresholds, best / 2)])
    return best / 2 if reached >= STEADY_SHARE * best else float(thresholds[int(f1[:-1].argmax())])


def threshold_for_recall(truth: Truth, scores: Numbers, recall: float) -> float:
    """The highest score from which at least `recall` of what is labelled is found."""
    found = np.sort(scores[truth])
    return float(found[int(np.floor((1 - recall) * len(found)))])


def _vocabularies(documents: Sequence[Document], truth: Truth, recipe: Recipe) -> dict[TermKind, Vocabulary]:
    texts = [text for document in documents for text in document.segments]
    made: dict[TermKind, Vocabulary] = {}
    for kind in dict.fromkeys(view.terms for view in recipe.views):
        analyzer = (
            TERMS[kind]
            if kind != "meetings"
            else partial(meeting_terms, keywords=keywords(texts, truth, recipe.keywords_per_label))
        )
        counted = TfidfVectorizer(analyzer=analyzer, min_df=recipe.seen_in[kind], sublinear_tf=True).fit(
            texts
        )
        terms = {str(term): place for place, term in enumerate(counted.get_feature_names_out())}
        made[kind] = Vocabulary(index=terms, idf=counted.idf_.astype(np.float32))
    return made


def features_of(
    documents: Sequence[Document], views: Sequence[View], vocabularies: Mapping[TermKind, Vocabulary]
) -> Features:
    """What the planes see of each segment."""
    rows = {kind: _rows(documents, kind, vocabulary) for kind, vocabulary in vocabularies.items()}
    blocks: dict[str, sparse.csr_matrix] = {}
    for view in views:
        if view.place == "clause":
            clauses = [clause_texts(document.segments, document.clauses) for document in documents]
            counted = _vectoriser(view.terms, vocabularies[view.terms]).transform(
                [text for own in clauses for text in own.values()]
            )
            block = counted[_clause_rows(documents, clauses)]
        else:
            block = _neighbours(documents, view) @ rows[view.terms]
        blocks[view.key] = (block * view.weight).tocsr()
    return Features(blocks)


def _vectoriser(kind: TermKind, vocabulary: Vocabulary) -> TfidfVectorizer:
    made = TfidfVectorizer(
        analyzer=vocabulary.counted_by(kind), vocabulary=vocabulary.index, sublinear_tf=True, dtype=np.float32
    )
    made.idf_ = vocabulary.idf
    return made


def _rows(documents: Sequence[Document], kind: TermKind, vocabulary: Vocabulary) -> sparse.csr_matrix:
    texts = [text for document in documents for text in document.segments]
    return _vectoriser(kind, vocabulary).transform(texts)


def _clause_rows(documents: Sequence[Document], clauses: Sequence[Mapping[int, str]]) -> list[int]:
    rows: list[int] = []
    first = 0
    for document, own in zip(documents, clauses, strict=True):
        place = {clause: first + at for at, clause in enumerate(own)}
        rows.extend(place[clause] for clause in document.clauses)
        first += len(own)
    return rows


def _neighbours(documents: Sequence[Document], view: View) -> sparse.csr_matrix:
    """A matrix that puts the row of the neighbour in place of one's own, inside a document."""
    step = {"before": -1, "after": 1}.get(view.place, 0)
    parts = [sparse.eye(len(d.segments), k=step, format="csr", dtype=np.float32) for d in documents]
    return sparse.block_diag(parts, format="csr")


def _fitted(rows: sparse.csr_matrix, truth: Truth, recipe: Recipe, told: Told) -> tuple[Numbers, Numbers]:
    """Columns by labels, and a bias per label.

    One after the other: liblinear draws its order from a generator that threads would share.
    """
    planes = []
    for label in range(truth.shape[1]):
        planes.append(_plane(rows, truth[:, label], recipe))
        told("label learnt")
    return np.stack([weights for weights, _ in planes], 1), np.array([bias for _, bias in planes], np.float32)


def _plane(rows: sparse.csr_matrix, positive: Truth, recipe: Recipe) -> tuple[Numbers, float]:
    """A support vector machine, scaled to weights of length 1."""
    if positive.all() or not positive.any():
        return np.zeros(rows.shape[1], np.float32), -1.0
    weight = {False: 1.0, True: recipe.positive_weight}
    learner = LinearSVC(C=recipe.cost, class_weight=weight, random_state=SEED, max_iter=10_000, tol=TOLERANCE)
    learner.fit(rows, positive)
    length = float(np.linalg.norm(learner.coef_))
    return (learner.coef_[0] / length).astype(np.float32), float(learner.intercept_[0]) / length


def _by_view(weights: Numbers, features: Features, recipe: Recipe) -> dict[str, Numbers]:
    """The weights of each view, the view's own weight folded in, as exact as the file holds them."""
    edges = np.cumsum([0, *(block.shape[1] for block in features.blocks.values())])
    views = {view.key: view for view in recipe.views}
    kept = np.where(np.abs(weights) >= recipe.smallest_weight * np.abs(weights).max(axis=0), weights, 0)
    return {
        key: (kept[start:end] * views[key].weight).astype(np.float16).astype(np.float32)
        for key, start, end in zip(features.blocks, edges, edges[1:], strict=False)
    }


def _thresholds(labels: Sequence[str], truth: Truth, scores: Numbers) -> dict[str, float]:
    return {
        label: threshold_for_f1(truth[:, place], scores[:, place]) if truth[:, place].any() else 1.0
        for place, label in enumerate(labels)
    }


def _margins_of_others(
    documents: Sequence[Document],
    part: npt.NDArray[np.int_],
    features: Features,
    truth: Truth,
    recipe: Recipe,
    told: Told,
) -> Numbers:
    """Margins of every segment by a model that was not trained on its part."""
    margins = np.zeros(truth.shape, np.float32)
    rows = features.joined
    for fold in range(recipe.inner_folds):
        inside = part == fold
        if recipe.counts_anew:
            others = [d for d in documents if part_of(d.group, recipe.inner_folds, "inner") != fold]
            vocabularies = _vocabularies(others, truth[~inside], recipe)
            rows = features_of(documents, recipe.views, vocabularies).joined
        weights, bias = _fitted(rows[~inside], truth[~inside], recipe, told)
        margins[inside] = rows[inside] @ weights + bias
    return margins


def _context(
    documents: Sequence[Document],
    logits: Numbers,
    truth: Truth,
    part: npt.NDArray[np.int_],
    recipe: Recipe,
) -> tuple[Numbers | None, Numbers]:
    """The second step with its inner scores, or None with those of the first where that ranks better."""
    context, inner = second_step(documents, logits, truth, part)
    first = probabilities(logits)
    is_kept = recipe.second_step == "always" or _mean_precision(truth, inner) > _mean_precision(truth, first)
    return (context, inner) if is_kept else (None, first)


def _mean_precision(truth: Truth, scores: Numbers) -> float:
    """Mean average precision of the labels that are given."""
    given = truth.any(axis=0)
    return float(average_precision_score(truth[:, given], scores[:, given]))


def _curve(margins: Numbers, positive: Truth) -> tuple[float, float]:
    """Slope and offset of the logistic curve through margins (Platt, 1999)."""
    if positive.all() or not positive.any():
        return 1.0, 0.0
    middle, spread = float(margins.mean()), float(margins.std()) or 1.0
    fitted = LogisticRegression(C=1e3, max_iter=1_000).fit((margins[:, None] - middle) / spread, positive)
    slope = float(fitted.coef_[0, 0]) / spread
    return slope, float(fitted.intercept_[0]) - slope * middle
