"""What a policy says about who sees a field, and the faults of it with their lines."""

from __future__ import annotations

import pytest

from signoff.domain.errors import PolicyInvalid
from signoff.domain.page_kind import PageKind
from signoff.domain.person import Role
from signoff.domain.visibility import NOBODY, Cover, Viewer, Visibility, Withheld, visibility
from signoff.policy.load import parse_policy

TEXT = """\
name: payouts
version: 1
tools:
  pay:
    effect: write
    page: refund
    visible:
      /card: {show: [lead, "group:payments"], mask: [reviewer], why: card data., ask: a lead}
      /lines/*/cost: {show: [lead], others: mask}
      facts/phone: {hide: [auditor], others: show}
rules: []
"""


def test_rules_are_read_and_the_one_that_shows_most_counts() -> None:
    tool = parse_policy(TEXT).tool("pay")
    card, cost, phone = tool.visible
    assert tool.page is PageKind.REFUND
    assert (card.why, card.ask, card.others) == ("card data", "a lead", Visibility.HIDE)
    both = Viewer(roles=frozenset({Role.REVIEWER, Role.LEAD}))
    assert visibility(card, both) is Visibility.SHOW
    assert visibility(card, Viewer(groups=frozenset({"payments"}))) is Visibility.SHOW
    assert visibility(cost, NOBODY) is Visibility.MASK
    assert visibility(phone, NOBODY) is Visibility.HIDE
    assert visibility(phone, Viewer()) is Visibility.SHOW
    seen = Cover(tool.visible, Viewer(roles=frozenset({Role.REVIEWER}))).arguments(
        {"card": "4929000011112222", "lines": [{"cost": "123"}]}
    )
    assert seen["card"] == Withheld("2222", "card data", "a lead")
    assert seen["lines"][0]["cost"] == Withheld("", "not for everybody", "")


def test_questions_have_rules_of_their_own() -> None:
    questions = "questions:\n  visible:\n    facts/salary: {show: [lead], why: salaries}\n"
    policy = parse_policy(TEXT + questions)
    [rule] = policy.tool("question").visible
    assert (rule.field, rule.why, rule.others) == ("facts/salary", "salaries", Visibility.HIDE)
    assert policy.tool("unknown").visible == ()
    with pytest.raises(PolicyInvalid, match=r"14: .*nobody sees /details in full"):
        parse_policy(TEXT + questions.replace("facts/salary: {show", "/details: {mask"), "policy.yaml")


@pytest.mark.parametrize(
    ("was", "now", "line", "message"),
    [
        ("page: refund", "page: refnd", 6, "input should be 'email'"),
        ("{show: [lead,", "{shwo: [lead,", 8, 'unknown key "shwo"; did you mean "show"?'),
        ("[reviewer]", "[reveiwer]", 8, "'reveiwer' is neither a role (reviewer, lead"),
        ("mask: [reviewer]", "mask: [lead]", 8, '"lead" is named twice'),
        ("/lines/*/cost", "lines/cost", 9, "'lines/cost' is no field"),
        ("{show: [lead], others", "{mask: [lead], others", 9, "nobody sees /lines/*/cost in full"),
    ],
)
def test_faults_have_their_line(was: str, now: str, line: int, message: str) -> None:
    with pytest.raises(PolicyInvalid) as refused:
        parse_policy(TEXT.replace(was, now), "policy.yaml")
    assert any(fault.line == line and message in fault.message for fault in refused.value.faults), (
        refused.value
    )
