"""Rows for a spreadsheet, in which nothing that somebody wrote becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(value: object) -> str:
    """The text of a cell; one that a spreadsheet would compute gets a quote before it, and stays text."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_STARTS_A_FORMULA) else text


def rows(lines: Iterable[Iterable[object]]) -> str:
    """Lines of comma-separated values, as RFC 4180 writes them."""
    out = io.StringIO()
    writer = csv.writer(out)
    for line in lines:
        writer.writerow([cell(value) for value in line])
    return out.getvalue()
