from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.effect import MOVES, EffectState, effect_id

PLANNED, STARTED, SUCCEEDED, FAILED, UNKNOWN, EXPIRED, REVOKED = EffectState


def reachable(start: EffectState, *, without: frozenset[EffectState] = frozenset()) -> set[EffectState]:
    seen: set[EffectState] = set()
    todo = [start]
    while todo:
        state = todo.pop()
        for following in MOVES[state] - without - seen:
            seen.add(following)
            todo.append(following)
    return seen


def test_every_state_says_what_may_follow() -> None:
    assert set(MOVES) == set(EffectState)


def test_what_is_settled_stays_settled() -> None:
    assert {state for state, following in MOVES.items() if not following} == {
        SUCCEEDED,
        FAILED,
        EXPIRED,
        REVOKED,
    }


def test_nothing_has_an_outcome_that_was_not_started() -> None:
    assert reachable(PLANNED, without=frozenset({STARTED})) == {EXPIRED, REVOKED}


def test_a_started_effect_is_never_started_again_without_having_been_unknown() -> None:
    assert STARTED not in reachable(STARTED, without=frozenset({UNKNOWN}))


def test_only_what_was_not_started_can_expire_or_be_revoked() -> None:
    assert not {EXPIRED, REVOKED} & (MOVES[STARTED] | MOVES[UNKNOWN])


def test_an_unknown_effect_can_be_settled_either_way_or_tried_under_its_key() -> None:
    assert MOVES[UNKNOWN] == {SUCCEEDED, FAILED, PLANNED}


_PARTS = st.tuples(*[st.text(st.sampled_from("a\0/:"), max_size=3)] * 4)


@given(_PARTS, _PARTS)
def test_an_effect_has_one_id_and_shares_it_with_no_other(
    one: tuple[str, str, str, str], other: tuple[str, str, str, str]
) -> None:
    assert (effect_id(*one) == effect_id(*other)) == (one == other)


def test_an_id_fits_where_tools_take_a_key() -> None:
    identifier = effect_id("default", "thread", "call:m/1", "0" * 64)
    assert identifier.startswith("eff_")
    assert len(identifier) == 44
    assert identifier.isascii()
