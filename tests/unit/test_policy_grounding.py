"""Conditions that ask whether the requester named a value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.action import EffectClass
from signoff.domain.policy import RuleEffect
from signoff.policy.evaluate import PolicyEvaluator
from signoff.policy.grounding import in_request
from signoff.policy.load import parse_policy
from tests.support.policies import action, faults_of, is_failed_review, small_policy

REQUEST = (
    'Please send $1,250.50 to Zoë Brown-Lee (zoe.brown@example.co.uk), subject "Rent, May".',
    "Her account is GB29NWBK60161331926819; use order #W123, 3 copies, -7 degrees, 15%.",
)


@pytest.mark.parametrize(
    "value",
    [
        "zoe.brown@example.co.uk",
        "ZOE.Brown@example.co.uk",
        "Zoe Brown-Lee",
        "Zoë",
        "rent, may",
        "gb29nwbk60161331926819",
        "#W123",
        1250.5,
        3,
        3.0,
        -7,
        15,
        ["Zoë", "#W123"],
        [3, 15],
    ],
)
def test_what_the_requester_wrote_is_in_the_request(value):
    assert in_request(value, REQUEST)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " . ",
        [],
        None,
        True,
        "zoe.brown@example.co",
        "brown@example.co.uk",
        "example.co.uk",
        "zoë.brown@example.co.uk",
        "zoe.brown@example.co.uk.evil.ru",
        "z\u043ee.brown@example.co.uk",
        "zoe.brown@example.co.uk\u200b",
        "\uff3aoe",
        "zoe.brown@example.co.uk, eve@evil.ru",
        "May Her",
        "Brown",
        "W12",
        1250,
        1251.5,
        7,
        29,
        0,
        ["Zoë", "Eve"],
        ["Zoë", ""],
        float("nan"),
    ],
)
def test_what_the_requester_did_not_write_is_not(value):
    assert not in_request(value, REQUEST)


def test_nothing_is_in_no_request():
    assert not in_request("a", [])
    assert not in_request(1, [""])


@given(st.lists(st.text()), st.text())
def test_any_text_is_answered_with_yes_or_no(request, value):
    assert in_request(value, request) in (True, False)


@given(st.text(st.characters(categories=("Ll", "Nd")), min_size=1), st.text(alphabet="abc ,.", max_size=30))
def test_a_longer_token_never_grounds_a_shorter_one(token, around):
    assert not in_request(token, [f"{around} x{token} {token}x x{token}x".replace(f" {token} ", " ")]) or (
        in_request(token, [around])
    )


RULES = (
    "[{id: named, tools: [act], when: 'in_request(args.to) && in_request(args.amount)', effect: allow, "
    "summary: The requester named it.}]"
)
ARGUMENTS, FACTS = "{to: string, amount: double}", "{request: list(string)}"


def judged(arguments, facts, **policy):
    text = small_policy(RULES, arguments=ARGUMENTS, facts=FACTS, **policy)
    effect = EffectClass(policy.get("effect", "write"))
    return PolicyEvaluator(parse_policy(text)).evaluate(
        action(arguments, facts, tool="act", effect_class=effect), []
    )


def test_a_rule_grounds_arguments_in_the_request():
    facts = {"request": ["Pay 20 to Ann"]}
    assert judged({"to": "Ann", "amount": 20}, facts).rule == "named"
    assert judged({"to": "Ann", "amount": 21}, facts).effect is RuleEffect.REVIEW
    assert judged({"to": "Eve", "amount": 20}, facts).effect is RuleEffect.REVIEW


@pytest.mark.parametrize("facts", [{}, {"request": None}, {"request": "Pay 20 to Ann"}, {"request": [7]}])
def test_a_request_that_is_missing_or_none_ends_in_a_review(facts):
    assert is_failed_review(judged({"to": "Ann", "amount": 20}, facts), "facts.request")


def test_an_irreversible_tool_is_grounded_only_by_a_rule_that_names_it():
    arguments, facts = {"to": "Ann", "amount": 20}, {"request": ["Pay 20 to Ann"]}
    assert judged(arguments, facts, effect="irreversible").effect is RuleEffect.ALLOW
    unnamed = RULES.replace("tools: [act], ", "")
    [fault] = faults_of(small_policy(unnamed, effect="irreversible", arguments=ARGUMENTS, facts=FACTS))
    assert "must name its tools" in fault.message


@pytest.mark.parametrize(
    ("when", "facts", "message"),
    [
        ("in_request(args.to)", "{}", 'declare the fact "request: list(string)"'),
        ("in_request(args.to)", "{request: list}", 'declare the fact "request: list(string)"'),
        ("in_request(args.to)", "{request: 'list(string)?'}", 'declare the fact "request: list(string)"'),
        ("in_request()", FACTS, "in_request() cannot take 0 values"),
        ("in_request(true)", FACTS, "takes a text, a number or a list of them, not a bool"),
        ("args.to.in_request()", FACTS, "unknown function"),
    ],
)
def test_a_condition_that_could_not_be_answered_is_refused_at_load(when, facts, message):
    rule = f"[{{id: r, tools: [act], when: '{when}', effect: review, summary: S.}}]"
    [fault] = faults_of(small_policy(rule, arguments=ARGUMENTS, facts=facts))
    assert message in fault.message


def test_each_item_of_a_list_can_be_asked_about():
    rule = "[{id: r, tools: [act], when: 'args.to.all(one, in_request(one))', effect: allow, summary: S.}]"
    evaluator = PolicyEvaluator(parse_policy(small_policy(rule, arguments="{to: list(string)}", facts=FACTS)))
    facts = {"request": ["Ask Ann and Bob"]}
    call = action({"to": ["Ann", "Bob"]}, facts, tool="act", effect_class=EffectClass.WRITE)
    assert evaluator.evaluate(call, []).effect is RuleEffect.ALLOW
    call = action({"to": ["Ann", "Eve"]}, facts, tool="act", effect_class=EffectClass.WRITE)
    assert evaluator.evaluate(call, []).effect is RuleEffect.REVIEW
