"""Arguments as a list of labelled values: every leaf that would run, in words and with its marks."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from signoff.domain.visibility import Withheld
from signoff.web.pages.marks import NumberedFlag, Segment, segments, span_of
from signoff.web.pages.reading import number
from signoff.web.pages.reveal import Piece, reveal
from signoff.web.pages.translate import gettext, ngettext
from signoff.web.pages.words import spaced, titled, withheld


@dataclass(frozen=True)
class Leaf:
    """One value at the end of a path through the arguments."""

    pointer: str
    label: tuple[Piece, ...]
    segments: tuple[Segment, ...]
    kind: str
    """What it is, in a word: "text", "number", "yes or no", "nothing"."""
    flags: tuple[NumberedFlag, ...] = ()
    """Flags about the value as a whole."""
    is_text: bool = False
    note: str = ""
    """Said beside the value where its look alone would mislead."""


def leaves(
    value: Any, flags: Sequence[NumberedFlag] = (), *, leave_out: str | None = None
) -> tuple[Leaf, ...]:
    """Every leaf under `value`, an argument mapping, in its own order.

    Args:
        leave_out: pointer of the one that is shown elsewhere, as the draft.
    """
    return tuple(leaf for leaf in _walk(value, "", (), flags) if leaf.pointer != leave_out)


def facts(value: Mapping[str, Any]) -> tuple[tuple[str, tuple[Piece, ...]], ...]:
    """Facts in short lines, label and text; nothing here runs, so groups and lists may be folded."""
    return tuple((titled(name), reveal(_folded(item))) for name, item in value.items())


def _folded(value: Any, depth: int = 0) -> str:
    if isinstance(value, dict):
        parts = [f"{spaced(name)}: {_folded(item, depth + 1)}" for name, item in value.items()]
        return ("; " if depth else "\n").join(parts) or gettext("nothing")
    if isinstance(value, list | tuple):
        rows = [
            ", ".join(_folded(part, 2) for part in row.values()) if isinstance(row, dict) else None
            for row in value
        ]
        if value and None not in rows:
            return "\n".join(filter(None, rows))
        return ", ".join(_folded(item, depth + 1) for item in value) or gettext("none")
    _, text, note = _described(value)
    return text or note


def pointer_to(*path: str) -> str:
    """The JSON pointer of a path."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


def at_pointer(value: Any, pointer: str) -> Any:
    """The value at a JSON pointer.

    Raises:
        LookupError: there is none.
    """
    for raw in pointer.split("/")[1:]:
        part = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list | tuple):
            if not part.isdecimal():
                raise LookupError(pointer)
            value = value[int(part)]
        elif isinstance(value, dict):
            value = value[part]
        else:
            raise LookupError(pointer)
    return value


def _walk(value: Any, pointer: str, path: tuple[str, ...], flags: Sequence[NumberedFlag]) -> Iterator[Leaf]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _walk(item, pointer + pointer_to(key), (*path, key), flags)
    elif isinstance(value, list | tuple) and value:
        for n, item in enumerate(value):
            yield from _walk(item, f"{pointer}/{n}", (*path, str(n + 1)), flags)
    elif pointer:
        yield _leaf(value, pointer, path, [f for f in flags if f.flag.path == pointer])


def _leaf(value: Any, pointer: str, path: tuple[str, ...], flags: list[NumberedFlag]) -> Leaf:
    kind, text, note = _described(value)
    in_text = [f for f in flags if span_of(f.flag, text) is not None] if isinstance(value, str) else []
    return Leaf(
        pointer=pointer,
        label=reveal(" / ".join(spaced(part) for part in path)),
        segments=segments(text, in_text) if text else (),
        kind=kind,
        flags=tuple(f for f in flags if f not in in_text),
        is_text=isinstance(value, str),
        note=note,
    )


def _described(value: Any) -> tuple[str, str, str]:
    """Kind, text and note of a leaf."""
    match value:
        case Withheld():
            return "hidden", str(value) if value.shown else "", withheld(value)
        case None:
            return "nothing", "", gettext("nothing")
        case bool():
            return "yes or no", gettext("yes") if value else gettext("no"), ""
        case str():
            return "text", value, _text_note(value)
        case int() | float() | Decimal():
            return "number", str(value), ""
        case datetime():
            return "time", value.isoformat(sep=" "), "" if value.tzinfo else gettext("no time zone given")
        case date() | time():
            return "date", value.isoformat(), ""
        case bytes():
            return "bytes", base64.b64encode(value).decode(), _bytes_note(len(value))
        case UUID():
            return "identifier", str(value), ""
        case set() | frozenset():
            return "set", ", ".join(sorted(map(str, value))), gettext("in no order")
        case dict():
            return "group", "", gettext("empty group")
        case _:
            return "list", "", gettext("empty list")


def _bytes_note(size: int) -> str:
    return ngettext("%(size)s byte, in base64", "%(size)s bytes, in base64", size, size=number(size))


def _text_note(text: str) -> str:
    if not text:
        return gettext("empty text")
    if not text.strip():
        return gettext("only spaces")
    misleading = ("true", "false", "yes", "no", "null", "none", "nothing")
    if text.strip().lower() in (*misleading, gettext("yes"), gettext("no"), gettext("nothing")):
        return gettext("as text")
    return ""
