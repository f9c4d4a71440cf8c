"""A trained model and how it scores: numpy alone, no scikit-learn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from graphs.contract_review.models.context import Numbers, looks
from graphs.contract_review.models.provider import as_we
from graphs.contract_review.models.terms import MEETS, meeting_terms, piece_terms, word_terms

Place = Literal["segment", "clause", "before", "after"]
TermKind = Literal["words", "pieces", "meetings"]

TermsOf = Callable[[str], Iterable[str]]
TERMS: Mapping[TermKind, TermsOf] = {"words": word_terms, "pieces": piece_terms}


@dataclass(frozen=True, kw_only=True)
class View:
    """One look at a segment: the terms of itself, of its clause, or of the segment before or after it."""

    place: Place
    terms: TermKind
    weight: float
    """How much the view counts beside the others."""

    @property
    def key(self) -> str:
        return f"{self.place}_{self.terms}"


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Terms with their inverse document frequency, smoothed as scikit-learn does."""

    index: Mapping[str, int]
    idf: Numbers

    @cached_property
    def keywords(self) -> frozenset[str]:
        """Where the terms are meetings: the words that they are made of."""
        return frozenset(word for term in self.index for word in term.split(MEETS))

    def counted_by(self, kind: TermKind) -> TermsOf:
        """What cuts a text into terms of this kind."""
        return TERMS[kind] if kind != "meetings" else partial(meeting_terms, keywords=self.keywords)


@dataclass(frozen=True, kw_only=True)
class ClauseModel:
    """One linear model per label over TF-IDF terms, then one over its document; scores are calibrated.

    `record` tells how it was trained: data and their hashes, split, seed, versions, figures, licence.
    """

    name: str
    version: str
    titles: Mapping[str, str]
    """Label → what a reviewer reads."""
    union: str | None
    """A label that means any of the others, scored by its own model and the highest of theirs."""
    views: tuple[View, ...]
    vocabularies: Mapping[TermKind, Vocabulary]
    weights: Mapping[str, Numbers]
    """Key of a view → terms by labels."""
    bias: Numbers
    slope: Numbers
    """With `offset`: the logistic curve that turns a margin into a score from 0 to 1."""
    offset: Numbers
    context: Numbers | None
    """Labels by looks and a constant: the second step. Without it the first step's scores stand."""
    provider_is_we: bool
    """Whether the provider's name is read as "we"."""
    thresholds: Mapping[str, float]
    """Label → the score from which a segment is flagged; chosen on training documents."""
    record: Mapping[str, Any]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.titles)

    def title(self, label: str) -> str:
        return self.titles[label]

    def score(self, segments: Sequence[str], clauses: Sequence[int] | None = None) -> list[dict[str, float]]:
        """A score from 0 to 1 for every label of every segment.

        `segments` are all of one document, in order, since neighbours count. `clauses` gives each
        segment the number of its clause; without it every segment is its own clause.
        """
        scores = self.scores(segments, clauses)
        return [dict(zip(self.labels, map(float, row), strict=True)) for row in scores]

    def scores(self, segments: Sequence[str], clauses: Sequence[int] | None = None) -> Numbers:
        """The same as an array, segments by labels."""
        logits = self.logits(self.margins(segments, clauses), lengths_of(segments))
        return united(probabilities(logits), self.place_of_union)

    def flagged(self, scores: Mapping[str, float]) -> list[str]:
        """Labels whose score reaches its threshold, the highest first."""
        found = [label for label, score in scores.items() if score >= self.thresholds[label]]
        return sorted(found, key=lambda label: -scores[label])

    def words(
        self,
        segments: Sequence[str],
        index: int,
        label: str,
        most: int = 3,
    ) -> list[str]:
        """The words and pairs of words of segment `index` that spoke most for `label`."""
        vocabulary = self.vocabularies["words"]
        terms, values = _tfidf(self._read(segments)[index], "words", vocabulary)
        column = self.weights["segment_words"][terms, self.labels.index(label)]
        spoken = values * column
        names = list(vocabulary.index)
        best = np.argsort(-spoken)[:most]
        return [names[terms[place]] for place in best if spoken[place] > 0]

    def margins(self, segments: Sequence[str], clauses: Sequence[int] | None = None) -> Numbers:
        """Distances from the separating planes, segments by labels; 0 lies on the plane."""
        own = range(len(segments)) if clauses is None else clauses
        if len(own) != len(segments):
            raise ValueError(f"{len(segments)} segments, but {len(own)} clause numbers")
        total = np.tile(self.bias, (len(segments), 1))
        read = self._read(segments)
        for view in self.views:
            total += self._seen(view, read, own)
        return total

    def logits(self, margins: Numbers, lengths: Numbers) -> Numbers:
        """Both steps over the margins of all segments of one document, in order."""
        first: Numbers = margins * self.slope + self.offset
        return first if self.context is None else in_context(looks(first, lengths), self.context)

    @property
    def place_of_union(self) -> int | None:
        return None if self.union is None else self.labels.index(self.union)

    def _read(self, segments: Sequence[str]) -> Sequence[str]:
        return as_we(segments) if self.provider_is_we else segments

    def _seen(self, view: View, segments: Sequence[str], clauses: Sequence[int]) -> Numbers:
        weights = self.weights[view.key]
        vocabulary = self.vocabularies[view.terms]
        if view.place == "clause":
            whole = clause_texts(segments, clauses)
            by_clause = {
                clause: _dot(text, view.terms, vocabulary, weights) for clause, text in whole.items()
            }
            rows = [by_clause[clause] for clause in clauses]
        else:
            rows = [_dot(text, view.terms, vocabulary, weights) for text in segments]
        seen = np.stack(rows) if rows else np.zeros((0, len(self.bias)), np.float32)
        return moved(seen, view.place)


def lengths_of(segments: Sequence[str]) -> Numbers:
    """In characters."""
    return np.array([len(text) for text in segments], np.float32)


def in_context(seen: Numbers, context: Numbers) -> Numbers:
    """Logits of the second step: segments by labels by looks against labels by looks and a constant."""
    logits: Numbers = np.einsum("slk,lk->sl", seen, context[:, :-1]) + context[:, -1]
    return logits


def probabilities(logits: Numbers) -> Numbers:
    """Scores from 0 to 1."""
    return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def united(scores: Numbers, union: int | None) -> Numbers:
    """The scores, that of the union half its own and half the highest of the other labels."""
    if union is None or not len(scores):
        return scores
    others = np.delete(scores, union, axis=1).max(axis=1)
    whole = scores.copy()
    whole[:, union] = (scores[:, union] + others) / 2
    return whole


def clause_texts(segments: Sequence[str], clauses: Sequence[int]) -> dict[int, str]:
    """Number of a clause → the text of its segments."""
    parts: dict[int, list[str]] = {}
    for clause, text in zip(clauses, segments, strict=True):
        parts.setdefault(clause, []).append(text)
    return {clause: " ".join(texts) for clause, texts in parts.items()}


def moved(rows: Numbers, place: Place) -> Numbers:
    """The rows of the neighbours in place of one's own; zeros where a document begins or ends."""
    if place not in ("before", "after") or not len(rows):
        return rows
    edge = np.zeros_like(rows[:1])
    return np.concatenate([edge, rows[:-1]] if place == "before" else [rows[1:], edge])


def _dot(text: str, kind: TermKind, vocabulary: Vocabulary, weights: Numbers) -> Numbers:
    terms, values = _tfidf(text, kind, vocabulary)
    product: Numbers = values @ weights[terms]
    return product


def _tfidf(text: str, kind: TermKind, vocabulary: Vocabulary) -> tuple[npt.NDArray[np.intp], Numbers]:
    """Known terms of a text and their values, of length 1 together."""
    counted = Counter(term for term in vocabulary.counted_by(kind)(text) if term in vocabulary.index)
    terms = np.array([vocabulary.index[term] for term in counted], np.intp)
    counts = np.array(list(counted.values()), np.float32)
    values = (1 + np.log(counts)) * vocabulary.idf[terms] if len(counts) else counts
    length = np.linalg.norm(values)
    return terms, values / length if length else values
