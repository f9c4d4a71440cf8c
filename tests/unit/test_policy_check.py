from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from signoff.policy.check import check_codes, check_tools
from signoff.policy.load import load_policy, parse_policy
from tests.support.policies import OUTBOUND, small_policy


class Tone(StrEnum):
    WARM = "warm"


class Line(BaseModel):
    sku: str


class Arguments(BaseModel):
    to: str
    note: str | None = None
    count: int
    amount: float
    price: Decimal
    maybe_price: Decimal | None
    tone: Tone
    mode: Literal["a", "b"]
    tags: list[str]
    lines: list[Line]
    extra: dict[str, float]
    anything: Any
    size: int = 5


SCHEMA = Arguments.model_json_schema()
LOOK: dict[str, Any] = {"type": "object", "properties": {}}


def faults(arguments: str, more: str = "", rules: str = "[]") -> tuple[str, ...]:
    text = small_policy(rules, arguments=arguments).replace("effect: write", f"effect: write{more}")
    return check_tools(parse_policy(text), {"act": SCHEMA, "look": LOOK})


@pytest.mark.parametrize(
    "declared",
    [
        "to: string",
        "note: 'string?'",
        "count: int",
        "count: double",
        "amount: double",
        "price: double",
        "maybe_price: 'double?'",
        "tone: string",
        "mode: string",
        "tags: list",
        "tags: list(string)",
        "lines: list",
        "extra: map(double)",
        "extra: map",
        "anything: int",
        "size: 'int?'",
    ],
)
def test_types_that_agree(declared):
    assert faults(f"{{{declared}}}") == ()


@pytest.mark.parametrize(
    ("declared", "part"),
    [
        ("to: int", "the tool takes string"),
        ("note: string", "the tool takes null too; declare string?"),
        ("count: string", "the tool takes integer"),
        ("amount: int", "the tool takes number"),
        ("maybe_price: double", "declare double?"),
        ("tone: bool", "the tool takes string"),
        ("mode: int", "the tool takes string"),
        ("tags: list(int)", "the tool takes array"),
        ("tags: string", "the tool takes array"),
        ("lines: list(string)", "the tool takes array"),
        ("extra: map(string)", "the tool takes object"),
        ("size: int", "may be called without it; declare int?"),
        ("tto: string", 'there is no argument "tto"; did you mean "to"?'),
    ],
)
def test_types_that_disagree(declared, part):
    [fault] = faults(f"{{{declared}}}")
    assert fault.startswith("act: ")
    assert part in fault


def test_the_rules_that_read_a_missing_argument_are_named():
    [fault] = faults("{tto: string}", rules='[{id: r, when: args.tto == "x", effect: deny, summary: s}]')
    assert fault.endswith("; read by r")


@pytest.mark.parametrize(
    ("more", "use"),
    [
        (", body: bdy", "body"),
        (", title: 'To {reader}'", "title"),
    ],
)
def test_named_arguments_must_be_there(more, use):
    [fault] = faults("{}", more)
    assert f"its {use} names an argument" in fault
    assert faults("{}", ", body: to, title: '{to}'") == ()


def test_tools_that_are_missing_or_unclassified():
    policy = parse_policy(small_policy())
    assert check_tools(policy, {"act": SCHEMA}) == (
        'the policy names a tool "look" that is not there; there are act',
    )
    assert check_tools(policy, {"act": SCHEMA, "look": LOOK, "wipe": LOOK}) == (
        'the tool "wipe" is not classified',
    )
    renamed = check_tools(policy, {"acts": SCHEMA, "look": LOOK})
    assert renamed == (
        'the policy names a tool "act" that is not there; did you mean "acts"?',
        'the tool "acts" is not classified; did you mean "act"?',
    )


def test_an_endless_reference_ends():
    schema: dict[str, Any] = {"properties": {"x": {"$ref": "#/properties/x"}}, "required": ["x"]}
    policy = parse_policy(small_policy(arguments="{x: int}"))
    assert check_tools(policy, {"act": schema, "look": LOOK}) == ()


def test_flag_codes_that_nobody_gives():
    policy = parse_policy(
        small_policy("[{id: r, when: \"flags.exists(f, f.code == 'discont')\", effect: deny, summary: s}]")
    )
    assert check_codes(policy, ["discount", "link"]) == (
        'the rule "r" waits for a flag "discont" that no detector gives; did you mean "discount"?',
    )
    assert check_codes(policy, ["discont"]) == ()
    assert check_codes(load_policy(OUTBOUND), []) == ()
