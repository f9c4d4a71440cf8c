"""A redline reads as phrases, and both texts can be read off it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signoff.web.pages.redline import redline
from tests.web.samples import BODY


def told(before: str, after: str) -> list[tuple[str, str]]:
    return [(c.kind, "".join(p.text for p in c.pieces)) for c in redline(before, after)]


def test_changed_words_are_joined_into_one_phrase() -> None:
    before = "it is guaranteed to double your reply rate."
    after = "it is known to raise your reply rate."
    assert told(before, after) == [
        ("same", "it is "),
        ("removed", "guaranteed to double"),
        ("added", "known to raise"),
        ("same", " your reply rate."),
    ]


def test_untouched_paragraphs_stay_whole() -> None:
    changes = told(BODY, BODY.replace("35%", "20%"))
    assert [text for kind, text in changes if kind != "same"] == ["35%", "20%"]


@given(st.text("ab \n", max_size=40), st.text("ab \n", max_size=40))
def test_both_texts_can_be_read_off(before: str, after: str) -> None:
    changes = told(before, after)
    assert "".join(text for kind, text in changes if kind != "added") == before
    assert "".join(text for kind, text in changes if kind != "removed") == after
