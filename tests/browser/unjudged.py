"""What axe leaves to a person on each view, and what a person found there."""

from __future__ import annotations

_EDGE = "The hatched edge of a medium flag is 6 px wide and stands in the flag's padding, beside the words."
_SCROLLED = "The table is wider than its frame; the cells outside it have the colours of those inside."
_DRAWN = "Words in a picture of a graph, on the boxes and the lines of it that the same style sheet colours."
_WRAPPED = "Words that wrap, so that the box around their lines holds words of others too."

REVIEWED: dict[tuple[str, str], str] = {
    ("review", "color-contrast"): _EDGE,
    ("edit", "color-contrast"): _EDGE,
    ("settling", "color-contrast"): _EDGE,
    ("closed", "color-contrast"): _EDGE,
    ("reason", "color-contrast"): _EDGE,
    ("too late", "color-contrast"): _EDGE,
    ("e-mail in HTML", "color-contrast"): _EDGE,
    ("e-mail in HTML", "frame-tested"): (
        "The preview is in a sandbox where no script runs, axe's neither; test_hostile looks into it."
    ),
    ("clause", "color-contrast"): f"{_EDGE} {_WRAPPED}",
    ("deal", "color-contrast"): _EDGE,
    ("menu", "color-contrast"): "Words behind the open menu, which were looked at before it was opened.",
    ("people", "color-contrast"): _SCROLLED,
    ("dashboard", "color-contrast"): _SCROLLED,
    ("reviews behind a figure", "color-contrast"): _SCROLLED,
    ("policy", "color-contrast"): _SCROLLED,
    ("backtest", "color-contrast"): _SCROLLED,
    ("runs", "color-contrast"): _SCROLLED,
    ("paused run", "color-contrast"): _DRAWN,
    ("failed run", "color-contrast"): _DRAWN,
    ("review of a run", "color-contrast"): f"{_EDGE} {_DRAWN}",
    ("effects", "color-contrast"): _WRAPPED,
}
"""Why each doubt of axe is none, by view and rule; the contrast of such words is computed on every look."""
