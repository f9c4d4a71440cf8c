"""Real tracked changes: an agreed wording against what the contract says, word by word."""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from graphs.contract_review.ooxml import (
    Author,
    Element,
    Marks,
    inserted_run,
    live_runs,
    mark_deleted,
    mark_paragraph,
    outermost,
    paragraphs,
    put_behind,
    run_text,
    split_at,
    text_of,
)

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
BLOCK = "\n\n"
"""What stands between the paragraphs of a clause in its text."""


@dataclass(frozen=True)
class Change:
    """A clause as it should read. `start` to `end` are the paragraphs of the document that it has now; an
    empty range inserts before paragraph `start`."""

    start: int
    end: int
    wording: str
    comment: str = ""
    """Why, for the other side to read; empty leaves no comment."""


@dataclass(frozen=True)
class Counts:
    """How much of a document is tracked."""

    insertions: int
    deletions: int
    comments: int


def redline(document: Document, changes: Sequence[Change], author: Author) -> Counts:
    """Track `changes` in `document`.

    Raises:
        ValueError: two changes overlap, or one lies outside the document.
    """
    places = paragraphs(document)
    _check(changes, len(places))
    marks = Marks(document, author)
    before = Counts(_count(document, "w:ins"), _count(document, "w:del"), 0)
    comments = 0
    for change in changes:
        touched = _tracked(places, change, marks)
        if touched and change.comment:
            _comment(document, touched, change.comment, author)
            comments += 1
    return Counts(
        _count(document, "w:ins") - before.insertions, _count(document, "w:del") - before.deletions, comments
    )


def _check(changes: Sequence[Change], size: int) -> None:
    last = 0
    for change in sorted(changes, key=lambda change: (change.start, change.end)):
        if not last <= change.start <= change.end <= size:
            raise ValueError(f"paragraphs {change.start} to {change.end} overlap a change, or are not there")
        last = change.end


def _count(document: Document, name: str) -> int:
    """Marks around text; those on the ends of paragraphs belong to them."""
    return sum(mark.find(qn("w:r")) is not None for mark in document.element.body.iter(qn(name)))


def _tracked(places: list[Element], change: Change, marks: Marks) -> list[Element]:
    """Track one change; the elements that mark it, in order."""
    old = [p for p in places[change.start : change.end] if text_of(p).strip()]
    new = [block for block in change.wording.split(BLOCK) if block.strip()]
    if not old:
        if change.start == len(places):
            return _inserted_after(places[-1], new, marks)
        return _inserted_before(places[change.start], new, marks, like=places[max(0, change.start - 1)])
    touched: list[Element] = []
    matcher = difflib.SequenceMatcher(None, [text_of(p) for p in old], new, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            continue
        pairs = min(i2 - i1, j2 - j1)
        for paragraph, text in zip(old[i1 : i1 + pairs], new[j1 : j1 + pairs], strict=True):
            touched += _reworded(paragraph, text, marks)
        for paragraph in old[i1 + pairs : i2]:
            touched += _removed(paragraph, marks)
        more = new[j1 + pairs : j2]
        if i1 + pairs:
            touched += _inserted_after(old[i1 + pairs - 1], more, marks)
        else:
            touched += _inserted_before(old[0], more, marks, like=old[0])
    return touched


def _reworded(paragraph: Element, new: str, marks: Marks) -> list[Element]:
    """Track the words in which `new` differs from the paragraph."""
    old = text_of(paragraph)
    edits = list(edits_between(old, new))
    for start, end, _ in edits:
        split_at(paragraph, start)
        split_at(paragraph, end)
    touched: list[Element] = []
    for start, end, text in reversed(edits):
        runs = _runs_between(paragraph, start, end)
        anchor = runs[-1] if runs else _run_before(paragraph, start)
        made = [mark_deleted(run, marks) for run in runs]
        if text:
            insertion = inserted_run(text, anchor, marks)
            _place(paragraph, insertion, made[-1] if made else anchor, start, marks)
            made.append(insertion)
        touched = made + touched
    return touched


def _place(paragraph: Element, insertion: Element, behind: Element | None, start: int, marks: Marks) -> None:
    if behind is not None and (start > 0 or behind.tag == qn("w:del")):
        put_behind(behind, insertion, marks)
        return
    first = next(live_runs(paragraph), None)
    if first is None:
        paragraph.append(insertion)
    else:
        outermost(first).addprevious(insertion)


def _runs_between(paragraph: Element, start: int, end: int) -> list[Element]:
    found, at = [], 0
    for run in live_runs(paragraph):
        length = len(run_text(run))
        if length and start <= at and at + length <= end:
            found.append(run)
        at += length
    return found


def _run_before(paragraph: Element, place: int) -> Element | None:
    """The run that ends at or holds `place`; the first one at the very beginning."""
    at, last = 0, None
    for run in live_runs(paragraph):
        if at >= place and last is not None:
            break
        last = run
        at += len(run_text(run))
    return last


def edits_between(old: str, new: str) -> Iterator[tuple[int, int, str]]:
    """What to replace in `old` to get `new`: start, end and the new text, whole words, in order."""
    words, others = _WORD.findall(old), _WORD.findall(new)
    head = _common(words, others)
    tail = _common(words[head:][::-1], others[head:][::-1])
    middle, wanted = words[head : len(words) - tail], others[head : len(others) - tail]
    opcodes = difflib.SequenceMatcher(None, middle, wanted, autojunk=False).get_opcodes()
    places = [0]
    for word in words:
        places.append(places[-1] + len(word))
    for i1, i2, j1, j2 in _joined([list(code[1:]) for code in opcodes if code[0] != "equal"], middle):
        yield places[head + i1], places[head + i2], "".join(wanted[j1:j2])


def _joined(edits: list[list[int]], words: list[str]) -> list[list[int]]:
    """Edits with nothing but white space between them read as one."""
    joined: list[list[int]] = []
    for edit in edits:
        if joined and not "".join(words[joined[-1][1] : edit[0]]).strip():
            joined[-1][1], joined[-1][3] = edit[1], edit[3]
        else:
            joined.append(edit)
    return joined


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    same = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        same += 1
    return same


def _removed(paragraph: Element, marks: Marks) -> list[Element]:
    touched = [mark_deleted(run, marks) for run in list(live_runs(paragraph)) if run_text(run)]
    mark_paragraph(paragraph, marks.new("w:del"))
    return touched


def _inserted_after(after: Element, blocks: Sequence[str], marks: Marks) -> list[Element]:
    touched: list[Element] = []
    for block in blocks:
        paragraph, insertion = _new_paragraph(block, after, marks)
        after.addnext(paragraph)
        touched.append(insertion)
        after = paragraph
    return touched


def _inserted_before(at: Element, blocks: Sequence[str], marks: Marks, like: Element) -> list[Element]:
    touched: list[Element] = []
    for block in blocks:
        paragraph, insertion = _new_paragraph(block, like, marks)
        at.addprevious(paragraph)
        touched.append(insertion)
    return touched


def _new_paragraph(text: str, like: Element, marks: Marks) -> tuple[Element, Element]:
    """A tracked new paragraph formatted like another, without its place in a list or section."""
    paragraph = OxmlElement("w:p")
    properties = like.find(qn("w:pPr"))
    if properties is not None:
        kept = copy.deepcopy(properties)
        for name in ("w:numPr", "w:sectPr", "w:rPr", "w:pPrChange"):
            for part in kept.findall(qn(name)):
                kept.remove(part)
        paragraph.append(kept)
    insertion = inserted_run(text, next((run for run in live_runs(like) if run_text(run)), None), marks)
    paragraph.append(insertion)
    mark_paragraph(paragraph, marks.new("w:ins"))
    return paragraph, insertion


def _comment(document: Document, touched: Sequence[Element], text: str, author: Author) -> None:
    """A comment on everything from the first mark to the last."""
    comment = document.comments.add_comment(text=text, author=author.name, initials=author.initials)
    inner: Any = comment._comment_elm  # noqa: SLF001 - python-docx dates comments by the clock and takes no date
    inner.date = author.at
    first, last = outermost(touched[0]), outermost(touched[-1])
    begin, end = OxmlElement("w:commentRangeStart"), OxmlElement("w:commentRangeEnd")
    for marker in (begin, end):
        marker.set(qn("w:id"), str(comment.comment_id))
    first.addprevious(begin)
    last.addnext(end)
    end.addnext(_reference(comment.comment_id))


def _reference(comment_id: int) -> Element:
    run, properties, style = OxmlElement("w:r"), OxmlElement("w:rPr"), OxmlElement("w:rStyle")
    style.set(qn("w:val"), "CommentReference")
    reference = OxmlElement("w:commentReference")
    reference.set(qn("w:id"), str(comment_id))
    properties.append(style)
    run.extend([properties, reference])
    return run
