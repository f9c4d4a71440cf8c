"""Advice about rules: from counts alone, never from too few of them, and never two kinds at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.proportion import upper_bound, wilson
from signoff.domain.tuning import LEAST, OFTEN, RARELY, Advises, RuleRecord, hints

COUNTS = st.integers(0, 400)
RECORDS = st.builds(
    RuleRecord,
    policy=st.just("p"),
    rule=st.just("r"),
    held=COUNTS,
    approved=COUNTS,
    revised=COUNTS,
    changes_requested=COUNTS,
    rejected=COUNTS,
    undecided=COUNTS,
)


def about(record: RuleRecord) -> list[Advises]:
    return [hint.about for hint in hints((record,))]


@given(RECORDS)
def test_a_rule_gets_one_hint_at_most_and_none_from_too_few(record: RuleRecord) -> None:
    found = about(record)
    assert len(found) <= 1
    if record.decided + record.undecided < LEAST:
        assert found == []
    if record.decided < LEAST:
        assert record.override_rate is None
        assert found in ([], [Advises.EXPIRES])


@given(RECORDS)
def test_it_says_loosen_only_where_objections_are_rare_for_sure(record: RuleRecord) -> None:
    if about(record) == [Advises.LOOSEN]:
        assert record.bounds[1] <= RARELY
        assert record.objected <= record.decided * RARELY
    if about(record) == [Advises.REWORK]:
        assert record.objected >= record.decided * OFTEN


def test_the_words_hold_the_counts() -> None:
    [hint] = hints((RuleRecord(policy="p", rule="large-refund", held=220, approved=212),))
    assert (
        "Rule large-refund held 212 calls; all were approved unchanged, and nobody overrode it." in hint.text
    )
    assert "0 of 212" in hint.because


def test_seventy_three_clean_approvals_are_the_fewest_that_loosen() -> None:
    assert about(RuleRecord(policy="p", rule="r", approved=72)) == []
    assert about(RuleRecord(policy="p", rule="r", approved=73)) == [Advises.LOOSEN]


def test_the_other_hints() -> None:
    assert about(RuleRecord(policy="p", rule="r", rejected=80)) == [Advises.DENY]
    assert about(RuleRecord(policy="p", rule="r", approved=10, revised=10, rejected=60)) == [Advises.REWORK]
    assert about(RuleRecord(policy="p", rule="r", approved=20, undecided=20)) == [Advises.EXPIRES]
    assert about(RuleRecord(policy="p", rule=None, approved=500)) == []


@given(st.integers(1, 2000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_of_wilson(counts: tuple[int, int]) -> None:
    seen, of = counts
    low, high = wilson(seen, of, 0.95)
    assert 0 <= low <= seen / of <= high <= 1
    mirrored = wilson(of - seen, of, 0.95)
    assert abs(low - (1 - mirrored[1])) < 1e-9
    wider = wilson(seen, of, 0.99)
    assert wider[0] <= low
    assert high <= wider[1]


def test_known_values_of_the_interval() -> None:
    low, high = wilson(10, 100, 0.95)
    assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)
    assert wilson(0, 0, 0.95) == (0.0, 1.0)
    assert abs(wilson(0, 100, 0.95)[1] - upper_bound(0, 100, 0.975)) < 0.002
