"""Paragraphs and runs of a DOCX as text with places, and the marks of tracked changes on them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from docx.text.run import Run

Element = Any
"""An lxml element; lxml publishes no types."""

_REMOVED = (qn("w:del"), qn("w:moveFrom"))
_AS_TEXT = {
    qn("w:tab"): "\t",
    qn("w:ptab"): "\t",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
}
_MARKED = tuple(qn(f"w:{name}") for name in ("ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange"))


@dataclass(frozen=True)
class Author:
    """In whose name changes are tracked, and since when."""

    name: str
    at: datetime
    """Aware."""

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split() if word[0].isalnum())[:3].upper()


class Marks:
    """Makes the elements of tracked changes; their ids are new in the document."""

    def __init__(self, document: Document, author: Author) -> None:
        used = [int(e.get(qn("w:id"), 0)) for e in document.element.body.iter(*_MARKED)]
        self._ids = count(max(used, default=0) + 1)
        self.author = author

    def new_id(self) -> str:
        """An id that no mark of the document has."""
        return str(next(self._ids))

    def new(self, name: str) -> Element:
        """A `w:ins` or `w:del` without content."""
        mark = OxmlElement(name)
        mark.set(qn("w:id"), self.new_id())
        mark.set(qn("w:author"), self.author.name)
        mark.set(qn("w:date"), self.author.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        return mark


def paragraphs(document: Document) -> list[Element]:
    """Every paragraph of the body in reading order, those in tables included, those in text boxes not."""
    box = qn("w:txbxContent")
    return [p for p in document.element.body.iter(qn("w:p")) if next(p.iterancestors(box), None) is None]


def live_runs(paragraph: Element) -> Iterator[Element]:
    """The runs of a paragraph that are still there: earlier insertions count, earlier deletions do not."""
    for run in paragraph.iter(qn("w:r")):
        owner = next(run.iterancestors(qn("w:p")))
        if owner is paragraph and next(run.iterancestors(*_REMOVED), None) is None:
            yield run


def text_of(paragraph: Element) -> str:
    """The text of a paragraph, one character per character; a line break is "\\n", never two in a row."""
    text = "".join(run_text(run) for run in live_runs(paragraph))
    while "\n\n" in text:
        text = text.replace("\n\n", "\n ")
    return text


def run_text(run: Element) -> str:
    """The text of a run."""
    return "".join(_text(child) for child in run)


def _text(child: Element) -> str:
    return (child.text or "") if child.tag == qn("w:t") else _AS_TEXT.get(child.tag, "")


def split_at(paragraph: Element, place: int) -> None:
    """Have a run begin at the character `place`; the parts keep the formatting of the whole."""
    for run in live_runs(paragraph):
        length = len(run_text(run))
        if 0 < place < length:
            _split(run, place)
            return
        if place <= 0:
            return
        place -= length


def _split(run: Element, place: int) -> None:
    rest = copy.deepcopy(run)
    start = 0
    for left, right in zip(list(run), list(rest), strict=True):
        if left.tag == qn("w:rPr"):
            continue
        text = _text(left)
        end = start + len(text)
        if end <= place:
            rest.remove(right)
        elif start >= place:
            run.remove(left)
        else:
            _set_text(left, text[: place - start])
            _set_text(right, text[place - start :])
        start = end
    run.addnext(rest)


def _set_text(element: Element, text: str) -> None:
    element.text = text
    element.set(qn("xml:space"), "preserve")


def mark_deleted(run: Element, marks: Marks) -> Element:
    """Wrap a run into a tracked deletion, which is returned."""
    deletion = marks.new("w:del")
    run.addprevious(deletion)
    deletion.append(run)
    for text in run.findall(qn("w:t")):
        text.tag = qn("w:delText")
        text.set(qn("xml:space"), "preserve")
    return deletion


def inserted_run(text: str, like: Element | None, marks: Marks) -> Element:
    """A tracked insertion of `text`, formatted like the run `like`; it stands nowhere yet."""
    run = OxmlElement("w:r")
    properties = None if like is None else like.find(qn("w:rPr"))
    if properties is not None:
        run.append(copy.deepcopy(properties))
    Run(run, None).text = text  # type: ignore[arg-type]  # a run outside a document needs no parent
    insertion = marks.new("w:ins")
    insertion.append(run)
    return insertion


def mark_paragraph(paragraph: Element, mark: Element) -> None:
    """Track the end of a paragraph itself as inserted or deleted."""
    properties = Paragraph(paragraph, None)._p.get_or_add_pPr()  # type: ignore[arg-type]  # noqa: SLF001 - as above
    of_mark = properties.find(qn("w:rPr"))
    if of_mark is None:
        of_mark = OxmlElement("w:rPr")
        properties.append(of_mark)
        _keep_order(properties, of_mark)
    of_mark.insert(0, mark)


def _keep_order(properties: Element, of_mark: Element) -> None:
    """The schema wants section and change records behind the mark's own properties."""
    for name in ("w:sectPr", "w:pPrChange"):
        later = properties.find(qn(name))
        if later is not None:
            later.addprevious(of_mark)
            return


def put_behind(element: Element, insertion: Element, marks: Marks) -> None:
    """Put a tracked insertion right behind a run or mark; one insertion cannot stand inside another."""
    parent = element.getparent()
    if parent.tag != qn("w:ins"):
        element.addnext(insertion)
        return
    rest = list(element.itersiblings())
    parent.addnext(insertion)
    if rest:
        other = copy.copy(parent)
        for child in list(other):
            other.remove(child)
        other.extend(rest)
        other.set(qn("w:id"), marks.new_id())
        insertion.addnext(other)


def outermost(element: Element) -> Element:
    """The direct child of the paragraph that `element` stands in."""
    while element.getparent().tag != qn("w:p"):
        element = element.getparent()
    return element
