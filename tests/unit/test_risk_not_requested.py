from __future__ import annotations

import pytest

from tests.support.risk import draft, flags_of, found

REQUEST = [
    "Tell ann@example.com that the report is at https://ours.example/r/7.",
    "And give DE89 3704 0044 0532 0130 00.",
]


def foreign(body: str, request: list[str] | None = None) -> list[tuple[str, str]]:
    facts = {"request": REQUEST if request is None else request}
    return found(flags_of("not_requested", {"read": ["body"]}, draft(body, facts)))


@pytest.mark.parametrize(
    "body",
    [
        "Nothing to follow.",
        "See https://ours.example/r/7/ or ask Ann@Example.com.",
        "Pay to DE89370400440532013000.",
    ],
)
def test_what_the_request_names_is_fine(body: str) -> None:
    assert foreign(body) == []


@pytest.mark.parametrize(
    ("body", "quote"),
    [
        ("See www.evil.ru/x for it", "www.evil.ru/x"),
        ("See https://ours.example.evil.ru/r/7", "https://ours.example.evil.ru/r/7"),
        ("See https://ours.example/r/8", "https://ours.example/r/8"),
        ("Ask bann@example.com", "bann@example.com"),
        ("Pay to GB29NWBK60161331926819", "GB29NWBK60161331926819"),
        ("Ask eve@evil\u200b.ru", "eve@evil\u200b.ru"),
    ],
)
def test_what_it_does_not_name_is_marked(body: str, quote: str) -> None:
    assert foreign(body) == [("not_requested", quote)]


def test_without_a_request_nothing_is_named() -> None:
    assert foreign("Ask ann@example.com", []) == [("not_requested", "ann@example.com")]


def test_a_missing_request_names_nothing_either() -> None:
    [flag] = flags_of("not_requested", {}, draft("Hi", to="ann@example.com"))
    assert "hold no message" in flag.evidence
