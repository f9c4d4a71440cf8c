"""Types of what conditions read: as a policy declares them, and how live values become CEL values.

A value that is not of its declared type, or that would not be compared as written, is refused; the
call then goes to a person.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any

LARGEST = 2**53 - 1
"""Integers up to here are exact as a double, so int and double compare as they should."""
LARGEST_DOUBLE = 1e15
MAX_DEPTH = 20

SCALARS = ("string", "int", "double", "bool")
_DECLARED = re.compile(
    r"(?P<scalar>string|int|double|bool)(?P<a>\?)?"
    r"|(?P<kind>list|map)(?:\((?P<element>string|int|double|bool)\))?(?P<b>\?)?"
)


@dataclass(frozen=True, slots=True)
class Type:
    """A CEL type. `values` are all the texts it can be, where they are known.

    `closed` marks a text that can only ever be one of `values`, so that comparing it with any
    other text is a mistake.
    """

    kind: str
    element: Type | None = None
    values: frozenset[str] | None = None
    closed: bool = False

    def __str__(self) -> str:
        return f"{self.kind}({self.element})" if self.element and self.element.kind != "any" else self.kind

    @property
    def named(self) -> str:
        """With its article, for messages."""
        return f"an {self}" if self.kind in ("int", "any", "object") else f"a {self}"

    @property
    def is_number(self) -> bool:
        return self.kind in ("int", "double")


BOOL = Type("bool")
INT = Type("int")
DOUBLE = Type("double")
STRING = Type("string")
ANY = Type("any")


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared type; an optional value may be absent or null."""

    type: Type
    optional: bool = False


@lru_cache(maxsize=1024)
def parse_type(text: str) -> Declared:
    """The type that `text` declares: `double`, `string?`, `list(string)`, `map(double)?`, `list`.

    Raises:
        ValueError: naming the types there are.
    """
    match = _DECLARED.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            f"{text!r} is no type; there are string, int, double, bool, list, map, list(string), "
            'map(double) and so on, each with "?" when it may be absent'
        )
    optional = bool(match["a"] or match["b"])
    if match["scalar"]:
        return Declared(Type(match["scalar"]), optional)
    return Declared(Type(match["kind"], Type(match["element"] or "any")), optional)


class Unfit(Exception):
    """A live value does not fit its declared type."""


def convert(value: Any, wanted: Type, depth: int = 0) -> Any:
    """`value` as what the CEL engine takes for `wanted`.

    `double` takes floats, integers and decimals, the last only where the nearest double still reads
    as the decimal was written (`Decimal("0.1")` does, a 20-digit amount does not).

    Raises:
        Unfit: without the value itself, which may be personal.
    """
    if isinstance(value, Enum):
        value = value.value
    match wanted.kind:
        case "string" if isinstance(value, str):
            return str(value)
        case "bool" if isinstance(value, bool):
            return value
        case "int" if isinstance(value, int) and not isinstance(value, bool):
            return _exact_int(value)
        case "double":
            return _double(value)
        case "list" if isinstance(value, list | tuple):
            element = wanted.element or ANY
            return [convert(item, element, depth + 1) for item in value]
        case "map" if isinstance(value, Mapping):
            return _mapping(value, wanted.element or ANY, depth)
        case "any":
            return _any(value, depth)
    raise Unfit(f"is a {_name(value)}, not a {wanted}")


def _name(value: Any) -> str:
    return "null" if value is None else type(value).__name__


def _exact_int(value: int) -> int:
    if abs(value) > LARGEST:
        raise Unfit("is an integer beyond 2^53 - 1, which cannot be compared exactly")
    return int(value)


def _double(value: Any) -> float:
    match value:
        case bool():
            pass
        case int():
            return float(_exact_int(value))
        case float():
            return _bounded(value)
        case Decimal():
            if not value.is_finite():
                raise Unfit("is not a finite number")
            number = _bounded(float(value))
            if Decimal(repr(number)) != value:
                raise Unfit("is a decimal with more digits than a double holds")
            return number
    raise Unfit(f"is a {_name(value)}, not a double")


def _bounded(value: float) -> float:
    if not math.isfinite(value):
        raise Unfit("is not a finite number")
    if abs(value) > LARGEST_DOUBLE:
        raise Unfit(f"is a number beyond {LARGEST_DOUBLE:g}")
    return float(value)


def _mapping(value: Mapping[Any, Any], element: Type, depth: int) -> dict[str, Any]:
    if not all(isinstance(key, str) for key in value):
        raise Unfit("has a key that is no text")
    return {str(key): convert(item, element, depth + 1) for key, item in value.items()}


def _any(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise Unfit(f"is nested deeper than {MAX_DEPTH} levels")
    match value:
        case None | bool():
            return value
        case str():
            return str(value)
        case int():
            return _exact_int(value)
        case float() | Decimal():
            return _double(value)
        case list() | tuple():
            return [convert(item, ANY, depth + 1) for item in value]
        case Mapping():
            return _mapping(value, ANY, depth)
    raise Unfit(f"is a {_name(value)}, which conditions cannot read")
