"""How shadow mode and the placement questions are written in a policy."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.placement import Level, Placement, answers, needs_a_gate
from signoff.domain.policy import RuleEffect
from signoff.domain.shadow import in_shadow, notes, out_of_shadow
from signoff.policy.evaluate import verdict
from signoff.policy.load import parse_policy

UNTIL = datetime(2026, 12, 31, tzinfo=UTC)


def policy(shadow: str, effect: str = "write") -> str:
    return f"name: p\nversion: 1\ntools:\n  act: {{effect: {effect}, {shadow}}}\nrules: []\n"


@pytest.mark.parametrize(
    "written",
    ["2026-12-31", "2026-12-31T00:00:00Z", "2026-12-31T01:00:00+01:00", "'2026-12-31T00:00+00:00'"],
)
def test_the_end_is_an_instant_in_utc(written: str) -> None:
    loaded = parse_policy(policy(f"shadow: {{until: {written}}}"))
    assert loaded.tools["act"].shadow_until == UNTIL


@pytest.mark.parametrize(
    ("shadow", "effect", "message"),
    [
        ("shadow: {until: soon}", "write", "must be a day"),
        ("shadow: {until: 2026-12-31T00:00:00}", "write", "an instant with its offset"),
        ("shadow: {until: 20261231}", "write", "must be a day"),
        ("shadow: {}", "write", '"until" is missing'),
        ("shadow: {until: 2026-12-31, untill: 1}", "write", 'did you mean "until"?'),
        ("shadow: {until: 2026-12-31}", "read", "takes no shadow mode"),
        ("shadow: {until: 2026-12-31}", "irreversible", '"acknowledge_irreversible: true"'),
        ("shadow: {until: 2026-12-31, acknowledge_irreversible: yes}", "irreversible", "valid boolean"),
    ],
)
def test_a_shadow_that_is_not_meant_or_has_no_end_is_refused(shadow: str, effect: str, message: str) -> None:
    from tests.support.policies import faults_of

    assert message in " ".join(fault.message for fault in faults_of(policy(shadow, effect)))


def test_a_review_passes_until_the_end_and_can_be_had_back() -> None:
    loaded = parse_policy(policy("shadow: {until: 2026-12-31}"))
    held = verdict(loaded, RuleEffect.REVIEW, "A person decides.", tool="act", errors=("broken",))
    passed = in_shadow(held, "act", UNTIL, UNTIL.replace(year=2025))
    assert passed.effect is RuleEffect.ALLOW
    assert out_of_shadow(passed) == held
    assert in_shadow(held, "act", UNTIL, UNTIL) is held
    assert out_of_shadow(held) is held


def test_whoever_loads_the_policy_is_told() -> None:
    loaded = parse_policy(policy("shadow: {until: 2026-12-31}"))
    assert "none waits for anybody" in next(notes(loaded, UNTIL.replace(year=2025)))
    assert "holds again" in next(notes(loaded, UNTIL))


LEVELS = st.sampled_from(Level)
PLACEMENTS = st.builds(Placement, **dict.fromkeys(Placement.model_fields, LEVELS))


@given(PLACEMENTS)
def test_more_than_three_answers_for_a_gate_recommend_one(placement: Placement) -> None:
    speaking = [answer for answer in answers(placement) if answer.speaks_for_a_gate]
    assert needs_a_gate(placement) == (len(speaking) > 3)
    assert [answer.question for answer in answers(placement)] == list(Placement.model_fields)
    assert all(answer.reason for answer in answers(placement))


def test_the_clearest_cases() -> None:
    high, low = (
        dict.fromkeys(Placement.model_fields, Level.HIGH),
        dict.fromkeys(Placement.model_fields, Level.LOW),
    )
    assert needs_a_gate(Placement(**{**high, "frequency": Level.LOW}))
    assert not needs_a_gate(Placement(**{**low, "frequency": Level.HIGH}))


def test_placement_takes_all_six_answers() -> None:
    from tests.support.policies import faults_of

    [*faults] = faults_of(policy("placement: {ambiguity: huge}"))
    text = " ".join(fault.message for fault in faults)
    assert '"rework_cost" is missing' in text
    assert "low', 'medium' or 'high'" in text
