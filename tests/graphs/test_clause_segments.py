from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.contract_review.models import segments
from graphs.contract_review.models.segments import SHORTEST_SEGMENT, clause_spans

CONTRACT = """SERVICES AGREEMENT

1. Services. The Provider shall deliver the services that Exhibit A names, in good time and with due care.
1.1 Standard. Services meet the standard of the trade; see Section 4.2 of Exhibit B and No. 7.

- 12 -

LIMITATION OF LIABILITY

7. Cap. The liability of either party under this Agreement is limited to the fees of the last twelve months. \
This does not apply to gross negligence, wilful misconduct or a breach of the duties of confidence.

Source: SAMPLE INC., 10-K, 1/1/2020
"""


@given(st.text(alphabet=st.sampled_from("aB1.(;:) \n\t“”'é•IVX"), max_size=400) | st.text(max_size=200))
def test_segments_stand_in_the_text_in_order_and_never_overlap(text: str) -> None:
    found = segments(text)
    assert all(text[segment.start : segment.end] == segment.text for segment in found)
    assert all(segment.text == segment.text.strip() != "" for segment in found)
    assert all(first.end <= second.start for first, second in pairwise(found))
    assert [segment.clause for segment in found] == sorted(segment.clause for segment in found)


@given(st.text(alphabet=st.sampled_from("aB1.; \n"), max_size=400))
def test_every_letter_stands_in_one_segment(text: str) -> None:
    held = "".join(segment.text for segment in segments(text))
    assert held.count("a") == text.count("a")


def test_clauses_begin_at_numbers_and_take_their_heading_along() -> None:
    clauses = [CONTRACT[start:end] for start, end in clause_spans(CONTRACT)]
    assert [clause.split("\n")[0] for clause in clauses] == [
        "SERVICES AGREEMENT",
        "1.1 Standard. Services meet the standard of the trade; see Section 4.2 of Exhibit B and No. 7.",
        "LIMITATION OF LIABILITY",
    ]
    assert "1. Services." in clauses[0]
    assert "7. Cap." in clauses[2]


def test_page_numbers_and_foot_lines_are_left_out() -> None:
    text = " ".join(segment.text for segment in segments(CONTRACT))
    assert "12" not in text
    assert "Source" not in text


def test_sentences_of_a_clause_are_segments_of_it() -> None:
    cap = [segment for segment in segments(CONTRACT) if segment.clause == 2]
    assert [segment.text.split()[0] for segment in cap] == ["LIMITATION", "7.", "This"]


@pytest.mark.parametrize(
    "short", ["See Section 4. A party may", "Acme Inc. The seller", "of J. Doe Corp. Ltd. They"]
)
def test_numbers_initials_and_company_forms_end_no_sentence(short: str) -> None:
    text = "x " * SHORTEST_SEGMENT + short.partition(". ")[0] + ". " + short.partition(". ")[2]
    assert len(segments(text)) == 1
