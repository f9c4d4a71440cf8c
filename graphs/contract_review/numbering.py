"""The numbers that Word shows before paragraphs and that stand in no text: "7.2", "(a)", "Article IV"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn

from graphs.contract_review.ooxml import Element

_LEVELS = 9
_PLACEHOLDER = re.compile(r"%([1-9])")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


@dataclass(frozen=True)
class _Level:
    start: int
    format: str
    text: str
    style: str | None


@dataclass
class _List:
    levels: dict[int, _Level]
    counts: list[int | None] = field(default_factory=lambda: [None] * _LEVELS)


def labels(document: Document, paragraphs: Sequence[Element]) -> list[str]:
    """What Word numbers each paragraph with; empty where it numbers none."""
    try:
        part: Any = document.part.part_related_by(RELATIONSHIP_TYPE.NUMBERING)
    except KeyError:
        return [""] * len(paragraphs)
    lists = _lists(part.element)
    styles = _styles(document)
    return [_label(_place(paragraph, styles, lists), lists) for paragraph in paragraphs]


def _lists(numbering: Element) -> dict[str, _List]:
    """Lists by the id that paragraphs name; several ids may count on in one list."""
    abstract = {
        element.get(qn("w:abstractNumId")): _List(_levels(element))
        for element in numbering.findall(qn("w:abstractNum"))
    }
    found: dict[str, _List] = {}
    for number in numbering.findall(qn("w:num")):
        base = abstract.get(_value(number, "w:abstractNumId"))
        if base is None:
            continue
        overrides = number.findall(qn("w:lvlOverride"))
        found[number.get(qn("w:numId"))] = _List(_overridden(base.levels, overrides)) if overrides else base
    return found


def _levels(parent: Element) -> dict[int, _Level]:
    return {int(level.get(qn("w:ilvl"))): _level(level) for level in parent.findall(qn("w:lvl"))}


def _level(element: Element) -> _Level:
    return _Level(
        start=int(_value(element, "w:start") or 1),
        format=_value(element, "w:numFmt") or "decimal",
        text=_value(element, "w:lvlText") or "",
        style=_value(element, "w:pStyle"),
    )


def _overridden(levels: dict[int, _Level], overrides: Sequence[Element]) -> dict[int, _Level]:
    changed = dict(levels)
    for override in overrides:
        at = int(override.get(qn("w:ilvl")))
        own = override.find(qn("w:lvl"))
        if own is not None:
            changed[at] = _level(own)
        elif at in changed and _value(override, "w:startOverride"):
            old = changed[at]
            changed[at] = _Level(
                int(_value(override, "w:startOverride") or 1), old.format, old.text, old.style
            )
    return changed


def _value(element: Element, name: str) -> str | None:
    child = element.find(qn(name))
    return None if child is None else child.get(qn("w:val"))


def _styles(document: Document) -> dict[str, tuple[Element, str | None]]:
    """Paragraph properties and parent of each style."""
    return {
        style.get(qn("w:styleId")): (style.find(qn("w:pPr")), _value(style, "w:basedOn"))
        for style in document.styles.element.findall(qn("w:style"))
    }


def _place(
    paragraph: Element, styles: dict[str, tuple[Element, str | None]], lists: dict[str, _List]
) -> tuple[str, int] | None:
    """List and level of a paragraph, its own or those of its style."""
    properties = paragraph.find(qn("w:pPr"))
    if properties is None:
        return None
    own = properties.find(qn("w:numPr"))
    if own is not None:
        return _named(own, 0)
    style, seen = _value(properties, "w:pStyle"), set[str]()
    while style in styles and style not in seen:
        seen.add(style)
        of_style, parent = styles[style]
        numbered = None if of_style is None else of_style.find(qn("w:numPr"))
        if numbered is not None:
            return _named(numbered, _level_of_style(lists, _value(numbered, "w:numId"), style))
        style = parent
    return None


def _named(number: Element, level: int) -> tuple[str, int] | None:
    given = _value(number, "w:numId")
    at = _value(number, "w:ilvl")
    return None if given in (None, "0") else (str(given), int(at) if at is not None else level)


def _level_of_style(lists: dict[str, _List], number: str | None, style: str) -> int:
    known = lists.get(number or "")
    return next((at for at, level in known.levels.items() if level.style == style), 0) if known else 0


def _label(place: tuple[str, int] | None, lists: dict[str, _List]) -> str:
    """Count on in the list, and write the number as Word does."""
    if place is None or place[0] not in lists or not 0 <= place[1] < _LEVELS:
        return ""
    found, at = lists[place[0]], place[1]
    level = found.levels.get(at)
    if level is None or level.format in ("bullet", "none"):
        return ""
    for upper in range(at + 1):
        counted = found.counts[upper]
        if counted is None:
            found.counts[upper] = found.levels[upper].start if upper in found.levels else 1
        elif upper == at:
            found.counts[upper] = counted + 1
    found.counts[at + 1 :] = [None] * (_LEVELS - at - 1)
    return _PLACEHOLDER.sub(lambda m: _written(found, int(m[1]) - 1), level.text).strip()


def _written(found: _List, at: int) -> str:
    number = found.counts[at]
    kind = found.levels[at].format if at in found.levels else "decimal"
    if number is None:
        return ""
    match kind:
        case "lowerLetter":
            return _letters(number)
        case "upperLetter":
            return _letters(number).upper()
        case "lowerRoman":
            return _roman(number)
        case "upperRoman":
            return _roman(number).upper()
        case "decimalZero":
            return f"{number:02}"
        case _:
            return str(number)


def _letters(number: int) -> str:
    """a … z, aa, bb …: Word repeats the letter."""
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _roman(number: int) -> str:
    text = ""
    for value, sign in _ROMAN:
        text += sign * (number // value)
        number %= value
    return text
