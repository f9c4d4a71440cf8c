from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.ids import PersonId
from signoff.domain.review import Outcome
from signoff.domain.stage import Stage, StageKind
from signoff.domain.tally import (
    StageStatus,
    Standing,
    live_votes,
    may_count,
    may_vote,
    stage_status,
    standing,
)
from signoff.domain.vote import Vote, VoteKind
from tests.support.domain import FIRST, SECOND, people, stage, vote

NOBODY: frozenset[PersonId] = frozenset()


def status(panel: Stage, *votes: Vote, digest: Any = FIRST, authors: str = "") -> StageStatus:
    return stage_status(panel, votes, digest, people(authors))[0]


def stands(*stages: Stage, votes: list[Vote], digest: Any = FIRST, authors: str = "") -> Standing:
    return standing(stages, votes, digest, people(authors), is_original=digest == FIRST)


class TestOnePerson:
    def test_counts_once_however_often_they_vote(self) -> None:
        panel = stage("abc", quorum=2)
        assert (
            status(panel, vote("a", "approve"), vote("a", "approve"), vote("a", "revise")) is StageStatus.OPEN
        )

    def test_may_change_their_mind(self) -> None:
        panel = stage("abc", quorum=1, refusals=1)
        assert status(panel, vote("a", "approve"), vote("a", "reject")) is StageStatus.REFUSED
        assert status(panel, vote("a", "reject"), vote("a", "approve")) is StageStatus.SATISFIED

    def test_is_counted_by_when_they_voted_and_not_by_how_votes_are_listed(self) -> None:
        later, earlier = vote("a", "approve", at=9), vote("a", "reject", at=3)
        assert [v.kind for v in live_votes([later, earlier])] == [VoteKind.APPROVE]

    def test_who_retracts_their_vote_has_none(self) -> None:
        panel = stage("abc", quorum=1)
        assert status(panel, vote("a", "approve"), vote("a", "reject", retracted=True)) is StageStatus.OPEN
        assert (
            status(panel, vote("a", "approve", retracted=True), vote("b", "approve")) is StageStatus.SATISFIED
        )

    def test_who_escalates_keeps_their_vote(self) -> None:
        assert status(stage(quorum=1), vote("a", "approve"), vote("a", "escalate")) is StageStatus.SATISFIED

    def test_may_satisfy_two_stages(self) -> None:
        first, second = stage(None, number=1), stage("ab", number=2)
        votes = [vote("a", "approve", stage=1), vote("a", "approve", stage=2)]
        assert stands(first, second, votes=votes).outcome is Outcome.APPROVED


class TestWhoIsHeard:
    @pytest.mark.parametrize("kind", [k for k in VoteKind if k is not VoteKind.ESCALATE])
    def test_nobody_who_is_no_candidate_or_excluded(self, kind: VoteKind) -> None:
        panel = stage("ab", excluded="b", quorum=1, refusals=1)
        assert status(panel, vote("b", kind), vote("x", kind)) is StageStatus.OPEN
        assert not may_vote(panel, PersonId("b"), kind)
        assert not may_vote(panel, PersonId("x"), kind)

    def test_everybody_where_the_candidate_set_is_open(self) -> None:
        panel = stage(None, excluded="b")
        assert status(panel, vote("anyone", "approve")) is StageStatus.SATISFIED
        assert status(panel, vote("b", "approve")) is StageStatus.OPEN

    def test_a_veto_holder_who_is_no_candidate_only_when_they_reject(self) -> None:
        panel = stage("ab", veto="z", quorum=1)
        assert status(panel, vote("z", "approve")) is StageStatus.OPEN
        assert status(panel, vote("z", "reject"), vote("a", "approve")) is StageStatus.REFUSED

    def test_a_vote_for_another_stage_is_not(self) -> None:
        assert status(stage(quorum=1), vote("a", "approve", stage=2)) is StageStatus.OPEN


class TestFourEyes:
    def test_an_authors_own_approval_does_not_count(self) -> None:
        panel = stage("abc", four_eyes=True)
        revised = vote("a", "revise", digest=SECOND)
        assert status(panel, revised, digest=SECOND, authors="a") is StageStatus.OPEN
        again = vote("a", "approve", digest=SECOND)
        assert status(panel, revised, again, digest=SECOND, authors="a") is StageStatus.OPEN
        other = vote("b", "approve", digest=SECOND)
        assert status(panel, revised, other, digest=SECOND, authors="a") is StageStatus.SATISFIED

    def test_an_author_may_still_reject_their_own_revision(self) -> None:
        panel = stage("abc", four_eyes=True, refusals=1)
        assert (
            status(panel, vote("a", "reject", digest=SECOND), digest=SECOND, authors="a")
            is StageStatus.REFUSED
        )

    def test_without_the_rule_whoever_revises_approves(self) -> None:
        outcome = stands(
            stage(), votes=[vote("a", "revise", digest=SECOND)], digest=SECOND, authors="a"
        ).outcome
        assert outcome is Outcome.REVISED

    def test_does_not_concern_a_confirmation(self) -> None:
        # A policy cannot write this; a stage that a later migration changes must still be harmless.
        spec = stage("a", four_eyes=True).spec.model_copy(update={"kind": StageKind.CONFIRM})
        panel = stage("a").model_copy(update={"spec": spec})
        assert may_count(panel, PersonId("a"), people("a"))

    def test_the_author_is_no_longer_awaited_when_a_panel_becomes_unable_to_approve(self) -> None:
        panel = stage("abc", four_eyes=True, quorum=2)
        votes = [vote("a", "revise", digest=SECOND), vote("b", "reject", digest=SECOND)]
        assert status(panel, *votes, digest=SECOND, authors="a") is StageStatus.REFUSED

    def test_a_revision_alone_never_refuses(self) -> None:
        panel = stage("a", four_eyes=True)
        assert (
            status(panel, vote("a", "revise", digest=SECOND), digest=SECOND, authors="a") is StageStatus.OPEN
        )


class TestRevision:
    def test_approvals_and_rejections_of_an_earlier_revision_are_outdated(self) -> None:
        panel = stage("abc", quorum=1, refusals=1)
        assert status(panel, vote("a", "approve"), digest=SECOND) is StageStatus.OPEN
        assert status(panel, vote("a", "reject"), digest=SECOND) is StageStatus.OPEN
        assert status(panel, vote("a", "request_changes"), digest=SECOND) is StageStatus.OPEN

    def test_a_veto_holds_over_revisions_until_its_owner_votes_otherwise(self) -> None:
        panel = stage("abz", veto="z", quorum=1)
        veto, revise = vote("z", "reject"), vote("b", "revise", digest=SECOND)
        assert status(panel, veto, revise, digest=SECOND) is StageStatus.REFUSED
        lifted = vote("z", "abstain", digest=SECOND)
        assert status(panel, veto, revise, lifted, digest=SECOND) is StageStatus.SATISFIED

    def test_counts_in_every_stage_that_its_author_may_vote_in(self) -> None:
        first, second, third = stage("ab", number=1), stage("bc", number=2), stage("c", number=3)
        result = stands(
            first, second, third, votes=[vote("b", "revise", digest=SECOND, stage=2)], digest=SECOND
        )
        assert result.statuses == (StageStatus.SATISFIED, StageStatus.SATISFIED, StageStatus.OPEN)

    def test_reopens_the_stages_that_it_does_not_satisfy(self) -> None:
        first, second = stage("a", number=1), stage("b", number=2)
        votes = [vote("a", "approve"), vote("b", "revise", digest=SECOND, stage=2)]
        result = stands(first, second, votes=votes, digest=SECOND)
        assert (result.stage, result.outcome) == (1, None)
        assert result.statuses == (StageStatus.OPEN, StageStatus.WAITING)

    def test_a_reviser_who_then_rejects_in_a_later_stage_does_not_count_on_both_sides(self) -> None:
        panel = stage("ab", number=2, quorum=1, refusals=2)
        votes = [vote("a", "revise", digest=SECOND, stage=1), vote("a", "reject", digest=SECOND, stage=2)]
        assert status(panel, *votes, digest=SECOND) is not StageStatus.SATISFIED


class TestPrecedence:
    votes = (
        vote("e", "approve"),
        vote("d", "answer", answer="CRM"),
        vote("c", "request_changes"),
        vote("b", "reject"),
        vote("a", "reject"),
    )
    panel = stage("abcde", quorum=1, refusals=1, veto="a")

    @pytest.mark.parametrize(
        ("present", "expected", "decided_by"),
        [
            ("abcde", StageStatus.REFUSED, "a"),
            ("bcde", StageStatus.REFUSED, "b"),
            ("cde", StageStatus.CHANGES, "c"),
            ("de", StageStatus.ANSWERED, "d"),
            ("e", StageStatus.SATISFIED, "e"),
        ],
    )
    def test_veto_rejection_changes_answer_approval(
        self, present: str, expected: StageStatus, decided_by: str
    ) -> None:
        votes = [v for v in self.votes if v.person in present]
        reached, decisive = stage_status(self.panel, votes, FIRST, NOBODY)
        assert decisive is not None
        assert (reached, decisive.person) == (expected, decided_by)

    def test_one_veto_beats_any_number_of_approvals(self) -> None:
        panel = stage("abcd", quorum=1, refusals=4, veto="d")
        assert status(panel, *(vote(p, "approve") for p in "abc"), vote("d", "reject")) is StageStatus.REFUSED

    def test_a_retracted_veto_is_gone(self) -> None:
        panel = stage("abd", quorum=1, refusals=3, veto="d")
        assert (
            status(panel, vote("a", "approve"), vote("d", "reject", retracted=True)) is StageStatus.SATISFIED
        )


class TestTheDecidingVote:
    """Who is named as the one who decided."""

    @pytest.mark.parametrize(
        ("kind", "reached"), [("approve", StageStatus.SATISFIED), ("reject", StageStatus.REFUSED)]
    )
    def test_is_the_one_that_completed_the_number(self, kind: str, reached: StageStatus) -> None:
        panel = stage("abcd", quorum=2, refusals=2)
        votes = [vote(person, kind) for person in "cab"]
        found, decisive = stage_status(panel, votes, FIRST, NOBODY)
        assert decisive is not None
        assert (found, decisive.person) == (reached, "a")

    def test_is_the_first_veto_and_the_first_request_for_changes(self) -> None:
        for panel, kind in ((stage(veto="abc"), "reject"), (stage(), "request_changes")):
            decisive = stage_status(panel, [vote(person, kind) for person in "bca"], FIRST, NOBODY)[1]
            assert decisive is not None
            assert decisive.person == "b"

    def test_comes_with_every_outcome_and_never_without_one(self) -> None:
        for kind in ("reject", "request_changes", "answer", "approve"):
            result = stands(stage("a"), votes=[vote("a", kind)])
            assert result.outcome is not None
            assert result.deciding_vote is not None
        nothing = stands(stage("ab", quorum=2), votes=[vote("a", "approve")])
        assert (nothing.outcome, nothing.deciding_vote) == (None, None)


class TestAbstaining:
    def test_counts_neither_way(self) -> None:
        panel = stage("abc", quorum=2)
        assert status(panel, vote("a", "abstain")) is StageStatus.OPEN
        votes = [vote("a", "abstain"), vote("b", "approve"), vote("c", "approve")]
        assert status(panel, *votes) is StageStatus.SATISFIED

    def test_refuses_once_the_quorum_is_out_of_reach_and_names_the_last_who_was_lost(self) -> None:
        panel = stage("abc", quorum=2)
        reached, decisive = stage_status(panel, [vote("a", "reject"), vote("b", "abstain")], FIRST, NOBODY)
        assert decisive is not None
        assert (reached, decisive.person) == (StageStatus.REFUSED, "b")

    def test_never_refuses_where_the_candidate_set_is_open(self) -> None:
        assert status(stage(None), *(vote(p, "abstain") for p in "abcdef")) is StageStatus.OPEN


class TestAnswers:
    def test_a_quorum_must_give_the_same_answer(self) -> None:
        panel = stage("abc", quorum=2)
        crm, erp = (vote("a", "answer", answer={"use": "CRM"}), vote("b", "answer", answer={"use": "ERP"}))
        assert status(panel, crm, erp) is StageStatus.OPEN
        assert status(panel, crm, erp, vote("c", "answer", answer={"use": "CRM"})) is StageStatus.ANSWERED

    def test_answers_of_different_types_differ(self) -> None:
        assert status(stage(quorum=2), vote("a", "answer", answer=1), vote("b", "answer", answer=1.0)) is (
            StageStatus.OPEN
        )


class TestStages:
    first, second = stage("ab", number=1, name="legal"), stage("cd", number=2, name="finance")

    def test_follow_one_another(self) -> None:
        nothing = stands(self.first, self.second, votes=[])
        assert nothing.statuses == (StageStatus.OPEN, StageStatus.WAITING)
        half = stands(self.first, self.second, votes=[vote("a", "approve")])
        assert (half.statuses, half.stage, half.outcome) == (
            (StageStatus.SATISFIED, StageStatus.OPEN),
            2,
            None,
        )
        whole = stands(self.first, self.second, votes=[vote("a", "approve"), vote("c", "approve", stage=2)])
        assert (whole.outcome, whole.deciding_vote and whole.deciding_vote.person) == (Outcome.APPROVED, "c")

    @pytest.mark.parametrize(
        ("kind", "outcome"),
        [
            ("reject", Outcome.REJECTED),
            ("request_changes", Outcome.CHANGES_REQUESTED),
            ("answer", Outcome.ANSWERED),
        ],
    )
    def test_one_ends_the_chain_at_once(self, kind: str, outcome: Outcome) -> None:
        both = [vote(p, kind) for p in "ab"]
        result = stands(self.first, self.second, votes=both)
        assert (result.outcome, result.stage) == (outcome, 1)
        assert result.statuses[1] is StageStatus.WAITING

    def test_an_approval_ahead_of_its_stage_does_not_open_it(self) -> None:
        result = stands(self.first, self.second, votes=[vote("c", "approve", stage=2)])
        assert (result.stage, result.outcome) == (1, None)


_KINDS = st.sampled_from([k for k in VoteKind if k is not VoteKind.ESCALATE])
_VOTES = st.lists(
    st.builds(
        vote,
        st.sampled_from("abcdx"),
        _KINDS,
        at=st.integers(0, 20),
        digest=st.sampled_from([FIRST, SECOND]),
        stage=st.sampled_from([1, 2]),
        retracted=st.booleans(),
    ),
    max_size=8,
)
_PANELS = st.builds(
    stage,
    st.sampled_from(["abcd", "abc", "a", None]),
    excluded=st.sampled_from(["", "d"]),
    veto=st.sampled_from(["", "b", "x"]),
    quorum=st.integers(1, 3),
    refusals=st.sampled_from([None, 1, 2]),
    four_eyes=st.booleans(),
)
_AUTHORS = st.sampled_from(["", "a", "c"])


@given(_PANELS, _VOTES, _AUTHORS, st.randoms(use_true_random=False))
def test_the_listing_of_votes_does_not_matter(panel: Stage, votes: list[Vote], by: str, chance: Any) -> None:
    shuffled = list(votes)
    chance.shuffle(shuffled)
    assert stage_status(panel, shuffled, FIRST, people(by)) == stage_status(panel, votes, FIRST, people(by))


@given(_PANELS, _VOTES, _AUTHORS)
def test_satisfied_means_enough_distinct_persons_none_of_them_barred(
    panel: Stage, votes: list[Vote], by: str
) -> None:
    if status(panel, *votes, authors=by) is not StageStatus.SATISFIED:
        return
    eligible = set("abcdx") if panel.candidates is None else set(panel.candidates)
    eligible -= set(panel.excluded) | (set(by) if panel.spec.four_eyes else set())
    approving = {
        v.person
        for v in votes
        if v.kind in ("approve", "revise") and v.digest == FIRST and v.retracted_at is None
    }
    assert len(approving & eligible) >= panel.spec.quorum


@given(_PANELS, _VOTES, _AUTHORS)
def test_those_who_are_not_heard_change_nothing(panel: Stage, votes: list[Vote], by: str) -> None:
    heard = [v for v in votes if may_vote(panel, v.person, v.kind)]
    deaf_to = {v.person for v in votes} - {v.person for v in heard}
    without = [v for v in votes if v.person not in deaf_to]
    assert stage_status(panel, votes, FIRST, people(by)) == stage_status(panel, without, FIRST, people(by))


@given(_PANELS, _VOTES, _AUTHORS, st.sampled_from("abcd"))
def test_voting_the_same_again_changes_no_status(
    panel: Stage, votes: list[Vote], by: str, person: str
) -> None:
    mine = [v for v in live_votes(votes) if v.person == person]
    again = [v.model_copy(update={"id": f"again-{v.id}"}) for v in mine]
    assert status(panel, *votes, *again, authors=by) is status(panel, *votes, authors=by)
