"""The editing form keeps types, refuses what cannot be read, and leaves untouched values alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from signoff.domain.visibility import Withheld
from signoff.web.pages.form import Control, fields, in_groups, read
from tests.web.samples import EMAIL, SCHEMA

REFUND: dict[str, Any] = {
    "type": "object",
    "$defs": {
        "Line": {"type": "object", "properties": {"sku": {"type": "string"}, "n": {"type": "integer"}}}
    },
    "properties": {
        "order": {"type": "string"},
        "amount": {"anyOf": [{"type": "number"}, {"type": "string"}]},
        "method": {"enum": ["card", "voucher"]},
        "notify": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "due": {"type": "string", "format": "date"},
        "from": {"type": "string", "format": "date"},
        "raw": {"type": "string"},
    },
    "required": ["order", "amount"],
}
VALUES: dict[str, Any] = {
    "order": "#W1",
    "amount": Decimal("12.50"),
    "method": "card",
    "notify": True,
    "tags": ["late", "vip"],
    "lines": [{"sku": "A-1", "n": 2}],
    "note": None,
    "due": date(2026, 11, 22),
    "from": "2026-11-20",
    "raw": b"\x00\x01",
}


def sent(form: Any, **changes: str) -> dict[str, str]:
    """What a browser sends: every text, with its own line ends."""
    typed = {f.name: "\r\n".join(f.text.splitlines()) for f in form if f.control is not Control.FIXED}
    return typed | {f"arg{pointer}": text for pointer, text in changes.items()}


def test_each_kind_of_value_gets_its_control() -> None:
    form = {f.pointer: f.control for f in fields(REFUND, VALUES)}
    assert form == {
        "/order": Control.LINE,
        "/amount": Control.NUMBER,
        "/method": Control.CHOICE,
        "/notify": Control.CHECK,
        "/tags": Control.LINES,
        "/lines/0/sku": Control.LINE,
        "/lines/0/n": Control.NUMBER,
        "/note": Control.LINE,
        "/due": Control.DATE,
        "/from": Control.DATE,
        "/raw": Control.FIXED,
    }


def test_an_untouched_form_is_the_same_values_of_the_same_types() -> None:
    form = fields(REFUND, VALUES)
    edited, problems = read(form, VALUES, sent(form))
    assert problems == {}
    assert edited == VALUES
    assert isinstance(edited["amount"], Decimal)


def test_edits_come_back_with_the_type_of_the_value_they_replace() -> None:
    form = fields(REFUND, VALUES)
    changes = {
        "/amount": "10.25", "/method": '"voucher"', "/notify": "false", "/tags": "late\r\n\r\nfragile",
        "/lines/0/n": "3", "/note": "by phone", "/due": "2026-12-01",
    }  # fmt: skip
    edited, problems = read(form, VALUES, sent(form, **changes))
    assert problems == {}
    assert edited["amount"] == Decimal("10.25")
    assert edited["method"] == "voucher"
    assert edited["notify"] is False
    assert edited["tags"] == ["late", "fragile"]
    assert edited["lines"] == [{"sku": "A-1", "n": 3}]
    assert edited["note"] == "by phone"
    assert edited["due"] == date(2026, 12, 1)
    assert VALUES["lines"] == [{"sku": "A-1", "n": 2}]


@pytest.mark.parametrize(
    ("pointer", "text", "problem"),
    [
        ("/amount", "a lot", "not a number"),
        ("/method", '"cash"', "choose one of the values offered"),
        ("/notify", "maybe", "neither yes nor no"),
        ("/from", "2026-13-01", "not a date like 2026-12-31"),
        ("/due", "tomorrow", "not a date as it stood here before"),
        ("/lines/0/n", "", "not a number"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_pointer(pointer: str, text: str, problem: str) -> None:
    form = fields(REFUND, VALUES)
    _, problems = read(form, VALUES, sent(form, **{pointer: text}))
    assert problems == {pointer: problem}


def test_an_argument_that_was_absent_stays_absent_until_something_is_typed() -> None:
    absent = {name: value for name, value in EMAIL.items() if name != "discount_percent"}
    form = fields(SCHEMA, absent, "body")
    assert read(form, absent, sent(form))[0] == absent
    assert read(form, absent, sent(form, **{"/discount_percent": "15"}))[0] == {
        **absent,
        "discount_percent": 15,
    }


def test_a_text_with_windows_line_ends_keeps_them_when_edited() -> None:
    values = {**EMAIL, "body": "one\r\ntwo"}
    form = fields(SCHEMA, values, "body")
    assert read(form, values, sent(form))[0] == values
    assert read(form, values, sent(form, **{"/body": "one\r\nthree"}))[0]["body"] == "one\r\nthree"


def test_the_draft_gets_a_large_field() -> None:
    [body] = [f for f in fields(SCHEMA, EMAIL, "body") if f.is_body]
    assert body.control is Control.TEXT
    assert body.rows > 10


def test_keys_with_slashes_keep_their_place() -> None:
    values = {"a/b": {"c~d": "x"}}
    form = fields({"type": "object"}, values)
    assert form[0].pointer == "/a~1b/c~0d"
    assert read(form, values, {"arg/a~1b/c~0d": "y"})[0] == {"a/b": {"c~d": "y"}}


def test_parts_of_a_whole_stand_together() -> None:
    groups = [(name, [f.label for f in inside]) for name, inside in in_groups(fields(REFUND, VALUES))]
    assert groups[1] == ("Lines / 1", ["Sku", "N"])


def test_what_is_hidden_says_so_and_cannot_be_typed_over() -> None:
    values = {"order": "#W1", "card": Withheld("4242", "card data", "a lead")}
    [_, card] = fields({"type": "object"}, values)
    assert (card.control, card.text) == (
        Control.FIXED,
        "\u2022\u2022\u2022\u20224242 Partly hidden: card data. Ask a lead.",
    )
    assert read((card,), values, {"arg/card": "1"})[0] == values
