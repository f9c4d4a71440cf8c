"""The editing form of a tool's arguments, made from their JSON schema, and the way back.

A value whose text was not touched stays exactly the value it was; numbers, decimals and dates do
not change their type by passing through a form.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import groupby
from typing import Any

from signoff.domain.visibility import Withheld
from signoff.web.pages.leaves import pointer_to
from signoff.web.pages.translate import gettext
from signoff.web.pages.words import titled, withheld

PREFIX = "arg"
_LONG = 80
_NEWLINE = re.compile(r"\r\n?")
_INTEGER = re.compile(r"[+-]?\d+")
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_MISSING = object()


class Control(StrEnum):
    """How a value is edited."""

    LINE = "line"
    TEXT = "text"
    """Several lines."""
    NUMBER = "number"
    CHOICE = "choice"
    CHECK = "check"
    DATE = "date"
    LINES = "lines"
    """A list, one item per line."""
    FIXED = "fixed"
    """Shown, but not editable here."""


@dataclass(frozen=True)
class Field:
    """One input of the form."""

    pointer: str
    label: str
    control: Control
    text: str
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = False
    is_body: bool = False
    error: str = ""
    original: Any = None
    is_new: bool = False
    """Whether the argument was absent so far."""
    nullable: bool = False
    item: str = "string"
    """Type of the items of a list."""
    group: str = ""
    """What it is a part of, in words."""

    @property
    def name(self) -> str:
        return PREFIX + self.pointer

    @property
    def rows(self) -> int:
        lines = self.text.count("\n") + 1 + len(self.text) // 90
        return min(30, max(3, lines + 1))


def fields(
    schema: Mapping[str, Any], arguments: Mapping[str, Any], body: str | None = None
) -> tuple[Field, ...]:
    """The inputs for `arguments`, in the schema's order, with their present values."""
    return tuple(_object(schema, schema, arguments, "", body))


def in_groups(form: tuple[Field, ...]) -> tuple[tuple[str, tuple[Field, ...]], ...]:
    """The fields in their order, neighbours of one group together."""
    return tuple((name, tuple(fields)) for name, fields in groupby(form, key=lambda field: field.group))


def with_typed(
    form: tuple[Field, ...], typed: Mapping[str, str], problems: Mapping[str, str]
) -> tuple[Field, ...]:
    """The form again as somebody left it, with what is wrong beside each input."""
    return tuple(replace(f, text=typed.get(f.name, f.text), error=problems.get(f.pointer, "")) for f in form)


def read(
    form: tuple[Field, ...], arguments: Mapping[str, Any], typed: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The edited arguments, and by pointer what could not be read."""
    edited: dict[str, Any] = copy.deepcopy(dict(arguments))
    problems: dict[str, str] = {}
    for field in form:
        text = typed.get(field.name)
        if text is None or field.control is Control.FIXED or _same(text, field.text):
            continue
        try:
            _put(edited, field.pointer, _value(field, text))
        except ValueError as error:
            problems[field.pointer] = str(error)
    return edited, problems


def _object(
    schema: Mapping[str, Any], root: Mapping[str, Any], value: Mapping[str, Any], at: str, body: str | None
) -> Iterator[Field]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    required = schema.get("required", ())
    names = list(properties) + [name for name in value if name not in properties]
    for name in names:
        known = properties.get(name, {})
        item = value.get(name, _MISSING)
        pointer = at + pointer_to(name)
        is_body = not at and name == body
        yield from _any(known, root, item, pointer, name in required, is_body)


def _any(
    known: Mapping[str, Any], root: Mapping[str, Any], value: Any, pointer: str, required: bool, is_body: bool
) -> Iterator[Field]:
    schema, nullable = _resolved(known, root)
    if isinstance(value, Mapping) and value:
        yield from _object(schema, root, value, pointer, None)
        return
    if isinstance(value, list) and value and not all(_is_line(item) for item in value):
        items, _ = _resolved(schema.get("items", {}), root)
        for n, item in enumerate(value):
            yield from _any(items, root, item, f"{pointer}/{n}", True, False)
        return
    control, choices, item_type = _control(schema, root, value, nullable, is_body)
    if value is _MISSING and control is Control.FIXED:
        return
    *parents, last = [_step(part) for part in pointer.split("/")[1:]]
    yield Field(
        pointer=pointer,
        label=last,
        group=" / ".join(parents),
        control=control,
        text=_shown(value, control),
        help=str(known.get("description") or schema.get("description") or ""),
        choices=choices,
        required=required and not nullable,
        is_body=is_body,
        original=None if value is _MISSING else value,
        is_new=value is _MISSING,
        nullable=nullable,
        item=item_type,
    )


def _step(part: str) -> str:
    return str(int(part) + 1) if part.isdecimal() else titled(part.replace("~1", "/").replace("~0", "~"))


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """The schema behind references, and whether null is allowed."""
    for _ in range(8):
        if "$ref" in schema:
            schema = root.get("$defs", {}).get(str(schema["$ref"]).rsplit("/", 1)[-1], {})
        elif len(schema.get("allOf", ())) == 1:
            schema = schema["allOf"][0]
        else:
            break
    options = schema.get("anyOf") or schema.get("oneOf") or ()
    real = [option for option in options if option.get("type") != "null"]
    if options and len(real) == 1:
        inner, _ = _resolved(real[0], root)
        return inner, len(real) < len(options)
    return schema, len(real) < len(options)


def _control(
    schema: Mapping[str, Any], root: Mapping[str, Any], value: Any, nullable: bool, is_body: bool
) -> tuple[Control, tuple[tuple[str, str], ...], str]:
    """Which input suits a value, by its schema and by what it is now."""
    kind = schema.get("type")
    if isinstance(value, Withheld):
        return Control.FIXED, (), "string"
    if "enum" in schema or "const" in schema:
        options = schema.get("enum", [schema.get("const")])
        return Control.CHOICE, _choices(options, nullable or value is _MISSING), "string"
    if isinstance(value, bool) and not nullable:
        return Control.CHECK, (), "string"
    if kind == "boolean" or isinstance(value, bool):
        return Control.CHOICE, _choices([True, False], nullable or value is _MISSING), "string"
    if kind == "array" or isinstance(value, list):
        items, _ = _resolved(schema.get("items", {}), root)
        simple = items.get("type") in ("string", "number", "integer")
        if simple or (isinstance(value, list) and value):
            return Control.LINES, (), str(items.get("type", "string"))
        return Control.FIXED, (), "string"
    if isinstance(value, bytes | set | frozenset) or kind == "object":
        return Control.FIXED, (), "string"
    if kind in ("integer", "number") or isinstance(value, int | float | Decimal):
        return Control.NUMBER, (), "string"
    if _is_day(value) or (value is _MISSING and schema.get("format") == "date"):
        return Control.DATE, (), "string"
    is_long = isinstance(value, str) and (len(value) > _LONG or "\n" in value or "\r" in value)
    if is_body or is_long:
        return Control.TEXT, (), "string"
    if kind in ("string", None) or schema.get("anyOf"):
        return Control.LINE, (), "string"
    return Control.FIXED, (), "string"


def _is_day(value: Any) -> bool:
    """Whether it is a day, or a text that says one the way a date input does."""
    if isinstance(value, str):
        return _DAY.fullmatch(value) is not None
    return isinstance(value, date) and not isinstance(value, datetime)


def _choices(options: list[Any], or_none: bool) -> tuple[tuple[str, str], ...]:
    words = {True: gettext("Yes"), False: gettext("No")}
    listed = [
        (json.dumps(o), words[o] if isinstance(o, bool) else gettext("Nothing") if o is None else str(o))
        for o in options
    ]
    return (("", gettext("Not given")), *listed) if or_none else tuple(listed)


def _is_line(item: Any) -> bool:
    is_plain = isinstance(item, str | int | float | Decimal) and not isinstance(item, bool)
    return is_plain and not (isinstance(item, str) and ("\n" in item or "\r" in item))


def _shown(value: Any, control: Control) -> str:
    if value is _MISSING or value is None:
        return ""
    if isinstance(value, Withheld):
        return f"{value} {withheld(value)}" if value.shown else withheld(value)
    if control in (Control.CHOICE, Control.CHECK):
        return json.dumps(value)
    if control is Control.LINES:
        return "\n".join(str(item) for item in value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def _same(typed: str, shown: str) -> bool:
    """Whether a browser could have sent `typed` for an untouched `shown`."""
    return _NEWLINE.sub("\n", typed) == _NEWLINE.sub("\n", shown.replace("\0", "\ufffd"))


def _value(field: Field, text: str) -> Any:
    """The value that `text` means in this field; `_MISSING` for an argument left out."""
    text = _NEWLINE.sub("\n", text)
    if not text.strip() and field.is_new:
        return _MISSING
    match field.control:
        case Control.CHOICE:
            return _choice(field, text)
        case Control.CHECK:
            return _yes_or_no(text)
        case Control.DATE if not isinstance(field.original, date):
            return _day(text.strip())
        case Control.NUMBER:
            return None if not text.strip() and field.nullable else _number(text.strip(), field.original)
        case Control.LINES:
            lines = [line for line in text.split("\n") if line.strip()]
            as_numbers = field.item in ("number", "integer")
            return [_number(line.strip(), None) for line in lines] if as_numbers else lines
        case _:
            return _text(field, text)


def _choice(field: Field, text: str) -> Any:
    if text not in {value for value, _ in field.choices}:
        raise ValueError(gettext("choose one of the values offered"))
    return json.loads(text) if text else None


def _yes_or_no(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(gettext("neither yes nor no"))
    return text == "true"


def _day(text: str) -> str:
    if not _is_day(text):
        raise ValueError(gettext("not a date like 2026-12-31"))
    return text


def _text(field: Field, text: str) -> Any:
    if isinstance(field.original, datetime | date):
        try:
            return type(field.original).fromisoformat(text.strip())
        except ValueError:
            raise ValueError(gettext("not a date as it stood here before")) from None
    if not text and field.nullable and field.original is None:
        return None
    crlf = isinstance(field.original, str) and "\r\n" in field.original
    return text.replace("\n", "\r\n") if crlf else text


def _number(text: str, original: Any) -> int | float | Decimal:
    try:
        if isinstance(original, Decimal):
            return Decimal(text)
        return int(text) if _INTEGER.fullmatch(text) else float(text)
    except (ValueError, InvalidOperation):
        raise ValueError(gettext("not a number")) from None


def _put(arguments: dict[str, Any], pointer: str, value: Any) -> None:
    *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    target: Any = arguments
    for part in parents:
        target = target[int(part)] if isinstance(target, list) else target[part]
    if value is _MISSING:
        return
    target[int(last) if isinstance(target, list) else last] = value
