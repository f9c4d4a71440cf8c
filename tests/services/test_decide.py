"""The decision core, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signoff.domain.effect import EffectState
from signoff.domain.errors import (
    AlreadyDecided,
    DraftChanged,
    NotEligible,
    NotFound,
    RevisionDenied,
    RevisionInvalid,
    TokenReused,
    VoteInvalid,
)
from signoff.domain.ids import ReviewId
from signoff.domain.review import Outcome, Resolution, ReviewState
from signoff.services import decide, query, sweep
from signoff.services.perform import Refused, Start, Wait
from tests.services.conftest import Bench


def test_an_approval_plans_exactly_one_effect(bench: Bench) -> None:
    stored = bench.propose(to="enemy")
    closed = bench.approve(stored)
    assert (closed.state, closed.outcome, closed.decided_by) == ("closed", Outcome.APPROVED, "Ana")
    step = bench.claim(stored)
    assert isinstance(step, Start)
    assert step.effect.digest == stored.digest


def test_the_loser_is_told_who_won(bench: Bench) -> None:
    stored = bench.propose(to="enemy")
    review = bench.review_of(stored)
    bench.vote(review, bench.ana, "reject", reason="wrong price")
    with pytest.raises(AlreadyDecided) as refusal:
        bench.vote(review, bench.ben, "approve")
    assert (refusal.value.outcome, refusal.value.decided_by) == ("rejected", "Ana")
    assert isinstance(bench.claim(stored), Refused)


def test_the_same_vote_again_is_harmless(bench: Bench) -> None:
    review = bench.review_of(bench.propose(to="enemy"))
    bench.vote(review, bench.ana, "approve", client_token="click")
    again = bench.vote(review, bench.ana, "approve", client_token="click")
    assert again.outcome is Outcome.APPROVED
    assert bench.events().count("vote.cast") == 1


def test_a_token_serves_one_vote_only(bench: Bench) -> None:
    review = bench.review_of(bench.propose(to="enemy"))
    bench.vote(review, bench.ana, "approve", client_token="click")
    with pytest.raises(TokenReused):
        bench.vote(review, bench.ana, "reject", reason="no", client_token="click")


def test_a_vote_on_another_draft_is_refused(bench: Bench) -> None:
    review = bench.review_of(bench.propose(to="enemy"))
    with pytest.raises(DraftChanged):
        bench.vote(review, bench.ana, "approve", digest="0" * 64)
    assert bench.review_of_id(review.id).state is ReviewState.OPEN


def test_an_edit_runs_the_edited_arguments(bench: Bench) -> None:
    stored = bench.propose(to="enemy")
    closed = bench.vote(bench.review_of(stored), bench.ana, "revise", arguments={"to": "foe"})
    assert closed.outcome is Outcome.REVISED
    step = bench.claim(stored)
    assert isinstance(step, Start)
    assert step.effect.arguments == {"to": "foe"}
    assert step.effect.action_digest == stored.digest != step.effect.digest


@pytest.mark.parametrize(
    ("arguments", "pointer"),
    [
        ({"to": 7}, "/to"),
        ({"to": "x", "surprise": 1}, "/surprise"),
        ({"to": "x", "discount": "a"}, "/discount"),
    ],
)
def test_an_edit_that_breaks_the_schema_names_the_argument(
    bench: Bench, arguments: dict[str, object], pointer: str
) -> None:
    review = bench.review_of(bench.propose(to="enemy"))
    with pytest.raises(RevisionInvalid) as refusal:
        bench.vote(review, bench.ana, "revise", arguments=arguments)
    assert [path for path, _ in refusal.value.problems] == [pointer]
    assert bench.review_of_id(review.id) == review


def test_an_edit_that_the_policy_denies_is_refused(bench: Bench) -> None:
    review = bench.review_of(bench.propose(to="enemy"))
    with pytest.raises(RevisionDenied):
        bench.vote(review, bench.ana, "revise", arguments={"to": "nobody"})
    assert bench.review_of_id(review.id) == review


def test_an_edit_opens_the_stages_that_its_own_action_needs(bench: Bench) -> None:
    stored = bench.propose(to="enemy")
    review = bench.vote(bench.review_of(stored), bench.lea, "revise", arguments={"to": "board"})
    assert (review.state, review.stages_total) == ("open", 2)
    with pytest.raises(NotEligible):
        bench.vote(review, bench.lea, "approve")
    review = bench.vote(review, bench.leo, "approve")
    assert review.stage == 2
    assert bench.vote(review, bench.liz, "approve").outcome is Outcome.REVISED


def test_the_requester_does_not_decide_under_four_eyes(bench: Bench) -> None:
    review = bench.review_of(bench.propose(to="board", requester="lea@example.com"))
    with pytest.raises(NotEligible, match="Four eyes"):
        bench.vote(review, bench.lea, "approve")
    assert bench.vote(review, bench.leo, "approve").stage == 2


@pytest.mark.parametrize("who", ["aud", "liz", "ana"])
def test_only_the_stage_s_people_vote(bench: Bench, who: str) -> None:
    review = bench.review_of(bench.propose(to="board"))
    with pytest.raises(NotEligible):
        bench.vote(review, getattr(bench, who), "approve")


@pytest.mark.parametrize("kind", ["reject", "request_changes", "escalate"])
def test_a_refusal_needs_a_reason(bench: Bench, kind: str) -> None:
    review = bench.review_of(bench.propose(to="enemy"))
    with pytest.raises(VoteInvalid, match="reason"):
        bench.vote(review, bench.ana, kind, reason="  ")


def test_a_settling_review_closes_only_after_its_window(bench: Bench) -> None:
    stored = bench.propose(to="slow")
    settling = bench.approve(stored)
    assert settling.state is ReviewState.SETTLING
    assert isinstance(bench.claim(stored), Wait)
    bench.clock.advance(timedelta(seconds=29))
    sweep.sweep(bench.core)
    assert bench.review_of(stored).state is ReviewState.SETTLING
    bench.clock.advance(timedelta(seconds=2))
    sweep.sweep(bench.core)
    assert bench.review_of(stored).outcome is Outcome.APPROVED
    assert isinstance(bench.claim(stored), Start)


def test_undo_opens_the_review_again(bench: Bench) -> None:
    stored = bench.propose(to="slow")
    review = bench.approve(stored)
    with bench.database.begin() as tx:
        undone = decide.retract(tx, bench.core, review.id, bench.ana)
    assert (undone.state, undone.outcome) == ("open", None)
    bench.clock.advance(timedelta(minutes=5))
    sweep.sweep(bench.core)
    assert bench.review_of(stored).state is ReviewState.OPEN


def test_a_late_rejection_wins_while_settling(bench: Bench) -> None:
    stored = bench.propose(to="slow")
    review = bench.approve(stored)
    with pytest.raises(AlreadyDecided):
        bench.vote(review, bench.ben, "approve")
    assert bench.vote(review, bench.ben, "reject", reason="stop").outcome is Outcome.REJECTED
    bench.clock.advance(timedelta(minutes=1))
    sweep.sweep(bench.core)
    assert bench.review_of(stored).outcome is Outcome.REJECTED


def test_more_time_keeps_the_window_open(bench: Bench) -> None:
    stored = bench.propose(to="slow")
    review = bench.approve(stored)
    with bench.database.begin() as tx:
        decide.extend_settling(tx, bench.core, review.id, bench.ana, timedelta(minutes=2))
    bench.clock.advance(timedelta(seconds=60))
    sweep.sweep(bench.core)
    assert bench.review_of(stored).state is ReviewState.SETTLING


def test_nobody_s_decision_expires_and_never_runs(bench: Bench) -> None:
    stored = bench.propose(to="enemy")
    bench.clock.advance(timedelta(days=4))
    with pytest.raises(AlreadyDecided) as refusal:
        bench.approve(stored)
    assert refusal.value.outcome == "expired"
    sweep.sweep(bench.core)
    closed = bench.review_of(stored)
    assert (closed.outcome, closed.resolution) == (Outcome.EXPIRED, Resolution.TIMED_OUT)
    assert isinstance(bench.claim(stored), Refused)


def test_a_withdrawn_review_is_gone_for_deciders(bench: Bench) -> None:
    review = bench.review_of(bench.propose(to="enemy"))
    with bench.database.begin() as tx:
        decide.withdraw(tx, bench.core, review.id, bench.actor, "no longer wanted")
    with pytest.raises(AlreadyDecided, match="withdrawn by Ben"):
        bench.vote(review, bench.ana, "approve")


def test_an_unknown_review_is_named(bench: Bench) -> None:
    with bench.database.begin() as tx, pytest.raises(NotFound, match="rev_none"):
        decide.withdraw(tx, bench.core, ReviewId("rev_none"), bench.actor, "x")


def test_an_answer_closes_without_an_effect(bench: Bench) -> None:
    stored = bench.propose(to="enemy")
    review = bench.review_of(stored)
    assert bench.vote(review, bench.ana, "answer", answer="Use the phone").outcome is Outcome.ANSWERED
    with bench.database.read() as tx:
        assert query.answer_of(tx, review.id) == "Use the phone"
        assert query.effect_of(tx, review.id) is None


def test_a_failing_audit_leaves_nothing_behind(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = bench.propose(to="enemy")
    review = bench.review_of(stored)

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("signoff.store.audit.append", broken)
    with pytest.raises(OSError, match="disk full"):
        bench.approve(stored)
    monkeypatch.undo()
    assert bench.review_of_id(review.id) == review
    assert isinstance(bench.claim(bench.propose(call="c2", to="friend")), Start)
    monkeypatch.setattr("signoff.store.audit.append", broken)
    with pytest.raises(OSError, match="disk full"):
        bench.propose(call="c3", to="friend")
    monkeypatch.undo()
    with bench.database.read() as tx:
        started = query.list_effects(tx, EffectState.STARTED).items
    assert len(started) == 1
