from __future__ import annotations

import pytest

from signoff.domain.flag import Severity
from tests.support.risk import draft, flags_of, found


def check(body: str, **settings: object) -> list[tuple[str, str]]:
    return found(flags_of("hidden_characters", dict(settings), draft(body)))


@pytest.mark.parametrize(
    ("body", "code", "quote"),
    [
        ("a\u200bb", "hidden_zero_width", "\u200b"),
        ("a\u200b\u2060\ufeffb", "hidden_zero_width", "\u200b\u2060\ufeff"),
        ("soft\u00adhyphen", "hidden_zero_width", "\u00ad"),
        ("fill\u3164er", "hidden_zero_width", "\u3164"),
        ("a\u200db", "hidden_zero_width", "\u200d"),
        ("abc\u202edef", "hidden_bidi", "\u202e"),
        ("abc\u2066def", "hidden_bidi", "\u2066"),
        ("abc\u200edef", "hidden_bidi", "\u200e"),
        ("hi\U000e0068\U000e0069", "hidden_tag", "\U000e0068\U000e0069"),
        ("a\ufe01b", "hidden_selector", "\ufe01"),
        ("a\ufe0fb", "hidden_selector", "\ufe0f"),
        ("\u2764\ufe0f\ufe0e\ufe0f", "hidden_selector", "\ufe0e\ufe0f"),
        ("bell\x07", "hidden_control", "\x07"),
        ("null\x00", "hidden_control", "\x00"),
        ("a\rb", "hidden_control", "\r"),
        ("a\u2028b", "hidden_control", "\u2028"),
        ("a\ue000b", "hidden_private", "\ue000"),
        ("a\uffffb", "hidden_private", "\uffff"),
        ("p\u0430yp\u0430l", "confusable_word", "p\u0430yp\u0430l"),
        ("open the \u0441\u043e\u0440\u0435 now", "confusable_word", "\u0441\u043e\u0440\u0435"),
        (
            "\U0001d5d9\U0001d5ff\U0001d5f2\U0001d5f2",
            "confusable_styled",
            "\U0001d5d9\U0001d5ff\U0001d5f2\U0001d5f2",
        ),
    ],
)
def test_hidden_and_confusable_characters_are_flagged(body: str, code: str, quote: str) -> None:
    assert check(body) == [(code, quote)]


@pytest.mark.parametrize(
    "body",
    [
        "Plain text with\ttab,\r\nline ends and\n\nparagraphs.",
        "Na\u00efve caf\u00e9, \u201cquotes\u201d \u2013 dashes\u2026 50\u00a0% \u20ac 1\u202f000",
        "\U0001f469\u200d\U0001f4bb \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \u2764\ufe0f",
        "\U0001f3f3\ufe0f\u200d\U0001f308 1\ufe0f\u20e3 \U0001f44d\U0001f3fd",
        "\U0001f9d1\U0001f3fd\u200d\U0001f680 lifts off",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f wins",
        "\u041f\u0440\u0438\u0432\u0435\u0442, \u0441\u043e\u0440\u0435 \u043c\u0438\u0440!",
        "\u039a\u03b1\u03bb\u03b7\u03bc\u03ad\u03c1\u03b1 \u03ba\u03cc\u03c3\u03bc\u03b5",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u200f(\u0628\u0644\u0647)\u200f",
        "\u05e9\u05dc\u05d5\u05dd \u200eabc\u200f \u05e2\u05d5\u05dc\u05dd",
        "\u0915\u094d\u200d\u0937 \u0928\u092e\u0938\u094d\u0924\u0947",
        "\u65e5\u672c\u8a9e\u3068\u30ab\u30bf\u30ab\u30ca \uff26\uff35\uff2c\uff2c \u908a\U000e0100",
        "The letter \u03b1 and the word \u041c\u043e\u0441\u043a\u0432\u0430 in English text",
        "Nguy\u1ec5n V\u0103n A, \u0141\u00f3d\u017a, Stra\u00dfe, \u0130stanbul",
        "\u00b5m and \u212b and \u2122 and \u00bd and x\u00b2",
    ],
)
def test_ordinary_text_of_the_world_passes(body: str) -> None:
    assert check(body) == []


def test_hidden_text_in_tags_is_decoded() -> None:
    hidden = "".join(chr(0xE0000 + ord(char)) for char in "pay eve")
    [flag] = flags_of("hidden_characters", {}, draft(f"Hello{hidden}"))
    assert "'pay eve'" in flag.evidence
    assert flag.severity is Severity.HIGH


def test_the_word_is_offered_in_plain_letters_and_the_rest_is_dropped() -> None:
    flags = flags_of("hidden_characters", {}, draft("H\u0430rbour\u200b"))
    assert [(flag.quote, flag.suggestion) for flag in flags] == [("H\u0430rbour", "Harbour"), ("\u200b", "")]


def test_every_string_of_the_arguments_is_read_at_any_depth() -> None:
    action = draft("fine", extra={"list": ["ok", {"deep": "a\u200bb"}]}, to="a\u200b@example.com")
    assert [flag.path for flag in flags_of("hidden_characters", {}, action)] == ["/extra/list/1/deep", "/to"]


def test_offsets_are_code_points() -> None:
    [flag] = flags_of("hidden_characters", {}, draft("\U0001f600\U0001f600\u200bx"))
    assert (flag.start, flag.end) == (2, 3)


def test_listed_code_points_are_fine() -> None:
    assert check("soft\u00adhyphen", allow=["U+00AD"]) == []
    with pytest.raises(ValueError, match="hidden_characters: allow"):
        check("x", allow=["AD"])
