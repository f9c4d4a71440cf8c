"""The stand-ins work once per key, and the policy believes them rather than a call."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.deal_desk import DealSettings, Systems
from graphs.deal_desk.deals import Band, PriceBook, Terms, load_price_book
from graphs.deal_desk.facts import deal_facts
from graphs.deal_desk.steps import terms_of
from graphs.deal_desk.tools import deal_tools
from signoff import Call, NotDone
from signoff.domain.action import Action, EffectClass
from signoff.domain.ids import DEFAULT_WORKSPACE, ThreadId
from signoff.domain.policy import RuleEffect
from signoff.policy.load import load_policy
from signoff.services.judge import Judge, Judgement
from tests.support.deals import POLICY

JUDGE = Judge(load_policy(POLICY))
BOOK = load_price_book(DealSettings().price_book)


@pytest.fixture
def systems(tmp_path: Path) -> Systems:
    return Systems(DealSettings(directory=tmp_path / "deal_desk"))


def judged(systems: Systems, tool: str, arguments: dict[str, Any]) -> Judgement:
    call = Call(tool=tool, arguments=arguments, state={}, context=None)
    errors: tuple[str, ...] = ()
    try:
        facts = deal_facts(systems)(call)
    except LookupError as error:
        facts, errors = {}, (str(error),)
    action = Action(
        workspace=DEFAULT_WORKSPACE,
        thread=ThreadId("t"),
        key="call:m/c",
        pause="m",
        tool=tool,
        fingerprint="f",
        effect_class=JUDGE.policy.tool(tool).effect,
        arguments=arguments,
        context=facts,
    )
    return JUDGE.judge(action, None, errors)


def terms(systems: Systems, of: str = "D-1001", **changes: Any) -> dict[str, Any]:
    return terms_of(systems.crm.deal(of)) | changes


@pytest.mark.parametrize(
    ("changes", "effect", "rule"),
    [
        ({}, "allow", "standard-pricing"),
        ({"discount_percent": 10.0}, "allow", "standard-pricing"),
        ({"discount_percent": 10.01}, "review", "exception-discount"),
        ({"seats": 49}, "review", "exception-discount"),
        ({"payment_days": 31}, "review", "exception-terms"),
        ({"term_months": 11}, "review", "exception-terms"),
        ({"special_terms": "A pony."}, "review", "own-wording"),
        ({"deal_version": 2}, "deny", "deal-moved-on"),
        ({"account": "Kestrel Logistics Ltd"}, "deny", "other-account"),
        ({"product": "Atlas Gold"}, "deny", "other-account"),
        ({"deal_id": "D-9999"}, "review", None),
    ],
)
def test_each_deviation_from_standard_meets_its_rule(
    systems: Systems, changes: dict[str, Any], effect: str, rule: str | None
) -> None:
    verdict = judged(systems, "create_contract", terms(systems, **changes)).verdict
    assert (verdict.effect, verdict.rule) == (RuleEffect(effect), rule)


def test_risky_wording_is_flagged_with_something_to_say_instead(systems: Systems) -> None:
    flags = judged(systems, "create_contract", terms(systems, "D-1004")).flags
    assert {(flag.quote, flag.path) for flag in flags} == {
        ("unlimited liability", "/special_terms"),
        ("terminate for convenience", "/special_terms"),
        ("most favoured", "/special_terms"),
    }
    assert all(flag.suggestion for flag in flags)


def test_tools_repeated_under_their_key_work_once(systems: Systems) -> None:
    create, send, update = (tool.func for tool in deal_tools(systems))  # type: ignore[attr-defined]
    for _ in range(2):
        create(**terms(systems), request_key="eff_1")
        send(contract_id="D-1001-1", to="ines.duarte@kestrel.example", message="Hello", request_key="eff_2")
        update(
            deal_id="D-1001", deal_version=1, stage="signing", note="", contract_id="D-1001-1",
            request_key="eff_3",
        )  # fmt: skip
    assert len(list((systems.maildir / "new").iterdir())) == 1
    assert systems.contracts.has_made("eff_1")
    assert systems.signature.has_sent("eff_2")
    assert systems.crm.has_noted("eff_3")
    assert not systems.crm.has_noted("eff_4")
    with pytest.raises(NotDone, match="has the contract D-1001-1 already"):
        create(**terms(systems), request_key="eff_5")
    with pytest.raises(ValueError, match="out for signature"):
        systems.crm.submit("D-1001", seats=1)


def test_what_cannot_be_done_changes_nothing(systems: Systems) -> None:
    create, send, update = (tool.func for tool in deal_tools(systems))  # type: ignore[attr-defined]
    before = systems.crm.deals()
    with pytest.raises(NotDone, match="no product"):
        create(**terms(systems, product="Atlas Gold"), request_key="eff_1")
    with pytest.raises(NotDone, match="no 'D-1001-1'"):
        send(contract_id="D-1001-1", to="a@b.example", message="Hello", request_key="eff_2")
    with pytest.raises(NotDone, match="at version 1 by now"):
        update(deal_id="D-1001", deal_version=7, stage="declined", note="", request_key="eff_3")
    with pytest.raises(NotDone, match="no deal"):
        update(deal_id="D-9999", deal_version=1, stage="declined", note="", request_key="eff_4")
    with pytest.raises(ValueError, match="seats"):
        systems.crm.submit("D-1001", seats=0)
    assert systems.crm.deals() == before
    assert systems.contracts.of_deal("D-1001", 1) is None
    assert not systems.maildir.exists()


def contracted(systems: Systems) -> None:
    create = deal_tools(systems)[0].func  # type: ignore[attr-defined]
    create(**terms(systems), request_key="eff_1")


@pytest.mark.parametrize(
    ("to", "sent", "rule"),
    [
        ("Ines.Duarte@Kestrel.example", False, "send-what-was-agreed"),
        ("ines.duarte@kestre1.example", False, "anything-else"),
        ("ines.duarte@kestrel.example", True, "anything-else"),
    ],
)
def test_a_contract_goes_by_itself_once_and_to_the_contact_only(
    systems: Systems, to: str, sent: bool, rule: str
) -> None:
    contracted(systems)
    if sent:
        systems.contracts.mark_sent("D-1001-1", "ines.duarte@kestrel.example")
    call = {"contract_id": "D-1001-1", "to": to, "message": "Hello"}
    assert judged(systems, "send_contract", call).verdict.rule == rule


def test_an_update_that_the_store_does_not_bear_out_waits_for_a_person(systems: Systems) -> None:
    signing = {"deal_id": "D-1001", "deal_version": 1, "stage": "signing", "note": "Sent."}
    for claim in (signing, signing | {"contract_id": "D-1001-1"}):
        assert judged(systems, "update_deal", claim).verdict.rule == "anything-else"
    contracted(systems)
    declined = signing | {"stage": "declined"}
    assert judged(systems, "update_deal", declined).verdict.rule == "anything-else"
    systems.contracts.mark_sent("D-1001-1", "ines.duarte@kestrel.example")
    told = judged(systems, "update_deal", signing | {"contract_id": "D-1001-1"}).verdict
    assert told.rule == "note-what-happened"


def test_the_policy_speaks_plainly_and_waits_where_nothing_fits(systems: Systems) -> None:
    policy = JUDGE.policy
    assert all(rule.summary.endswith(".") for rule in policy.rules)
    assert all(tool.summary.endswith(".") for tool in policy.tools.values())
    allowing = [rule for rule in policy.rules if rule.effect is RuleEffect.ALLOW]
    assert all(len(rule.tools) == 1 for rule in allowing)
    assert policy.tool("send_contract").effect is EffectClass.IRREVERSIBLE
    unknown = judged(systems, "wire_money", {"amount": 1}).verdict
    assert (unknown.effect, [stage.name for stage in unknown.stages]) == (
        RuleEffect.REVIEW,
        ["sales lead", "legal"],
    )


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_more_seats_never_get_less_discount(one: int, other: int) -> None:
    few, many = sorted((one, other))
    assert BOOK.discount_limit(few) <= BOOK.discount_limit(many)


@given(st.integers(1, 500), st.decimals(0, 100, places=2), st.integers(1, 60))
def test_a_total_is_the_price_of_seats_and_months_less_the_discount(
    seats: int, discount: Decimal, months: int
) -> None:
    deal = Terms(
        account="A", product="Atlas Team", seats=seats, discount_percent=discount, term_months=months,
        payment_days=30,
    )  # fmt: skip
    exact = Decimal(240) * seats * months / 12 * (100 - discount) / 100
    assert abs(BOOK.total(deal) - exact) <= Decimal("0.005")


@pytest.mark.parametrize("bands", [[], [5], [1, 1], [1, 9, 3]])
def test_a_price_book_with_gaps_is_refused(bands: list[int]) -> None:
    with pytest.raises(ValueError, match="begin with 1 seat and rise"):
        PriceBook(products={}, discount_bands=tuple(Band(seats=n, limit=Decimal(1)) for n in bands))
