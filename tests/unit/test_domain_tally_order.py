"""Every set of votes in every order, for panels of up to five."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from signoff.domain.review import Outcome
from signoff.domain.stage import Stage
from signoff.domain.tally import standing
from signoff.domain.vote import Vote, VoteKind
from tests.support.domain import FIRST, stage, vote

A, R, C = VoteKind.APPROVE, VoteKind.REJECT, VoteKind.REQUEST_CHANGES

Ballots = tuple[VoteKind | None, ...]

PANELS = [(m, n, r) for m in range(1, 6) for n in range(1, m + 1) for r in range(1, m + 1)]


def outcome_of(panel: Stage, votes: list[Vote]) -> Outcome | None:
    return standing([panel], votes, FIRST, frozenset(), is_original=True).outcome


def outcomes_by_order(panel: Stage, ballots: Ballots) -> set[Outcome | None]:
    """What the ballots lead to over all orders, when the first outcome closes the review."""
    cast = {person: kind for person, kind in zip("abcde", ballots, strict=False) if kind is not None}

    def walk(left: frozenset[str], votes: list[Vote]) -> Iterator[Outcome | None]:
        outcome = outcome_of(panel, votes)
        if outcome is not None or not left:
            yield outcome
            return
        for person in sorted(left):
            yield from walk(left - {person}, [*votes, vote(person, cast[person], at=len(votes))])

    return set(walk(frozenset(cast), []))


def order_dependent(panel: Stage, kinds: tuple[VoteKind, ...]) -> list[Ballots]:
    size = panel.size
    assert size is not None
    every = product((None, *kinds), repeat=size)
    return [ballots for ballots in every if len(outcomes_by_order(panel, ballots)) > 1]


@pytest.mark.parametrize(("m", "n", "r"), PANELS)
def test_the_result_is_independent_of_order_exactly_when_n_plus_r_exceeds_m(m: int, n: int, r: int) -> None:
    panel = stage("abcde"[:m], quorum=n, refusals=r)
    assert bool(order_dependent(panel, (A, R))) == (n + r <= m) == panel.first_to_reach_wins


@pytest.mark.parametrize(("m", "n"), [(m, n) for m in range(1, 6) for n in range(1, m + 1)])
def test_by_default_the_review_ends_exactly_when_all_is_decided(m: int, n: int) -> None:
    panel = stage("abcde"[:m], quorum=n)
    assert panel.refusals_needed == m - n + 1
    for ballots in product((None, A, R), repeat=m):
        approvals, rejections = ballots.count(A), ballots.count(R)
        unreachable = m - rejections < n
        expected = Outcome.APPROVED if approvals >= n else Outcome.REJECTED if unreachable else None
        assert outcomes_by_order(panel, ballots) == {expected}


@pytest.mark.parametrize(("refusals", "dependent"), [(1, 3), (2, 0)])
def test_two_of_three_with_one_refusal_depends_on_order_in_three_sets(refusals: int, dependent: int) -> None:
    assert len(order_dependent(stage("abc", quorum=2, refusals=refusals), (A, R))) == dependent


@pytest.mark.parametrize(("quorum", "dependent"), [(1, 18), (2, 3), (3, 0)])
def test_a_block_by_requested_changes_depends_on_order(quorum: int, dependent: int) -> None:
    """Why a settling window exists: known counts for three persons and sixty-four vote sets."""
    panel = stage("abc", quorum=quorum)
    sets = product((None, A, R, C), repeat=3)
    ends = [{o is Outcome.APPROVED for o in outcomes_by_order(panel, ballots)} for ballots in sets]
    assert sum(len(end) > 1 for end in ends) == dependent
