"""Which differences are contradictions, which of them are one question, and what an answer means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from graphs.data_sync.authority import _conflict_asked, _content
from graphs.data_sync.conflicts import Conflict, chosen, compare, custom, question
from graphs.data_sync.fields import BY_NAME, FIELDS, NAMES

BASE = {
    "name": "Elm Supply", "contact": "Ann Lee", "email": "ann@example.com", "street": "1 Oak Street",
    "city": "Denver", "state": "CO", "zip": "80279", "tax_id": "84-1029384", "payment_terms": "Net 30",
    "credit_limit": "5000.00",
}  # fmt: skip
numbers = st.from_regex(r"A-[0-9]{4}", fullmatch=True)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=12)


def accounts(**changed: dict[str, str]) -> dict[str, dict[str, str]]:
    return {number: {**BASE, **values} for number, values in changed.items()}


@pytest.mark.parametrize(
    ("field", "one", "other", "same"),
    [
        ("name", "Sunset Goods Inc.", "SUNSET  GOODS, INC", True),
        ("name", "Sunset Goods", "Sunrise Goods", False),
        ("payment_terms", "Net 30", "NET30", True),
        ("payment_terms", "Net 30", "30 days", True),
        ("payment_terms", "Net 30", "Net 45", False),
        ("payment_terms", "Due on receipt", "due on receipt.", True),
        ("payment_terms", "Due on receipt", "Net 30", False),
        ("credit_limit", "5000.00", "5,000", True),
        ("credit_limit", "5000.00", "5000.01", False),
        ("credit_limit", "0.00", "0", True),
        ("credit_limit", "a lot", "much", False),
        ("tax_id", "84-1029384", "841029384", True),
        ("zip", "80279", "80279-0001", False),
        ("email", "Ann@Example.com ", "ann@example.com", True),
        ("state", "CO", "co", True),
        ("contact", "Ann Lee", "", False),
    ],
)
def test_what_means_the_same_is_no_conflict(field: str, one: str, other: str, same: bool) -> None:
    assert BY_NAME[field].same(one, other) is same
    found = compare(accounts(a={field: one}), accounts(a={field: other}))
    assert (len(found.conflicts), found.alike) == ((0, 1) if same else (1, 0))


def test_identical_conflicts_are_one_question() -> None:
    crm = accounts(a={}, b={}, c={"payment_terms": "Net 60"}, d={})
    erp = accounts(
        a={"payment_terms": "Net 45"}, b={"payment_terms": "Net 45"}, c={"payment_terms": "Net 45"}, e={}
    )
    found = compare(crm, erp)
    assert [(one.crm, one.erp, [n for n, _ in one.accounts]) for one in found.conflicts] == [
        ("Net 30", "Net 45", ["a", "b"]),
        ("Net 60", "Net 45", ["c"]),
    ]
    assert (found.only_crm, found.only_erp) == (("d",), ("e",))
    assert len({one.key for one in found.conflicts}) == 2


def test_the_question_names_field_values_and_accounts() -> None:
    conflict = Conflict("payment_terms", "Net 30", "", (("A-1", "Elm Supply"), ("A-2", "Oak Ltd")))
    asked = question(conflict)
    assert asked.text == "Payment terms of 2 accounts: which is right?"
    assert asked.choices == ({"Use CRM": "Net 30"}, {"Use ERP": "(empty)"})
    assert asked.details == "A-1 Elm Supply\nA-2 Oak Ltd"
    assert [chosen(conflict, answer) for answer in (*asked.choices, "Net 45 ")] == ["Net 30", "", "Net 45"]


@settings(max_examples=40)
@given(
    st.sampled_from(NAMES), texts, texts,
    st.lists(st.tuples(numbers, texts.map(str.strip)), min_size=1, max_size=3),
)  # fmt: skip
def test_a_stored_question_tells_its_conflict_and_no_other(
    field: str, crm: str, erp: str, named: list[tuple[str, str]]
) -> None:
    conflict = Conflict(field, crm, erp, tuple(named))
    assert Conflict.from_state(json.loads(json.dumps(conflict.to_state()))) == conflict
    stored: dict[str, Any] = json.loads(_content(question(conflict).arguments))
    found = _conflict_asked(field, stored)
    if "(empty)" not in (crm, erp):
        assert found == conflict
    for other in {"city", "zip"} - {field}:
        assert _conflict_asked(other, stored) is None
    assert _conflict_asked(field, {**stored, "text": "Something else?"}) is None


@pytest.mark.parametrize(
    ("field", "fits", "does_not"),
    [
        ("name", ["Elm & Sons", "X"], ["", " ", "x" * 201]),
        ("email", ["ann@example.com", "a.b@c.d.example"], ["ann", "ann@example", "a b@c.example", "a@b..c"]),
        ("city", ["Denver", "St. Louis", "São Paulo"], ["", "Denver 5", "7"]),
        ("state", ["CO"], ["co", "Colorado", "C0"]),
        ("zip", ["80279", "80279-0001"], ["8027", "802790", "8027A", "80279-1"]),
        ("tax_id", ["84-1029384"], ["841029384", "84-102938", "8a-1029384"]),
        ("payment_terms", ["Net 45", "Due on receipt"], ["Net 44", "net 45", ""]),
        ("credit_limit", ["0.00", "12000.50"], ["12,000.00", "12000", "-1.00", "1.5", "007.00"]),
    ],
)
def test_a_custom_value_must_fit_its_field(field: str, fits: list[str], does_not: list[str]) -> None:
    valid = Draft202012Validator(custom(BY_NAME[field])).is_valid
    assert [value for value in fits if not valid(value)] == []
    assert [value for value in [*does_not, None, 5, ["x"]] if valid(value)] == []


def test_every_field_says_what_fits() -> None:
    for field in FIELDS:
        Draft202012Validator.check_schema(field.schema)
        assert field.schema["description"].endswith(".")
        assert Draft202012Validator(field.schema).is_valid(BASE[field.name]), field.name
