from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from graphs.contract_review.models.terms import PIECE_LENGTHS, meeting_terms, piece_terms, plain, word_terms

TEXTS = st.text(max_size=120) | st.text(alphabet="aé1 .-_\n’İß", max_size=120)
WORDS = TfidfVectorizer(ngram_range=(1, 2), preprocessor=plain).build_analyzer()
PIECES = TfidfVectorizer(
    analyzer="char_wb", ngram_range=(PIECE_LENGTHS.start, PIECE_LENGTHS.stop - 1), preprocessor=plain
).build_analyzer()


@given(TEXTS)
@example("a")
@example("Liability is capped at 12 months' fees")
def test_words_are_those_of_scikit_learn(text: str) -> None:
    assert list(word_terms(text)) == WORDS(text)


@given(TEXTS)
@example("a bc def ghij")
def test_pieces_are_those_of_scikit_learn(text: str) -> None:
    assert list(piece_terms(text)) == PIECES(text)


def test_digits_count_as_one() -> None:
    assert list(word_terms("30 days")) == list(word_terms("60 days"))


def test_keywords_that_meet_count_once_in_whatever_order() -> None:
    keywords = {"liable", "damages", "party", "fees"}
    met = ["damages+liable", "damages+party", "liable+party"]
    assert list(meeting_terms("No Party is liable for damages; no party.", keywords)) == met
    assert list(meeting_terms("Damages: a party is LIABLE", keywords)) == met
    assert list(meeting_terms("liable", keywords)) == []
