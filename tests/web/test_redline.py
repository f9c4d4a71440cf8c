"""A redline reads as phrases, and both texts can be read off it."""

from __future__ import annotations

import time
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from signoff.web.pages.marks import segments
from signoff.web.pages.redline import redline, shortened_redline
from signoff.web.pages.render import environment
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


def test_a_long_unchanged_stretch_is_cut_down_to_its_edges() -> None:
    long = " ".join(f"word{n}" for n in range(500))
    said = "".join(
        p.text for c in shortened_redline(f"Old. {long} end.", f"New. {long} end.") for p in c.pieces
    )
    assert said.startswith("Old.New. word0 word1 ")
    assert "words" in said
    assert len(said) < 500
    assert shortened_redline("a b c", "a x c") == redline("a b c", "a x c")


def test_beyond_a_size_only_paragraphs_are_compared() -> None:
    paragraph = "the same words again\n"
    before = "one old paragraph\n" + paragraph * 12_000
    assert [c for c in told(before, before.replace("old", "new", 1)) if c[0] != "same"] == [
        ("removed", "one old paragraph\n"),
        ("added", "one new paragraph\n"),
    ]


def test_twenty_thousand_words_are_compared_about_as_fast_as_they_are_rendered() -> None:
    words = [f"w{n * 7919 % 4001}" for n in range(20_000)]
    text = "\n\n".join(" ".join(words[n : n + 80]) for n in range(0, len(words), 80))
    edited = text
    for n in range(0, 20_000, 2_000):
        edited = edited.replace(f" {words[n + 5]} ", " changed ", 1)
    template = environment().from_string('{% from "_text.html" import marked %}{{ marked(body) }}')

    def seconds(act: Callable[[], object]) -> float:
        best = 60.0
        for _ in range(5):
            started = time.process_time()
            act()
            best = min(best, time.process_time() - started)
        return best

    rendering = seconds(lambda: template.render(body=segments(text, [])))
    comparing = seconds(lambda: redline(text, edited))
    print(f"20,000 words: compared in {comparing * 1000:.0f} ms, rendered in {rendering * 1000:.0f} ms")
    assert comparing <= 3 * rendering
