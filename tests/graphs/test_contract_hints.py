from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphs.contract_review.classifiers import ModelClassifier
from graphs.contract_review.clauses import Clause
from graphs.contract_review.hints import HINT, Hint
from tests.support.risk import draft, flags_of


@dataclass(frozen=True)
class Sentence:
    text: str
    start: int
    end: int


def sentences(text: str) -> list[Sentence]:
    return [Sentence(m[0], m.start(), m.end()) for m in re.finditer(r"[^.]+\.", text)]


class Counting:
    """A stand-in for a trained model: its score is how often a word stands in a sentence."""

    name = "counting"
    version = "1"

    def title(self, label: str) -> str:
        return label.capitalize()

    def score(self, segments: Sequence[str], clauses: Sequence[int] | None) -> list[dict[str, float]]:
        assert clauses is not None
        assert len(segments) == len(clauses)
        return [{"sole": text.count("sole") / 4, "any_unfair": 0.5} for text in segments]

    def flagged(self, scores: Mapping[str, float]) -> list[str]:
        return [label for label, score in scores.items() if score >= 0.25]

    def words(self, segments: Sequence[str], index: int, label: str, most: int) -> list[str]:
        return segments[index].split()[:most]


def clause(number: str, text: str) -> Clause:
    return Clause(number, number, "", text, 0, 1)


CLAUSES = [
    clause("1", "1 Fees. None."),
    clause("2", "2 At our sole will. And sole and sole way."),
    clause("3", "3 End."),
]


def test_hints_stand_on_their_words_in_their_clause() -> None:
    hints = ModelClassifier([Counting()], sentences).hints(CLAUSES)
    assert [len(found) for found in hints] == [0, 1, 0]
    [hint] = hints[1]
    assert (hint.label, hint.score, hint.detector) == ("sole", 0.5, "contract_review.counting")
    assert hint.quote.strip() == "And sole and sole way."
    assert CLAUSES[1].text[hint.start : hint.end] == hint.quote


def test_a_hint_becomes_a_low_flag_with_its_evidence() -> None:
    [hint] = ModelClassifier([Counting()], sentences).hints(CLAUSES)[1]
    assert Hint.of([hint.record]) == [hint]
    text = CLAUSES[1].text
    action = draft("", {"entries": {}, "hints": [hint.record]}, original=text, wording=text)
    [flag] = flags_of("playbook", {}, action.model_copy(update={"tool": "settle_clause"}))
    assert (flag.code, flag.severity, flag.quote) == (HINT, "low", hint.quote)
    assert "And, sole, and" in flag.evidence
