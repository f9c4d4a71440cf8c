"""Instants as people write them in files and on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_NO_INSTANT = "must be a day (2026-12-31, from its start in UTC) or an instant with its offset"


def parse_instant(value: Any) -> datetime:
    """`"2026-12-31"` or `"2026-12-31T18:00+01:00"` as an aware instant in UTC.

    A day stands for its first moment, so that of two readings the earlier counts.

    Raises:
        ValueError: saying what to write.
    """
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(_NO_INSTANT) from None
    if len(value) == len("2026-12-31"):
        return instant.replace(tzinfo=UTC)
    if instant.tzinfo is None:
        raise ValueError(_NO_INSTANT)
    return instant.astimezone(UTC)
