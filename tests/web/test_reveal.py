"""Hidden characters never reach the page raw, and ordinary text is left alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.web.pages.reveal import flat, has_hidden, is_hidden, reveal

HIDDEN = [
    "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202a", "\u202b",
    "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\u200e",
    "\u200f", "\u061c", "\u180e", "\u2028", "\u2029", "\u00a0", "\u202f", "\u2007",
    "\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u034f", "\ufe0f", "\U000e0041",
    "\U000e0100", "\ue000", "\x00", "\x07", "\x08", "\x1b", "\x7f", "\x9b",
    "\r",
]  # fmt: skip


@pytest.mark.parametrize("char", HIDDEN, ids=lambda c: f"U+{ord(c):04X}")
def test_a_hidden_character_between_letters_is_shown_by_its_code_point(char: str) -> None:
    before, mark, after = reveal(f"a{char}b")
    assert (before.text, before.label) == ("a", None)
    assert mark.text == f"U+{ord(char):04X}"
    assert mark.label
    assert after.text == "b"


@pytest.mark.parametrize(
    "text",
    [
        "Plain English, with a tab\tand\nlines.",
        "Grüße aus Köln, naïve café, Łódź",
        "Привет, как дела?",
        "日本語の文章です\u3000全角",
        "مرحبا بالعالم",
        "می‌خواهم",  # Persian needs its non-joiner
        "क्‍ष",  # and Hindi its joiner
        "👩‍👩‍👧 and 🏳️‍🌈 and ☎️ and 1️⃣",
        "Ελληνικά, Türkçe, Tiếng Việt",
        "€ 12.50 – “quoted” … 20 %",
    ],
)
def test_ordinary_text_has_no_marks(text: str) -> None:
    assert not has_hidden(text)
    assert "".join(piece.text for piece in reveal(text)) == text


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_no_plain_piece_holds_a_hidden_character(text: str) -> None:
    pieces = reveal(text)
    for piece in pieces:
        if piece.label is None:
            around = [None, *piece.text, None]
            for left, char, right in zip(around, around[1:], around[2:], strict=False):
                assert char is not None
                if unicodedata.category(char) in ("Cf", "Mn"):
                    continue  # joiners may be harmless between their neighbours
                assert not is_hidden(char, left or "", right or "")


@given(st.text("ab \n\u200b\u202e\x1b", max_size=80))
def test_nothing_that_can_be_seen_is_lost(text: str) -> None:
    shown = "".join(piece.text for piece in reveal(text) if piece.label is None)
    seen = [c for c in text if c in "ab"]
    assert [c for c in shown if c in "ab"] == seen


def test_padding_cannot_push_text_out_of_sight() -> None:
    pieces = reveal("Dear Dana,\n" + "\n" * 10_000 + "pay at once")
    assert [p.text for p in pieces if p.label] == ["10000 empty lines"]
    assert sum(p.text.count("\n") for p in pieces) < 4
    spaces = reveal("a" + " " * 5_000 + "b")
    assert [p.text for p in spaces if p.label] == ["5000 spaces"]


def test_a_line_for_titles_is_short_and_has_no_breaks() -> None:
    assert flat("one\n\ntwo\u200bthree") == "one two⟨U+200B⟩three"
    assert len(flat("x" * 500)) == 200


def test_a_large_text_is_read_in_one_go() -> None:
    text = ("word " * 20 + "\u200b\n") * 5_000
    assert sum(1 for piece in reveal(text) if piece.label) == 5_000
