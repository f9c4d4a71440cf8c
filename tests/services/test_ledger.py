"""The ledger's moves, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signoff.domain.effect import Effect, EffectState, Settlement
from signoff.domain.errors import EffectNotOpen
from signoff.domain.policy import RuleEffect
from signoff.domain.review import Outcome, ReviewKind
from signoff.services import perform, query, settle, sweep, workspace
from signoff.services.perform import Refused, Replay, Start, Wait, WaitFor
from signoff.store.reviews import ReviewFilter
from tests.services.conftest import Bench


def record(bench: Bench, start: Start, state: EffectState, result: str | None = "r", error: str = "") -> None:
    with bench.database.begin() as tx:
        perform.record(tx, bench.core, start.effect, start.fence, state, result, error)


def started(bench: Bench, **arguments: object) -> Start:
    step = bench.claim(bench.propose(**arguments))  # type: ignore[arg-type]  # arguments of a tool
    assert isinstance(step, Start)
    return step


def effect(bench: Bench, start: Start) -> Effect:
    with bench.database.read() as tx:
        found = query.effect(tx, start.effect.id)
    assert found is not None
    return found


def test_a_passed_call_starts_once_and_replays_after(bench: Bench) -> None:
    stored = bench.propose(to="friend")
    first = bench.claim(stored)
    assert isinstance(first, Start)
    assert bench.claim(stored) == Wait(cause=WaitFor.IN_PROGRESS, subject=first.effect.id)
    record(bench, first, EffectState.SUCCEEDED, "the result")
    again = bench.claim(stored)
    assert isinstance(again, Replay)
    assert again.effect.result == "the result"


def test_a_denied_call_never_starts(bench: Bench) -> None:
    step = bench.claim(bench.propose(to="nobody"))
    assert isinstance(step, Refused)
    assert step.summary == "Nobody gets none."


def test_who_met_it_in_progress_is_woken_when_it_settles(bench: Bench) -> None:
    stored = bench.propose(to="friend")
    first = bench.claim(stored)
    assert isinstance(first, Start)
    bench.claim(stored)
    record(bench, first, EffectState.SUCCEEDED)
    woken: list[str] = []
    bench.core.queue.run_due(lambda job: woken.append(job.subject))
    assert woken == ["t1"]


def test_a_dead_worker_s_plain_effect_waits_for_a_person(bench: Bench) -> None:
    start = started(bench, to="friend")
    bench.clock.advance(timedelta(seconds=31))
    sweep.sweep(bench.core)
    assert effect(bench, start).state is EffectState.UNKNOWN
    with bench.database.read() as tx:
        [question] = query.list_reviews(tx, ReviewFilter(state="live")).items
    assert question.kind is ReviewKind.SETTLEMENT
    bench.vote(question, bench.ana, "answer", answer="happened")
    settled = effect(bench, start)
    assert (settled.state, settled.settlement) == (EffectState.SUCCEEDED, Settlement.HAPPENED)


@pytest.mark.parametrize(
    ("settlement", "state"),
    [("happened", "succeeded"), ("did_not_happen", "failed"), ("abandon", "unknown")],
)
def test_a_person_settles_an_unknown_effect_once(bench: Bench, settlement: str, state: str) -> None:
    start = started(bench, to="friend")
    record(bench, start, EffectState.UNKNOWN, "message", "boom")
    with bench.database.begin() as tx:
        settled = settle.settle(
            tx, bench.core, start.effect.id, Settlement(settlement), bench.actor, "I looked"
        )
    assert settled.state == state
    with bench.database.begin() as tx, pytest.raises(EffectNotOpen):
        settle.settle(tx, bench.core, start.effect.id, Settlement.HAPPENED, bench.actor, "again")
    with bench.database.read() as tx:
        assert query.list_reviews(tx, ReviewFilter(state="live")).items == []


def test_a_live_lease_is_left_alone(bench: Bench) -> None:
    start = started(bench, to="friend")
    bench.clock.advance(timedelta(seconds=20))
    with bench.database.begin() as tx:
        assert perform.heartbeat(tx, start.effect, start.fence, timedelta(seconds=30))
    bench.clock.advance(timedelta(seconds=20))
    sweep.sweep(bench.core)
    assert effect(bench, start).state is EffectState.STARTED


def test_a_keyed_tool_tries_again_under_the_same_key(bench: Bench) -> None:
    stored = bench.propose("pay", amount=3)
    bench.approve(stored)
    first = bench.claim(stored)
    assert isinstance(first, Start)
    bench.clock.advance(timedelta(seconds=31))
    second = bench.claim(stored)
    assert isinstance(second, Start)
    assert second.effect.id == first.effect.id
    assert (second.effect.attempt, second.fence) == (2, 2)


def test_a_result_with_an_old_fence_changes_nothing(bench: Bench) -> None:
    stored = bench.propose("pay", amount=3)
    bench.approve(stored)
    first = bench.claim(stored)
    bench.clock.advance(timedelta(seconds=31))
    second = bench.claim(stored)
    assert isinstance(first, Start)
    assert isinstance(second, Start)
    record(bench, first, EffectState.SUCCEEDED, "late")
    assert effect(bench, second).state is EffectState.STARTED
    record(bench, second, EffectState.SUCCEEDED, "mine")
    assert effect(bench, second).result == "mine"
    assert "effect.late_result" in bench.events()


def test_a_late_result_settles_what_is_still_unknown(bench: Bench) -> None:
    start = started(bench, to="friend")
    bench.clock.advance(timedelta(seconds=31))
    sweep.sweep(bench.core)
    record(bench, start, EffectState.SUCCEEDED, "late but true")
    assert (effect(bench, start).state, effect(bench, start).result) == ("succeeded", "late but true")


@pytest.mark.parametrize(("answer", "state"), [(True, "succeeded"), (False, "planned"), (None, "unknown")])
def test_a_lookup_finds_out(bench: Bench, answer: bool | None, state: str) -> None:
    bench.core.lookups.register("send", lambda *_: answer)
    start = started(bench, to="friend")
    bench.clock.advance(timedelta(seconds=31))
    sweep.sweep(bench.core)
    assert effect(bench, start).state == state


def test_the_stop_switch_blocks_every_start(bench: Bench) -> None:
    stored = bench.propose(to="friend")
    with bench.database.begin() as tx:
        workspace.stop(tx, bench.actor, "something is wrong")
    assert isinstance(step := bench.claim(stored), Wait)
    assert step.cause is WaitFor.STOP_SWITCH
    with bench.database.begin() as tx:
        workspace.go(tx, bench.core, bench.actor)
    assert isinstance(bench.claim(stored), Start)


def test_an_authorisation_runs_out(bench: Bench) -> None:
    stored = bench.propose(to="enemy")
    bench.approve(stored)
    bench.clock.advance(timedelta(hours=2))
    step = bench.claim(stored)
    assert isinstance(step, Refused)
    assert step.effect is not None
    assert step.effect.state is EffectState.EXPIRED


def test_changed_inputs_supersede_the_review_and_its_approval(bench: Bench) -> None:
    first = bench.propose(to="enemy")
    second = bench.propose(to="other")
    assert bench.review_of(first).outcome is Outcome.SUPERSEDED
    bench.approve(second)
    third = bench.propose(to="third")
    step = bench.claim(second)
    assert isinstance(step, Refused)
    assert isinstance(bench.claim(third), Wait)


def test_a_changed_tool_needs_a_new_approval(bench: Bench) -> None:
    bench.approve(bench.propose(to="enemy"))
    changed = bench.propose(to="enemy", fingerprint="f2")
    assert isinstance(bench.claim(changed), Wait)


def test_new_input_supersedes_what_the_conversation_left_behind(bench: Bench) -> None:
    old = bench.propose(to="enemy", message="m1")
    bench.propose(to="enemy", message="m2", passed=frozenset({"m1"}))
    assert bench.review_of(old).outcome is Outcome.SUPERSEDED


def test_a_redraft_follows_the_review_that_asked_for_it(bench: Bench) -> None:
    first = bench.propose(to="enemy")
    bench.vote(bench.review_of(first), bench.ana, "request_changes", reason="friendlier")
    redraft = bench.propose(to="friend", message="m2")
    review = bench.review_of(redraft)
    assert review.follows == bench.review_of(first).id
    assert isinstance(bench.claim(redraft), Wait)
    assert (redraft.verdict.effect, redraft.verdict.rule) == (RuleEffect.REVIEW, None)
    assert redraft.verdict.summary == "A redraft after requested changes goes back to a person."


def test_two_proposals_of_one_call_are_one(bench: Bench) -> None:
    assert bench.propose(to="enemy").id == bench.propose(to="enemy").id
    assert bench.events().count("review.opened") == 1


def test_the_last_review_of_a_pause_wakes_the_thread(bench: Bench) -> None:
    one, two = bench.propose(to="enemy"), bench.propose(call="c2", to="foe")
    woken: list[str] = []
    bench.approve(one)
    bench.core.queue.run_due(lambda job: woken.append(job.subject))
    assert woken == []
    bench.vote(bench.review_of(two), bench.ben, "reject", reason="no")
    bench.core.queue.run_due(lambda job: woken.append(job.subject))
    assert woken == ["t1"]
