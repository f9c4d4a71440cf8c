"""Canonical text is RFC 8785, whichever writer wrote it."""

from __future__ import annotations

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.canonical import encode, tagged

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_it_is_what_rfc8785_writes(value: object) -> None:
    assert encode(value).encode() == rfc8785.dumps(tagged(value))


def test_keys_sort_by_utf16_units() -> None:
    assert encode({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'


def test_control_characters_are_escaped_as_the_standard_says() -> None:
    assert encode('\x00\x1f\b\t\n\f\r"\\/\x7f\u2028') == '"\\u0000\\u001f\\b\\t\\n\\f\\r\\"\\\\/\x7f\u2028"'
