"""Shadow mode in the ledger, on both databases, with a clock that is moved over its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from signoff.domain.action import Action, EffectClass
from signoff.domain.effect import EffectState
from signoff.domain.ids import DEFAULT_WORKSPACE, ThreadId, call_key
from signoff.domain.policy import RuleEffect
from signoff.policy.load import parse_policy
from signoff.services import audit, query
from signoff.services.core import Core
from signoff.services.judge import Judge
from signoff.services.perform import Refused, Start
from signoff.services.propose import Caller, Proposal, Proposed, ToolVersion, propose_or_plan
from signoff.services.shadow import as_shadow, volumes
from signoff.store.history import Wanted
from tests.services.conftest import POLICY, SCHEMA, Bench

UNTIL = datetime(2026, 12, 31, tzinfo=UTC)
SHADOWED = POLICY.replace(
    'title: "Mail to {to}"',
    'title: "Mail to {to}"\n    shadow: {until: 2026-12-31, acknowledge_irreversible: true}',
)
BEFORE = UNTIL - timedelta(minutes=30)


def at(bench: Bench, instant: datetime) -> None:
    bench.clock.advance(instant - bench.clock.now())


@pytest.fixture
def core(bench: Bench) -> Core:
    at(bench, BEFORE)
    return Core(database=bench.database, queue=bench.core.queue, judge=Judge(parse_policy(SHADOWED)))


def judged(core: Core, call: str = "c1", **arguments: object) -> Proposal:
    action = Action(
        workspace=DEFAULT_WORKSPACE,
        thread=ThreadId("t1"),
        key=call_key("m1", call),
        pause="m2",
        tool="send",
        fingerprint="f1",
        effect_class=EffectClass.IRREVERSIBLE,
        arguments=dict(arguments),
    )
    return Proposal(
        action=action,
        digest=action.digest,
        judgement=as_shadow(core, action, core.judge.judge(action, None)),
        tool=ToolVersion(name="send", fingerprint="f1", argument_schema=SCHEMA),
        title="",
    )


def proposed(core: Core, proposal: Proposal) -> Proposed:
    with core.database.begin() as tx:
        return propose_or_plan(tx, core, proposal, Caller(graph="g"))


def test_a_call_that_would_have_waited_starts_under_the_shadow_rule(core: Core, bench: Bench) -> None:
    done = proposed(core, judged(core, to="foe"))
    verdict = done.stored.verdict
    assert (verdict.effect, verdict.rule) == (RuleEffect.ALLOW, "shadow:send")
    assert verdict.shadow is not None
    assert (verdict.shadow.rule, verdict.shadow.summary) == ("rest", "The rest waits.")
    assert "nobody was asked" in verdict.summary
    assert done.opened is None
    step = bench.claim(done.stored)
    assert isinstance(step, Start)
    assert step.effect.rule == "shadow:send"
    with core.database.read() as tx:
        audit.verify_chain(tx)
        passed, started = list(audit.export(tx))[-2:]
    assert (passed.event, passed.actor.id) == ("action.passed_in_shadow", "shadow:send")
    assert passed.content is not None
    assert passed.content["would_have_waited"]["rule"] == "rest"
    assert (started.event, started.actor.id) == ("effect.started", "shadow:send")


@pytest.mark.parametrize(
    ("to", "effect", "rule"), [("friend", "allow", "friends"), ("nobody", "deny", "never")]
)
def test_what_passes_or_is_denied_anyway_does_so_by_its_own_rule(
    core: Core, to: str, effect: str, rule: str
) -> None:
    verdict = proposed(core, judged(core, to=to)).stored.verdict
    assert (verdict.effect, verdict.rule, verdict.shadow) == (effect, rule, None)


def test_an_error_of_the_policy_is_recorded_and_does_not_pause_either(core: Core) -> None:
    verdict = proposed(core, judged(core, to=7)).stored.verdict
    assert (verdict.effect, verdict.errors) == (RuleEffect.ALLOW, ())
    assert verdict.shadow is not None
    assert "args.to" in verdict.shadow.errors[0]


def test_from_the_end_on_the_gate_holds(core: Core, bench: Bench) -> None:
    at(bench, UNTIL)
    done = proposed(core, judged(core, to="foe"))
    assert (done.stored.verdict.effect, done.stored.verdict.rule) == (RuleEffect.REVIEW, "rest")
    assert done.opened is not None


def test_a_call_judged_before_the_end_and_written_after_it_waits(core: Core, bench: Bench) -> None:
    proposal = judged(core, to="foe")
    at(bench, UNTIL)
    done = proposed(core, proposal)
    assert (done.stored.verdict.effect, done.stored.verdict.shadow) == (RuleEffect.REVIEW, None)
    assert done.opened is not None


def test_what_has_not_started_by_the_end_never_starts(core: Core, bench: Bench) -> None:
    done = proposed(core, judged(core, to="foe"))
    assert done.planned is not None
    assert done.planned.valid_until == UNTIL
    at(bench, UNTIL)
    step = bench.claim(done.stored)
    assert isinstance(step, Refused)
    with core.database.read() as tx:
        effect = query.effect(tx, done.planned.id)
    assert effect is not None
    assert effect.state is EffectState.EXPIRED


def test_a_redraft_that_a_person_asked_for_goes_back_to_a_person(core: Core, bench: Bench) -> None:
    first = bench.propose(to="foe")
    bench.vote(bench.review_of(first), bench.ana, "request_changes", reason="Shorter.")
    redraft = proposed(core, judged(core, "c2", to="foe"))
    assert redraft.opened is not None
    assert redraft.stored.verdict.shadow is None


def test_the_report_counts_what_would_have_waited_by_rule(core: Core, bench: Bench) -> None:
    for n, to in enumerate(["foe", "board", "foe", "friend", 7]):
        proposed(core, judged(core, f"c{n}", to=to))
        bench.clock.advance(timedelta(minutes=1))
    with core.database.read() as tx:
        found = volumes(tx, Wanted(in_shadow=True))
        assert sum(volume.calls for volume in volumes(tx, Wanted())) == 4
        assert not volumes(tx, Wanted(tool="pay", in_shadow=True))
    assert (found[0].rule, found[0].calls, found[0].per_day) == ("rest", 2, 2.0)
    assert {(v.rule, v.calls, v.failed) for v in found} == {
        ("rest", 2, 0),
        ("two-people", 1, 0),
        (None, 1, 1),
    }
