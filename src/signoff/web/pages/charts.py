"""Small drawings beside tables: the table carries the data, the drawing shows its shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """A rectangle of a drawing."""

    x: float
    y: float
    width: float
    height: float
    kind: str = ""


@dataclass(frozen=True)
class Drawing:
    """What a template draws, and what it shows in words."""

    width: float
    height: float
    bars: tuple[Bar, ...]
    summary: str


def columns(values: Sequence[int], summary: str, *, height: float = 48) -> Drawing:
    """One column for each value, the highest as high as the drawing."""
    most = max((*values, 1))
    step, gap = 10.0, 2.0
    bars = tuple(
        Bar(
            n * step + gap / 2,
            _short(height - value * height / most),
            step - gap,
            _short(value * height / most),
        )
        for n, value in enumerate(values)
        if value
    )
    return Drawing(len(values) * step, height, bars, summary)


def stacked(parts: Iterable[tuple[str, int]], summary: str) -> Drawing:
    """Parts of a whole side by side; each is called by its kind."""
    given = [(kind, value) for kind, value in parts if value]
    total = sum(value for _, value in given)
    bars, at = [], 0.0
    for kind, value in given:
        width = 1000 * value / total
        bars.append(Bar(_short(at), 0, _short(max(width - 3, min(width, 1))), 20, kind))
        at += width
    return Drawing(1000, 20, tuple(bars), summary)


def stretch(median: float, p90: float, longest: float, summary: str) -> Drawing:
    """Half of them within the thick part, nine in ten within the thin one."""
    longest = max(longest, 1.0)
    thick, thin = (_short(100 * value / longest) for value in (median, p90))
    return Drawing(
        100, 10, (Bar(0, 4, max(thin, 1), 2, "thin"), Bar(0, 1, max(thick, 1), 8, "thick")), summary
    )


def interval(low: float, share: float, high: float, summary: str) -> Drawing:
    """Where a share may lie between 0 and 1, and where it was seen."""
    reach = Bar(_short(100 * low), 4, _short(max(100 * (high - low), 1)), 2, "thin")
    seen = Bar(_short(min(100 * share, 98)), 0, 2, 10, "thick")
    return Drawing(100, 10, (Bar(0, 9, 100, 0.5, "axis"), reach, seen), summary)


def _short(value: float) -> float:
    return round(value, 2)
