"""Values written down exactly: canonical JSON (RFC 8785) with tags for what JSON cannot carry.

Integers beyond 2**53 - 1, floats, decimals, bytes, dates, times, UUIDs, sets, plain enums and pydantic
models become ``{"$type": "..."}`` objects, so 1, 1.0 and Decimal("1") have different digests.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
import rfc8785
from pydantic import BaseModel

from signoff.domain.errors import NotCanonical, PayloadTooLarge
from signoff.domain.ids import Digest

MAX_DEPTH = 64
MAX_BYTES = 1_048_576
_SAFE_INTEGER = 2**53 - 1


def tagged(value: Any, path: str = "", depth: int = 0) -> Any:
    """`value` as plain JSON values and tags.

    Raises:
        NotCanonical: for NaN, infinities, lone surrogates, non-string keys, nesting deeper than
            `MAX_DEPTH` and types without a tag; it names the path.
    """
    if depth > MAX_DEPTH:
        raise NotCanonical(path, f"nested deeper than {MAX_DEPTH} levels")
    plain = _PLAIN.get(type(value))
    if plain is not None:
        return plain(value, path, depth)
    match value:
        case None | bool():
            return value
        case Enum() if not isinstance(value, str | int):
            return {"$enum": f"{type(value).__qualname__}.{value.name}"}
        case str():
            return _text(value, path)
        case int():
            return _integer(int(value), path)
        case float():
            if not math.isfinite(value):
                raise NotCanonical(path, f"{value} is not a number that can be approved")
            return {"$float": float.__repr__(value)}
        case Mapping():
            return _mapping(value, path, depth)
        case list() | tuple():
            return _sequence(value, path, depth)
        case Set():
            items = [tagged(item, path, depth + 1) for item in value]
            return {"$set": sorted(items, key=rfc8785.dumps)}
        case BaseModel():
            return {
                "$model": type(value).__qualname__,
                "fields": _mapping(dict(value), path, depth + 1),
            }
        case _:
            return _scalar(value, path)


def _scalar(value: Any, path: str) -> Any:
    match value:
        case Decimal():
            if not value.is_finite():
                raise NotCanonical(path, f"{value} is not a number that can be approved")
            return {"$decimal": str(value)}
        case bytes():
            return {"$bytes": base64.b64encode(value).decode()}
        case datetime() | time() if value.fold and value.tzinfo is None:
            raise NotCanonical(path, f"{value.isoformat()} is ambiguous; give it a zone")
        case datetime():
            return {"$datetime": value.isoformat()}
        case date():
            return {"$date": value.isoformat()}
        case time():
            return {"$time": value.isoformat()}
        case UUID():
            return {"$uuid": str(value)}
        case _:
            raise NotCanonical(path, f"a {type(value).__name__} cannot be written down exactly")


def _integer(value: int, path: str, _depth: int = 0) -> Any:
    if -_SAFE_INTEGER <= value <= _SAFE_INTEGER:
        return value
    try:
        return {"$int": int.__repr__(value)}
    except ValueError as error:
        raise NotCanonical(path, "the integer has too many digits") from error


def _itself(value: Any, _path: str, _depth: int) -> Any:
    return value


def _sequence(value: Sequence[Any], path: str, depth: int) -> list[Any]:
    return [tagged(item, f"{path}/{n}", depth + 1) for n, item in enumerate(value)]


def _text(value: str, path: str, _depth: int = 0) -> str:
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise NotCanonical(path, "the text holds a lone surrogate") from error
    return value


def _mapping(value: Mapping[Any, Any], path: str, depth: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise NotCanonical(path, f"the key {key!r} is not a string")
        _text(key, path)
        escaped = f"${key}" if key.startswith("$") else key
        result[escaped] = tagged(item, f"{path}/{key}", depth + 1)
    return result


_PLAIN: dict[type, Callable[[Any, str, int], Any]] = {
    str: _text,
    int: _integer,
    bool: _itself,
    type(None): _itself,
    dict: _mapping,
    list: _sequence,
    tuple: _sequence,
}
"""Types that JSON carries, by themselves: most values are, and asking what else they may be is slow."""

_DECODERS: dict[str, Any] = {
    "$int": int,
    "$float": float,
    "$decimal": Decimal,
    "$bytes": base64.b64decode,
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$time": time.fromisoformat,
    "$uuid": UUID,
    "$enum": str,
}


def untagged(value: Any) -> Any:
    """The inverse of `tagged`; enums come back as text, models as dictionaries, tuples as lists."""
    if isinstance(value, list):
        return [untagged(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$model" in value and "fields" in value:
        return untagged(value["fields"])
    if len(value) == 1:
        [(tag, content)] = value.items()
        if tag == "$set":
            return {_hashable(untagged(item)) for item in content}
        if tag in _DECODERS:
            return _DECODERS[tag](content)
    return {k[1:] if k.startswith("$$") else k: untagged(v) for k, v in value.items()}


def _hashable(member: Any) -> Any:
    match member:
        case list():
            return tuple(_hashable(item) for item in member)
        case set():
            return frozenset(member)
        case dict():
            return frozenset((name, _hashable(item)) for name, item in member.items())
        case _:
            return member


def encode(value: Any) -> str:
    """Canonical text of `value`; equal values of one type have equal text.

    Values that differ in how they are written differ in text: 1 and 1.0, Decimal("1.0") and
    Decimal("1.00"), one instant in two zones.

    Raises:
        NotCanonical: the value cannot be written down exactly.
        PayloadTooLarge: the text exceeds `MAX_BYTES`.
    """
    try:
        data = _written(tagged(value))
    except RecursionError as error:
        raise NotCanonical("", f"nested deeper than {MAX_DEPTH} levels") from error
    if len(data) > MAX_BYTES:
        raise PayloadTooLarge(len(data), MAX_BYTES)
    return data.decode()


def _written(plain: Any) -> bytes:
    """RFC 8785 of what `tagged` made: no floats and no large integers. orjson writes that form, too, and
    much faster, where keys sort alike by code points and by UTF-16 units."""
    data = orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)
    return data if data.isascii() or max(data.decode()) < "\ud800" else rfc8785.dumps(plain)


def decode(text: str) -> Any:
    """The value that `encode` wrote."""
    return untagged(orjson.loads(text))


def digest(domain: str, value: Any) -> Digest:
    """SHA-256 in hex over ``signoff/<domain>\\0`` and the canonical text of `value`."""
    return digest_of_text(domain, encode(value))


def digest_of_plain(domain: str, value: dict[str, Any]) -> Digest:
    """Like `digest`, for a value that holds JSON's own types alone, and no key that begins with "$"."""
    return digest_of_text(domain, _written(value).decode())


def digest_of_text(domain: str, text: str) -> Digest:
    """Like `digest`, for a text that `encode` made."""
    prefix = f"signoff/{domain}\0".encode()
    return Digest(hashlib.sha256(prefix + text.encode()).hexdigest())


def parse_strict_json(data: str | bytes) -> Any:
    """JSON from outside, refusing duplicate keys, NaN and infinities.

    Raises:
        NotCanonical: with the offending key or constant.
    """

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, item in items:
            if key in result:
                raise NotCanonical(f"/{key}", "the key appears twice")
            result[key] = item
        return result

    def constant(name: str) -> Any:
        raise NotCanonical("", f"{name} is not valid JSON")

    def finite(text: str) -> float:
        number = float(text)
        if not math.isfinite(number):
            raise NotCanonical("", f"{text} is too large for a number")
        return number

    try:
        return json.loads(data, object_pairs_hook=pairs, parse_constant=constant, parse_float=finite)
    except RecursionError as error:
        raise NotCanonical("", f"nested deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise NotCanonical("", f"not valid JSON: {error}") from error
