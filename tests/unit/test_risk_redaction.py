from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signoff.risk.redaction import Redactor, known_values
from tests.support.risk import draft


def test_identifiers_are_marked_by_kind_and_the_same_one_alike() -> None:
    redactor = Redactor()
    text = "Ask ann@example.com or Ann@Example.com, card 4111 1111 1111 1111, call (555) 010-1234."
    assert redactor.text(text) == (
        "Ask [e-mail address 1] or [e-mail address 1], card [payment card number 2], call [phone number 3]."
    )
    assert redactor.text("ann@example.com again") == "[e-mail address 1] again"


def test_what_the_facts_name_goes_and_so_do_the_parts_of_a_name() -> None:
    redactor = Redactor(["Noah Brown", "noah_brown_6181", "CO", "#W7678072"])
    text = "Hi Noah, order #W7678072 of NOAH BROWN (noah_brown_6181) goes to CO by van."
    assert redactor.text(text) == (
        "Hi [known value 1], order [known value 2] of [known value 3] ([known value 4]) goes to CO by van."
    )


def test_values_are_redacted_at_any_depth() -> None:
    redactor = Redactor(["Noah Brown"])
    value = {"to": ["a@b.example"], "Noah Brown": {"n": 7, "ok": True, "none": None}}
    assert redactor.value(value) == {
        "to": ["[e-mail address 1]"],
        "[known value 2]": {"n": 7, "ok": True, "none": None},
    }


def test_known_values_come_from_the_facts_that_the_policy_names() -> None:
    action = draft("", {"own": ["Noah Brown"], "others": [{"kind": "name", "value": "Eve"}], "x": ["no"]})
    assert known_values(action, {"own_fact": "own", "others_fact": "others"}) == ["Noah Brown", "Eve"]
    assert known_values(action, {}) == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_stands_around_is_left_as_it_is(before: str, after: str) -> None:
    text = f"{before} ann@example.com {after}"
    redacted = Redactor().text(text)
    assert "ann@example.com" not in redacted


@given(st.text(alphabet="abc ,.\n", max_size=80))
def test_a_text_without_personal_data_stays(text: str) -> None:
    assert Redactor().text(text) == text
