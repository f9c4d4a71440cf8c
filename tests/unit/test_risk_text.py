from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from signoff.risk.text import Plain, Sentences, as_latin, is_invisible, latin_lookalike, leaves


def test_plain_text_drops_what_nobody_sees_and_leads_back() -> None:
    text = "Pay \uff04\uff11\u200b\uff15 now"
    plain = Plain(text)
    assert plain.text == "Pay $15 now"
    start = plain.text.index("$15")
    assert text[slice(*plain.span(start, start + 3))] == "\uff04\uff11\u200b\uff15"


def test_plain_ascii_text_is_itself() -> None:
    text = "Plain text,\n\twith a tab."
    assert Plain(text).text == text
    assert Plain(text).span(3, 7) == (3, 7)


def test_plain_text_unifies_spaces_dashes_and_quotes() -> None:
    assert Plain("a\u00a0b\u2009c \u2013 \u2019x\u2019 \u201cy\u201d").text == "a b c - 'x' \"y\""


@given(st.text())
def test_each_plain_character_stands_for_one_of_the_original(text: str) -> None:
    plain = Plain(text)
    assert len(plain.text) == sum(not is_invisible(char) for char in text)
    for n, char in enumerate(plain.text):
        start, end = plain.span(n, n + 1)
        assert end == start + 1
        original = text[start]
        assert char == original or unicodedata.category(original) != "Ll" or not original.isascii()


@given(st.text(alphabet=st.sampled_from("ab. !?\n-*$1,"), max_size=60))
def test_every_offset_lies_in_its_sentence(text: str) -> None:
    sentences = Sentences(text)
    for offset in range(len(text)):
        start, end = sentences.around(offset)
        assert start <= offset < end


def test_a_decimal_point_ends_no_sentence() -> None:
    text = "It is $1,234.50 today. Tomorrow it is more."
    start, end = Sentences(text).around(text.index("50"))
    assert text[start:end] == "It is $1,234.50 today."


def test_leaves_are_named_by_json_pointer() -> None:
    value = {"a/b": [{"~x": "one"}, 2, None], "c": ("two", ["three"])}
    assert sorted(leaves(value)) == [("/a~1b/0/~0x", "one"), ("/c/0", "two"), ("/c/1/0", "three")]


def test_lookalikes_are_read_as_latin_letters() -> None:
    assert latin_lookalike("\u0430") == "a"
    assert latin_lookalike("a") is None
    assert latin_lookalike("\u4e2d") is None
    assert as_latin("p\u0430yp\u0430l") == "paypal"
