from __future__ import annotations

import pytest

from graphs.outbound_copy.data import load_retail
from tests.campaigns.planted.engine import Templates, Written, clean_drafts, faulty_drafts
from tests.campaigns.planted.faults import FAULTS
from tests.campaigns.planted.frozen import digest

FROZEN = {
    "frozen.yaml": "b3b29ec8b65bb5c3e8f285be6b4206ebafc48f8de6c1dbc080401732cec99ba7",
    "late.yaml": "bd2b5dc1575210590b64b33696db7cb044236beb2bd24f08245c0f14dbb35e4c",
}
"""Recorded before a detector was tuned, and after. It changes only together with new templates that nobody
tuned on."""

RETAIL = load_retail()
TEMPLATES = Templates.read("frozen.yaml")


@pytest.mark.parametrize("templates", FROZEN)
def test_the_generator_of_the_measured_drafts_stands_still(templates: str) -> None:
    assert digest(templates) == FROZEN[templates]


def test_every_class_of_faults_is_planted_and_marked_where_it_stands() -> None:
    drafts = list(faulty_drafts(RETAIL, TEMPLATES, each=3, seed=1))
    assert {draft.fault for draft in drafts} == set(FAULTS)
    for draft in drafts:
        [(field, start, end)] = draft.wrong
        assert 0 <= start < end <= len(getattr(draft, field))


def test_the_same_seed_writes_the_same_drafts() -> None:
    def texts(seed: int) -> list[tuple[str, str]]:
        return [_text(draft) for draft in faulty_drafts(RETAIL, TEMPLATES, each=2, seed=seed)]

    assert texts(1) == texts(1)
    assert texts(1) != texts(2)


def test_a_true_draft_marks_nothing_and_names_its_reader() -> None:
    for draft in clean_drafts(RETAIL, TEMPLATES, count=30, seed=1):
        assert (draft.fault, draft.wrong, draft.contradicted) == (None, (), ())
        assert draft.situation.customer.first_name in draft.subject + draft.body


def _text(draft: Written) -> tuple[str, str]:
    return draft.subject, draft.body
