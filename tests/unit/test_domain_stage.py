from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from signoff.domain.stage import DEFAULT_SETTLING, StageKind, StageSpec
from tests.support.domain import stage


@pytest.mark.parametrize(("m", "n", "r"), [(1, 1, 1), (3, 1, 3), (3, 2, 2), (3, 3, 1), (5, 3, 3)])
def test_by_default_rejection_falls_when_approval_is_out_of_reach(m: int, n: int, r: int) -> None:
    panel = stage("abcde"[:m], quorum=n)
    assert panel.refusals_needed == r
    assert not panel.first_to_reach_wins


def test_excluded_persons_are_no_part_of_the_panel() -> None:
    panel = stage("abcd", excluded="dx", quorum=2)
    assert panel.size == 3
    assert panel.refusals_needed == 2


def test_an_open_candidate_set_has_no_size_and_one_refusal_ends_it() -> None:
    panel = stage(None, quorum=3)
    assert panel.size is None
    assert panel.refusals_needed == 1
    assert panel.can_be_met
    assert not panel.first_to_reach_wins


def test_what_the_policy_says_about_refusals_wins() -> None:
    panel = stage("abcd", quorum=2, refusals=2)
    assert panel.refusals_needed == 2
    assert panel.first_to_reach_wins


def test_a_panel_smaller_than_its_quorum_cannot_be_met() -> None:
    assert stage("ab", quorum=2).can_be_met
    small = stage("ab", excluded="b", quorum=2)
    assert not small.can_be_met
    assert small.refusals_needed == 1


@pytest.mark.parametrize("wrong", [{"quorum": 2}, {"four_eyes": True}])
def test_a_confirmation_takes_one_person_and_no_four_eyes(wrong: dict[str, int | bool]) -> None:
    with pytest.raises(ValidationError, match="a confirm stage takes one person and no four_eyes rule"):
        StageSpec.model_validate({"kind": StageKind.CONFIRM, **wrong})


@pytest.mark.parametrize("wrong", [{"quorum": 0}, {"refusals": 0}, {"qourum": 1}, {"due_after": "soon"}])
def test_a_faulty_stage_is_refused(wrong: dict[str, int | str]) -> None:
    with pytest.raises(ValidationError):
        StageSpec.model_validate(wrong)


def test_unless_a_policy_says_otherwise_one_person_decides_and_can_undo_for_half_a_minute() -> None:
    spec = StageSpec()
    assert (spec.kind, spec.quorum, spec.refusals) == (StageKind.REVIEW, 1, None)
    assert StageSpec(refusals=1).refusals == 1
    assert timedelta(seconds=30) == DEFAULT_SETTLING


def test_a_spec_survives_being_stored() -> None:
    spec = StageSpec(candidates=("group:legal",), due_after=timedelta(hours=8), claim_after=timedelta(0))
    assert StageSpec.model_validate_json(spec.model_dump_json()) == spec
