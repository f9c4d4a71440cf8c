"""The measurements behind `make eval`, on little data."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import pytest

from graphs.outbound_copy.data import load_retail
from signoff.risk.registry import build_detectors
from tests.campaigns.eval import PARTS
from tests.campaigns.eval_grounding import drafts_of, flow_detectors, tally
from tests.campaigns.eval_personal import KINDS, labelled
from tests.support.risk import draft, flags_of

RETAIL = load_retail()


def test_planted_faults_in_the_sample_are_found_and_true_drafts_pass() -> None:
    counted = tally(drafts_of(RETAIL, "frozen.yaml", clean=30, each=2, seed=1), flow_detectors())
    assert counted.clean == 30
    assert counted.clean_flagged == 0
    assert counted.recall() >= 0.9
    assert counted.precision >= 0.95


def test_detectors_that_find_nothing_are_counted_as_such() -> None:
    blind = build_detectors({"hidden_characters": {"read": []}})
    counted = tally(drafts_of(RETAIL, "frozen.yaml", clean=3, each=1, seed=1), blind)
    assert counted.recall() == 0
    assert counted.precision != counted.precision  # no flags, no precision


def test_a_flag_beside_the_fault_is_a_false_alarm() -> None:
    [some, *_] = [one for one in drafts_of(RETAIL, "frozen.yaml", 1, 1, 1) if one.fault]
    moved = replace(some, wrong=(("body", 10_000, 10_001),), contradicted=())
    assert tally([moved], flow_detectors()).wrong > 0


@pytest.mark.parametrize("code", KINDS)
def test_generated_identifiers_are_recognised_and_their_likes_are_not(code: str) -> None:
    for one in labelled(each=8, seed=2):
        codes = {flag.code for flag in flags_of("personal_data", {"read": ["body"]}, draft(one.text))}
        if one.code == code:
            assert code in codes, one.text
        elif not one.code:
            assert codes == set(), one.text


@pytest.mark.parametrize("name", ["grounding", "personal", "speed"])
def test_each_part_names_its_data_and_split(name: str) -> None:
    part = import_module(PARTS[name]).PART
    assert part.name == name
    assert part.data
    assert part.split
