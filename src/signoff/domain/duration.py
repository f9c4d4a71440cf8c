"""Durations as people write them in a policy."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

_PART = re.compile(r"(\d+)\s*(ms|s|m|h|d)")
_UNIT = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def parse_duration(value: Any) -> Any:
    """`"1h 30m"`, `"45s"` or `0` as a timedelta.

    ISO 8601 text, as pydantic writes it, and timedeltas pass through. A bare number other than 0 is
    refused, because it does not say its unit.

    Raises:
        ValueError: quoting the value, with an example of what to write.
    """
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int | float):
        if value == 0 and not isinstance(value, bool):
            return timedelta(0)
        raise ValueError(_not_a_duration(value))
    if not isinstance(value, str) or value.startswith(("P", "-P")):
        return value
    text = value.strip()
    if not re.fullmatch(rf"({_PART.pattern}\s*)+", text):
        raise ValueError(_not_a_duration(value))
    try:
        return sum((int(n) * _UNIT[unit] for n, unit in _PART.findall(text)), timedelta(0))
    except OverflowError as error:
        raise ValueError(f"{value!r} is longer than a duration can be") from error


def _not_a_duration(value: Any) -> str:
    return f'{value!r} is not a duration; write for example "30s", "15m", "8h" or "3d"'


Duration = Annotated[timedelta, BeforeValidator(parse_duration), Field(ge=timedelta(0))]
