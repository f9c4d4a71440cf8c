from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.run import Run
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.contract_review.ooxml import live_runs, paragraphs, run_text, split_at, text_of
from graphs.contract_review.redline import BLOCK, Change, edits_between, redline
from tests.support.contracts import AUTHOR, accepted, rejected

WORDS = st.sampled_from(["the", "party", "shall", "pay", "$5", "(30)", "days,", "it's", "é", "–", "\t", "\n"])
LINES = st.lists(WORDS, min_size=1, max_size=12).map(lambda words: " ".join(words).strip() or "x")


def paper(*texts: str | list[tuple[str, str]]) -> Any:
    """A document; a list gives runs with a font property: "b", "i" or ""."""
    document = docx.Document()
    for text in texts:
        paragraph = document.add_paragraph()
        for words, style in [(text, "")] if isinstance(text, str) else text:
            run = paragraph.add_run(words)
            run.bold, run.italic = "b" in style or None, "i" in style or None
    return document


def reopened(document: Any) -> Any:
    written = io.BytesIO()
    document.save(written)
    return docx.Document(io.BytesIO(written.getvalue()))


def own_text(document: Any) -> list[str]:
    return [text_of(p) for p in paragraphs(document) if text_of(p).strip()]


@given(
    old=st.lists(LINES, min_size=1, max_size=4), new=st.lists(LINES, min_size=1, max_size=4), data=st.data()
)
@settings(max_examples=40)
def test_accepting_gives_the_new_text_and_rejecting_the_old(
    old: list[str], new: list[str], data: Any
) -> None:
    cut = [sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=3)) | {0, len(text)}) for text in old]
    runs = [
        [(text[a:b], data.draw(st.sampled_from(["", "b", "i"]))) for a, b in pairwise(at)]
        for text, at in zip(old, cut, strict=True)
    ]
    document = paper("Before.", *runs, "After.")
    came_in = own_text(document)
    redline(document, [Change(1, len(old) + 1, BLOCK.join(new))], AUTHOR)
    document = reopened(document)
    wanted = [text for text in BLOCK.join(new).split(BLOCK) if text.strip()]
    assert [_flat(text) for text in accepted(document)] == ["Before.", *map(_flat, wanted), "After."]
    assert [_flat(text) for text in rejected(document)] == list(map(_flat, came_in))


def _flat(text: str) -> str:
    """A line break is a line break, however many there were in a row."""
    return text.replace("\n ", "\n").replace("\n\n", "\n").strip()


@given(old=LINES, new=LINES)
def test_edits_are_whole_and_in_order(old: str, new: str) -> None:
    made, last = "", 0
    for start, end, text in edits_between(old, new):
        assert last <= start <= end
        made += old[last:start] + text
        last = end
    assert made + old[last:] == new


@given(text=LINES, place=st.integers(0, 80))
@settings(max_examples=40)
def test_splitting_a_run_loses_nothing(text: str, place: int) -> None:
    document = paper([(text, "b")])
    [paragraph] = paragraphs(document)
    before = text_of(paragraph)
    split_at(paragraph, place)
    assert text_of(paragraph) == before
    assert all(run.find(f"{qn('w:rPr')}/{qn('w:b')}") is not None for run in live_runs(paragraph))


def test_every_change_carries_author_and_date_and_an_id_of_its_own() -> None:
    document = paper("Twelve (12) months.", "Stays.")
    counts = redline(document, [Change(0, 1, "Six (6) months.", "Too long.")], AUTHOR)
    marks = [*document.element.body.iter(qn("w:ins")), *document.element.body.iter(qn("w:del"))]
    assert (counts.insertions, counts.deletions, counts.comments) == (2, 2, 1)
    assert {mark.get(qn("w:author")) for mark in marks} == {"Ana Law"}
    assert {mark.get(qn("w:date")) for mark in marks} == {"2026-03-01T09:30:00Z"}
    assert len({mark.get(qn("w:id")) for mark in marks}) == len(marks)


def test_deleted_text_is_named_so_and_only_the_changed_words_are_marked() -> None:
    document = paper("Payment within twelve days of receipt.")
    redline(document, [Change(0, 1, "Payment within thirty days of receipt.")], AUTHOR)
    [deletion] = document.element.body.iter(qn("w:del"))
    assert [e.text for e in deletion.iter(qn("w:delText"))] == ["twelve"]
    assert list(deletion.iter(qn("w:t"))) == []
    [insertion] = document.element.body.iter(qn("w:ins"))
    assert [e.text for e in insertion.iter(qn("w:t"))] == ["thirty"]


def test_the_formatting_of_every_run_is_kept_on_both_sides() -> None:
    document = paper([("1. ", ""), ("Term. ", "b"), ("Two years", "bi"), (" from now.", "")])
    redline(document, [Change(0, 1, "1. Term. One year from now.")], AUTHOR)
    styles = {
        run_text(run) or "".join(t.text for t in run.iter(qn("w:delText"))): (
            Run(run, None).bold,  # type: ignore[arg-type]
            Run(run, None).italic,  # type: ignore[arg-type]
        )
        for run in document.element.body.iter(qn("w:r"))
    }
    assert styles["Term. "] == (True, None)
    assert styles["Two years"] == styles["One year"] == (True, True)
    assert styles[" from now."] == (None, None)


def test_a_comment_spans_its_changes_and_carries_author_and_date() -> None:
    document = paper("We pay in ten days.", "They renew by themselves.")
    redline(document, [Change(0, 1, "We pay in thirty days.", "Our payment run.")], AUTHOR)
    document = reopened(document)
    [comment] = document.comments
    assert (comment.text, comment.author, comment.initials) == ("Our payment run.", "Ana Law", "AL")
    assert comment.timestamp == AUTHOR.at
    order = [e.tag for e in paragraphs(document)[0] if e.tag != qn("w:pPr")]
    assert order.index(qn("w:commentRangeStart")) < order.index(qn("w:del"))
    assert order.index(qn("w:ins")) < order.index(qn("w:commentRangeEnd"))
    reference = next(document.element.body.iter(qn("w:commentReference")))
    assert reference.get(qn("w:id")) == str(comment.comment_id)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_new_clause_stands_where_it_was_put(place: int) -> None:
    document = paper("First.", "Second.")
    redline(document, [Change(place, place, "New. A clause of ours.", "It was missing.")], AUTHOR)
    texts = ["First.", "Second."]
    texts.insert(place, "New. A clause of ours.")
    assert accepted(document) == texts
    assert rejected(document) == ["First.", "Second."]


def test_changes_of_the_other_side_stay_theirs() -> None:
    document = paper("We pay in ten days.")
    [paragraph] = paragraphs(document)
    for words, name in (("two ", "w:ins"), ("gone ", "w:del")):
        mark = OxmlElement(name)
        mark.set(qn("w:id"), "7")
        mark.set(qn("w:author"), "Them")
        run = OxmlElement("w:r")
        text = OxmlElement("w:t" if name == "w:ins" else "w:delText")
        text.text = words
        run.append(text)
        mark.append(run)
        paragraph.insert(0, mark)
    assert text_of(paragraph) == "two We pay in ten days."
    redline(document, [Change(0, 1, "three We pay in thirty days.")], AUTHOR)
    assert accepted(document) == ["three We pay in thirty days."]
    assert rejected(document) == ["gone We pay in ten days."]
    insertions = list(document.element.body.iter(qn("w:ins")))
    marks = [*insertions, *document.element.body.iter(qn("w:del"))]
    assert {m.get(qn("w:author")) for m in marks} == {"Them", "Ana Law"}
    assert all(m.getparent().tag != qn("w:ins") for m in insertions)


def test_words_in_a_link_are_changed_inside_it() -> None:
    document = paper("See ")
    [paragraph] = paragraphs(document)
    link, run, text = OxmlElement("w:hyperlink"), OxmlElement("w:r"), OxmlElement("w:t")
    text.text = "our old terms"
    run.append(text)
    link.append(run)
    paragraph.append(link)
    redline(document, [Change(0, 1, "See our new terms")], AUTHOR)
    assert accepted(document) == ["See our new terms"]
    assert rejected(document) == ["See our old terms"]
    assert link.find(qn("w:ins")) is not None


def test_a_clause_in_a_table_is_redlined_in_its_cell() -> None:
    document = docx.Document()
    document.add_table(1, 2).cell(0, 1).text = "Fees are due in ten days."
    places = [at for at, p in enumerate(paragraphs(document)) if text_of(p)]
    redline(document, [Change(places[0], places[0] + 1, "Fees are due in thirty days.")], AUTHOR)
    assert accepted(document) == ["Fees are due in thirty days."]


@pytest.mark.parametrize(
    "changes", [[Change(0, 2, "x"), Change(1, 2, "y")], [Change(1, 3, "x")], [Change(2, 1, "x")]]
)
def test_overlapping_and_foreign_places_are_refused_and_change_nothing(changes: list[Change]) -> None:
    document = paper("One.", "Two.")
    before = document.element.xml
    with pytest.raises(ValueError, match="overlap a change, or are not there"):
        redline(document, changes, AUTHOR)
    assert document.element.xml == before
