from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.domain.action import EffectClass
from signoff.domain.errors import PolicyInvalid
from signoff.domain.flag import Severity
from signoff.domain.policy import OnChanges, Policy, Rule, RuleEffect, ToolPolicy, Verdict
from signoff.domain.stage import DEFAULT_SETTLING, StageSpec
from signoff.policy import evaluate as evaluate_module
from signoff.policy.evaluate import PolicyEvaluator
from signoff.policy.explanation import StepOutcome
from signoff.policy.load import load_policy, parse_policy
from tests.support.policies import (
    KNOWN_CUSTOMER,
    OUTBOUND,
    ROUTINE_MAIL,
    action,
    flag,
    is_failed_review,
    small_policy,
)

ALLOW, REVIEW, DENY = RuleEffect.ALLOW, RuleEffect.REVIEW, RuleEffect.DENY
OUTBOUND_EVALUATOR = PolicyEvaluator(load_policy(OUTBOUND))


def judge(arguments: dict[str, Any] | None = None, flags=(), **facts: Any) -> Verdict:
    mail = {**ROUTINE_MAIL, **(arguments or {})}
    return OUTBOUND_EVALUATOR.evaluate(action(mail, {**KNOWN_CUSTOMER, **facts}), flags)


@pytest.mark.parametrize(
    ("arguments", "flags", "facts", "effect", "rule"),
    [
        ({}, [], {}, ALLOW, "routine"),
        ({"discount_percent": 5}, [], {}, ALLOW, "routine"),
        ({"discount_percent": 10}, [], {}, ALLOW, "routine"),
        ({"discount_percent": Decimal("10.01")}, [], {}, REVIEW, "big-discount"),
        ({"discount_percent": None}, [], {}, ALLOW, "routine"),
        ({}, [], {"tier": "strategic"}, REVIEW, "strategic-account"),
        ({}, [], {"customer_known": False}, DENY, "unknown-recipient"),
        ({"discount_percent": 99}, [flag()], {"customer_known": False}, DENY, "unknown-recipient"),
        ({}, [flag()], {}, REVIEW, "flagged"),
        ({}, [flag(severity=Severity.LOW)], {}, REVIEW, None),
        ({"to": "ann@other.org"}, [], {}, REVIEW, None),
    ],
)
def test_the_first_rule_that_matches_counts(arguments, flags, facts, effect, rule):
    verdict = judge(arguments, flags, **facts)
    assert (verdict.effect, verdict.rule, verdict.errors) == (effect, rule, ())


def test_a_verdict_carries_everything_of_its_rule_and_policy():
    policy = OUTBOUND_EVALUATOR.policy
    verdict = judge({"discount_percent": 50})
    assert verdict.policy == "outbound-copy"
    assert verdict.policy_version == "3"
    assert verdict.policy_hash == policy.content_hash
    assert verdict.summary == policy.rules[1].summary
    assert [stage.name for stage in verdict.stages] == ["marketing", "lead"]
    assert verdict.settling == timedelta(seconds=30)
    assert verdict.due_after == timedelta(hours=4)
    assert verdict.expires_after == timedelta(days=2)
    assert verdict.valid_for == timedelta(hours=12)
    assert verdict.on_changes is OnChanges.RETURN
    assert judge({}, [flag()]).expires_after == timedelta(days=1)
    assert judge({}, [flag()]).stages == policy.stages


def test_a_rule_may_settle_at_once_and_a_tool_may_stop_the_run():
    text = small_policy("[{id: r, when: always, effect: review, summary: s, settling: 0}]").replace(
        "effect: write", "effect: write, on_changes: stop"
    )
    call = action({}, {}, tool="act", effect_class=EffectClass.WRITE)
    verdict = PolicyEvaluator(parse_policy(text)).evaluate(call, [])
    assert verdict.settling == timedelta(0)
    assert verdict.on_changes is OnChanges.STOP


def test_no_match_says_so():
    verdict = judge({"to": "ann@other.org"})
    assert verdict.summary == "No rule of the policy matched, so a person decides."
    assert verdict.stages == OUTBOUND_EVALUATOR.policy.stages
    assert verdict.settling == DEFAULT_SETTLING


def test_reads_pass():
    call = action({"anything": object}, {}, tool="find_customer", effect_class=EffectClass.READ)
    verdict = OUTBOUND_EVALUATOR.evaluate(call, [])
    assert (verdict.effect, verdict.rule) == (ALLOW, "read")
    assert is_failed_review(OUTBOUND_EVALUATOR.evaluate(call, [], errors=["a detector failed"]))


def test_an_egress_tool_is_judged_as_a_write():
    text = small_policy("[{id: r, when: always, effect: deny, summary: s}]", effect="egress")
    call = action({}, {}, tool="act", effect_class=EffectClass.EGRESS)
    assert PolicyEvaluator(parse_policy(text)).evaluate(call, []).effect is DENY
    empty = PolicyEvaluator(parse_policy(small_policy(effect="egress"))).evaluate(call, [])
    assert (empty.effect, empty.rule) == (REVIEW, None)


def test_earlier_errors_make_a_review_even_where_a_rule_would_deny():
    call = action(context={**KNOWN_CUSTOMER, "customer_known": False})
    verdict = OUTBOUND_EVALUATOR.evaluate(call, [], errors=["link_domain: boom", "\ud800"])
    assert is_failed_review(verdict, "link_domain: boom")
    assert len(verdict.errors) == 2


def test_a_tool_that_nobody_classified_is_reviewed():
    verdict = OUTBOUND_EVALUATOR.evaluate(action(tool="wipe"), [])
    assert is_failed_review(verdict, 'does not classify the tool "wipe"')


@pytest.mark.parametrize("claimed", [EffectClass.READ, EffectClass.WRITE])
def test_a_call_classed_otherwise_than_in_the_policy_is_reviewed(claimed):
    assert is_failed_review(
        OUTBOUND_EVALUATOR.evaluate(action(effect_class=claimed), []), "the policy says irreversible"
    )
    call = action(tool="find_customer", effect_class=EffectClass.WRITE)
    assert is_failed_review(OUTBOUND_EVALUATOR.evaluate(call, []), "the policy says read")


@pytest.mark.parametrize("effect", ["allow", "review", "deny"])
def test_a_missing_value_is_an_error_for_the_rule_that_reads_it(effect):
    text = small_policy(
        f"[{{id: r, tools: [act], when: facts.vip || true, effect: {effect}, summary: s}}]",
        facts="{vip: bool, other: string}",
    )
    call = action({}, {}, tool="act", effect_class=EffectClass.WRITE)
    verdict = PolicyEvaluator(parse_policy(text)).evaluate(call, [])
    assert is_failed_review(verdict, 'rule "r": facts.vip is missing')


def test_the_requester_may_be_absent():
    text = small_policy(
        "[{id: r, tools: [act], when: 'has(run.requester) && run.requester.endsWith(\"@x.org\")', "
        "effect: allow, summary: s}]"
    )
    evaluator = PolicyEvaluator(parse_policy(text))
    call = action({}, {}, tool="act", effect_class=EffectClass.WRITE)
    assert evaluator.evaluate(call, [], "ann@x.org").effect is ALLOW
    assert evaluator.evaluate(call, [], "ann@y.org").effect is REVIEW
    assert evaluator.evaluate(call, []).errors == ()
    assert is_failed_review(evaluator.evaluate(call, [], 5))  # type: ignore[arg-type]  # on purpose


def policy_of(*rules: Rule, effect: EffectClass = EffectClass.IRREVERSIBLE) -> Policy:
    loaded = parse_policy(small_policy())
    return loaded.model_copy(update={"rules": rules, "tools": {"act": ToolPolicy(effect=effect)}})


def test_only_a_rule_that_names_it_may_allow_an_irreversible_tool():
    call = action({}, {}, tool="act")
    general = Rule(id="g", effect=ALLOW)
    verdict = PolicyEvaluator(policy_of(general)).evaluate(call, [])
    assert is_failed_review(verdict, 'rule "g": it allows an irreversible tool that it does not name')
    named = Rule(id="g", effect=ALLOW, tools=("act",))
    assert PolicyEvaluator(policy_of(named)).evaluate(call, []).effect is ALLOW
    write = action({}, {}, tool="act", effect_class=EffectClass.WRITE)
    assert PolicyEvaluator(policy_of(general, effect=EffectClass.WRITE)).evaluate(write, []).effect is ALLOW


def test_a_policy_made_by_hand_is_checked_too():
    with pytest.raises(PolicyInvalid, match=r"small:7: rule g: unknown name 'nope'"):
        PolicyEvaluator(policy_of(Rule(id="g", effect=ALLOW, when="nope", line=7)))


class PanicException(BaseException):
    """What the engine's binding raises when it panics; no Exception."""


@pytest.mark.parametrize("error", [ValueError("x"), MemoryError(), RecursionError(), PanicException("boom")])
def test_whatever_goes_wrong_inside_ends_in_a_review(monkeypatch, error):
    def fail(*args: Any) -> Any:
        raise error

    monkeypatch.setattr(evaluate_module, "read_values", fail)
    assert is_failed_review(judge(), type(error).__name__)
    explanation = OUTBOUND_EVALUATOR.explain(action(), [])
    assert explanation.verdict.effect is REVIEW
    assert {step.outcome for step in explanation.steps} == {StepOutcome.SKIPPED}


class Odd:
    """A program that gives what no condition may."""

    def __init__(self, result: Any) -> None:
        self.result = result

    def execute(self, context: Any) -> Any:
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result


@pytest.mark.parametrize(
    "result", [None, 1, "true", [], PanicException("boom"), KeyError("x"), TypeError("\ud800")]
)
def test_whatever_a_program_gives_or_raises_ends_in_a_review(monkeypatch, result):
    text = small_policy(
        "[{id: r, tools: [act], when: args.x, effect: allow, summary: s}]", arguments="{x: bool}"
    )
    monkeypatch.setattr("signoff.policy.program._program", lambda text: Odd(result))
    evaluator = PolicyEvaluator(parse_policy(text))
    call = action({"x": True}, {}, tool="act", effect_class=EffectClass.WRITE)
    assert is_failed_review(evaluator.evaluate(call, []), 'rule "r"')
    [step] = evaluator.explain(call, []).steps
    assert step.outcome is StepOutcome.ERROR


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_what_is_not_about_the_evaluation_passes(monkeypatch, error):
    def fail(*args: Any) -> Any:
        raise error

    monkeypatch.setattr(evaluate_module, "read_values", fail)
    with pytest.raises(type(error)):
        judge()


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.decimals(),
        st.text(),
        st.binary(max_size=3),
        st.just(object()),
        st.sampled_from(["a@example.com", "strategic", 5, 50, Decimal("9.99"), "\ud800"]),
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
FLAGS = st.lists(st.builds(flag, st.text(max_size=3), st.sampled_from(Severity)), max_size=3)


GOOD_CALL = st.tuples(
    st.fixed_dictionaries(
        {"to": st.sampled_from(["a@example.com", "b@other.org"])},
        optional={"discount_percent": st.integers(0, 20) | st.decimals(0, 20, places=2) | st.floats(0, 20)},
    ),
    st.fixed_dictionaries(
        {
            "customer_known": st.sampled_from([True, True, False]),
            "tier": st.sampled_from(["gold", "silver", "strategic"]),
            "discount_limit": st.integers(5, 15),
        }
    ),
)


def spoiled(call: tuple[dict[str, Any], dict[str, Any]]) -> st.SearchStrategy[Any]:
    """The call as it is, or with any of its values replaced by anything."""
    arguments, facts = ({key: st.just(value) | VALUES for key, value in part.items()} for part in call)
    return st.tuples(st.fixed_dictionaries(arguments), st.fixed_dictionaries({}, optional=facts))


CALLS = GOOD_CALL | GOOD_CALL.flatmap(spoiled)


def check_against_the_rules(
    call_of: tuple[dict[str, Any], dict[str, Any]], flags: Any, requester: Any
) -> bool:
    arguments, facts = call_of
    call = action(ROUTINE_MAIL, facts).model_copy(update={"arguments": {**ROUTINE_MAIL, **arguments}})
    verdict = OUTBOUND_EVALUATOR.evaluate(call, flags, requester)
    assert isinstance(verdict, Verdict)
    assert OUTBOUND_EVALUATOR.explain(call, flags, requester).verdict == verdict
    if verdict.effect is not ALLOW:
        return False
    assert not flags
    assert facts["customer_known"] is True
    assert isinstance(facts["tier"], str)
    assert facts["tier"] != "strategic"
    assert arguments["to"].endswith("@example.com")
    discount = arguments.get("discount_percent")
    assert discount is None or (not isinstance(discount, str) and discount <= facts["discount_limit"])
    return True


def test_nothing_passes_but_what_the_rules_allow():
    allowed: list[bool] = []

    @settings(max_examples=400)
    @given(CALLS, st.just([]) | FLAGS, VALUES)
    def judge_any(call: Any, flags: Any, requester: Any) -> None:
        allowed.append(check_against_the_rules(call, flags, requester))

    judge_any()
    assert allowed.count(True) > 10
    assert allowed.count(False) > 100


def test_explain_tells_of_every_rule():
    explanation = OUTBOUND_EVALUATOR.explain(action({**ROUTINE_MAIL, "discount_percent": 25}), [flag("link")])
    assert [(step.rule, step.outcome) for step in explanation.steps] == [
        ("unknown-recipient", StepOutcome.NOT_MATCHED),
        ("big-discount", StepOutcome.MATCHED),
        ("strategic-account", StepOutcome.SKIPPED),
        ("flagged", StepOutcome.SKIPPED),
        ("routine", StepOutcome.SKIPPED),
    ]
    assert explanation.steps[1].values == {"args.discount_percent": "25.0", "facts.discount_limit": "10.0"}
    assert explanation.steps[2].detail == "an earlier rule matched"
    assert explanation.verdict.rule == "big-discount"
    assert explanation.steps[1].line == OUTBOUND_EVALUATOR.policy.rules[1].line


def test_explain_tells_of_errors_and_of_rules_for_other_tools():
    explanation = OUTBOUND_EVALUATOR.explain(
        action(context={"customer_known": True, "discount_limit": 1}), []
    )
    assert [step.outcome for step in explanation.steps][1:4] == [
        StepOutcome.NOT_MATCHED,
        StepOutcome.ERROR,
        StepOutcome.SKIPPED,
    ]
    assert explanation.steps[2].values == {"facts.tier": "facts.tier is missing"}
    assert explanation.steps[3].detail == "an earlier rule failed"
    read = OUTBOUND_EVALUATOR.explain(action(tool="find_customer", effect_class=EffectClass.READ), [])
    assert {step.detail for step in read.steps} == {"reads pass straight through"}
    assert read.verdict.rule == "read"
    unknown = OUTBOUND_EVALUATOR.explain(action(tool="wipe"), [])
    assert {step.detail for step in unknown.steps} == {"the policy could not be evaluated"}
    flagged = OUTBOUND_EVALUATOR.explain(action(), [flag("link")])
    assert flagged.steps[3].values == {"flags": "link (high)"}


def test_one_evaluator_serves_many_threads():
    wrong: list[Verdict] = []

    def work(offset: int) -> None:
        for n in range(200):
            percent = (offset + n) % 20
            verdict = judge({"discount_percent": percent})
            if (verdict.effect is ALLOW) != (percent <= 10):
                wrong.append(verdict)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_stages_of_a_hand_made_rule_win_over_the_default():
    stage = StageSpec(name="legal")
    verdict = PolicyEvaluator(policy_of(Rule(id="r", effect=REVIEW, stages=(stage,)))).evaluate(
        action({}, {}, tool="act"), []
    )
    assert verdict.stages == (stage,)
