"""The value of written figures."""

from __future__ import annotations

import re
from decimal import Decimal

_MAX_FIGURES = 30
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_GROUPED_BY_POINT = re.compile(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|\d{1,3}(?:\.\d{3})+,\d+")
_GROUPED_BY_QUOTE = re.compile(r"\d{1,3}(?:'\d{3})+(?:\.\d+)?")
_POINT = re.compile(r"\d+(?:\.\d+)?")
_COMMA = re.compile(r"\d+,\d{1,2}")


def decimal_of(figures: str) -> Decimal | None:
    """The value of figures with separators, or None: "1,234.50", "1.234,50", "1'234.50", "12,5"."""
    if len(figures) > _MAX_FIGURES:
        return None
    if _POINT.fullmatch(figures):
        return Decimal(figures)
    if _GROUPED.fullmatch(figures) or _GROUPED_BY_QUOTE.fullmatch(figures):
        return Decimal(figures.replace(",", "").replace("'", ""))
    if _GROUPED_BY_POINT.fullmatch(figures):
        return Decimal(figures.replace(".", "").replace(",", "."))
    if _COMMA.fullmatch(figures):
        return Decimal(figures.replace(",", "."))
    return None
