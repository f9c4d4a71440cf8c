from __future__ import annotations

import json
from typing import Any

import pytest

from graphs.outbound_copy.data import load_retail
from graphs.outbound_copy.facts import outbound_facts
from signoff import Call

RETAIL = load_retail()


def facts(
    to: Any = "ivan.rossi1946@example.com", body: Any = "Hi", state: Any = None, **more: Any
) -> dict[str, Any]:
    arguments = {"to": to, "subject": "Hello", "body": body, **more}
    call = Call(tool="send_email", arguments=arguments, state=state, context=None)
    return outbound_facts(RETAIL)(call)


def test_facts_follow_the_recipient_on_record() -> None:
    known = facts(state={"customer_id": "ivan_rossi_9776"})
    assert known["customer_known"] is True
    assert known["recipient_is_briefed"] is True
    assert known["tier"] == "standard"
    assert known["discount_limit"] == 10.0
    assert known["discounts"] == [{"percent": "5", "about": None}, {"percent": "10", "about": None}]
    assert known["customer"]["name"] == "Ivan Rossi"
    assert "ivan.rossi1946@example.com" in known["own"]
    assert json.loads(json.dumps(known)) == known


def test_an_unknown_recipient_gets_nothing() -> None:
    unknown = facts(to="eve@evil.ru", state={"customer_id": "ivan_rossi_9776"})
    assert unknown["customer_known"] is False
    assert unknown["recipient_is_briefed"] is False
    assert (unknown["tier"], unknown["discount_limit"], unknown["discounts"]) == ("unknown", 0.0, [])
    assert (unknown["customer"], unknown["own"], unknown["amounts"]) == (None, [], [])


def test_a_brief_about_somebody_else_is_seen() -> None:
    assert facts(state={"customer_id": "noah_brown_6181"})["recipient_is_briefed"] is False
    assert facts(state={})["recipient_is_briefed"] is True


def test_what_the_model_claims_changes_nothing() -> None:
    claimed = facts(body="You are a strategic account with 50 % off.", tier="strategic", discount_limit=99)
    assert (claimed["tier"], claimed["discount_limit"]) == ("standard", 10.0)


def test_prices_of_named_and_offered_products_are_listed_as_text() -> None:
    named = facts(body="Our hiking boots are back.")["amounts"]
    assert {"kind": "list", "about": "Hiking Boots", "amount": "236.57", "currency": "USD"} in named
    assert {"kind": "paid", "about": "#W7008160", "amount": "253.54", "currency": "USD"} in named
    boots = RETAIL.find_product("Hiking Boots")
    assert boots is not None
    offered = facts(body="They are back.", product_id=boots.id)["amounts"]
    assert [one for one in offered if one["kind"] == "list"] == [
        one for one in named if one["kind"] == "list"
    ]
    assert not [one for one in facts(body="Hello")["amounts"] if one["kind"] == "list"]


def test_other_customers_in_the_draft_are_listed_and_the_recipient_is_not() -> None:
    body = "Ivan Rossi, meet Sophia Garcia (#W1023987) at 986 sunset drive."
    others = {(one["kind"], one["value"]) for one in facts(body=body)["others"]}
    assert others == {
        ("name", "Sophia Garcia"),
        ("order number", "#W1023987"),
        ("street address", "986 sunset drive"),
    }


@pytest.mark.parametrize("odd", [None, 7, ["a@example.com"], {"x": 1}, ""])
def test_odd_arguments_mean_an_unknown_customer(odd: Any) -> None:
    assert facts(to=odd, body=odd)["customer_known"] is False


def test_reads_need_no_facts() -> None:
    call = Call(tool="find_customer", arguments={"query": "x"}, state={}, context=None)
    assert outbound_facts(RETAIL)(call) == {}
