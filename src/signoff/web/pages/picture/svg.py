"""The picture itself: SVG with classes and presentation attributes only, as a strict policy asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from markupsafe import Markup, escape

from signoff.web.pages.picture.graph import BAND, LINE, NAME_SIZE, SMALL_SIZE, Graph, Mark
from signoff.web.pages.picture.layout import Drawn, Placed, Point, laid_out
from signoff.web.pages.reveal import written

_ROUND = 7.0
_TIP = 8.0


@lru_cache(maxsize=64)
def picture(graph: Graph, title: str, description: str) -> Markup:
    """`graph` as an image with its title and a description in words."""
    layout = laid_out(graph)
    width, height = _n(layout.width), _n(layout.height)
    parts = [
        f'<svg class="graph" role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{escape(written(title))}</title><desc>{escape(written(description))}</desc>",
        *(part for edge in layout.edges for part in _edge(edge)),
        *(part for node in layout.nodes for part in _node(node)),
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704 - every text in it was escaped


def _edge(drawn: Drawn) -> Iterator[str]:
    kind, dashes = ("edge maybe", ' stroke-dasharray="5 4"') if drawn.edge.is_conditional else ("edge", "")
    yield f'<path class="{kind}" fill="none"{dashes} d="{_path(drawn.points)}"/>'
    x, y = drawn.points[-1]
    yield f'<path class="tip" d="M{_n(x)} {_n(y)}l-4.5 -{_n(_TIP)}h9z"/>'
    if drawn.label is not None:
        box = drawn.label
        full = f"<title>{escape(drawn.edge.full_label)}</title>" if drawn.edge.label.endswith("…") else ""
        yield _text("label", box.x, box.y + SMALL_SIZE, SMALL_SIZE, drawn.edge.label, "start", full)


def _path(points: tuple[Point, ...]) -> str:
    """A line through `points` that stops where its tip begins, with its corners rounded."""
    end = (points[-1][0], points[-1][1] - _TIP + 1)
    corners = [*points[:-1], end]
    path = [f"M{_n(corners[0][0])} {_n(corners[0][1])}"]
    for before, at, after in zip(corners, corners[1:], corners[2:], strict=False):
        near = min(_ROUND, _apart(before, at) / 2, _apart(at, after) / 2)
        (ax, ay), (bx, by) = _towards(at, before, near), _towards(at, after, near)
        path.append(f"L{_n(ax)} {_n(ay)}Q{_n(at[0])} {_n(at[1])} {_n(bx)} {_n(by)}")
    path.append(f"L{_n(end[0])} {_n(end[1])}")
    return "".join(path)


def _apart(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(start: Point, end: Point, by: float) -> Point:
    length = _apart(start, end) or 1.0
    return start[0] + (end[0] - start[0]) * by / length, start[1] + (end[1] - start[1]) * by / length


def _node(placed: Placed) -> Iterator[str]:
    node, box = placed.node, placed.box
    place = f'x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}"'
    if node.is_terminal:
        yield f'<g class="node terminal"><rect {place} rx="{_n(box.height / 2)}"/>'
        yield _text("name", box.middle, box.y + box.height / 2 + 4, SMALL_SIZE, node.name)
    else:
        yield f'<g class="node{" marked " + node.mark.shape if node.mark else ""}">'
        if len("".join(node.lines)) < len(node.name):
            yield f"<title>{escape(node.name)}</title>"
        yield f'<rect {place} rx="3"/>'
        y = box.y + 9
        if node.mark is not None:
            yield from _band(placed, node.mark)
            y += BAND
        if node.within:
            y += LINE
            yield _text("within", box.middle, y - 5, SMALL_SIZE, node.within)
        for line in node.lines:
            y += LINE
            yield _text("name", box.middle, y - 4, NAME_SIZE, line)
    yield "</g>"


def _band(placed: Placed, mark: Mark) -> Iterator[str]:
    """The word for where the run stands, with a shape of its own before it."""
    box = placed.box
    top = f"M{_n(box.x)} {_n(box.y + 3)}q0 -3 3 -3h{_n(box.width - 6)}q3 0 3 3"
    yield f'<path class="band" d="{top}v{_n(BAND - 3)}h-{_n(box.width)}z"/>'
    x, y = box.x + 12, box.y + 6
    yield f'<path class="sign" d="{_SIGNS[mark.shape].format(x=_n(x), y=_n(y))}"/>'
    yield _text("word", box.x + 28, box.y + 15.5, SMALL_SIZE, mark.word, "start")


_SIGNS: Mapping[str, str] = {
    "pause": "M{x} {y}h3.5v10h-3.5zm6 0h3.5v10h-3.5z",
    "fault": (
        "M{x} {y}m1.5 0l3.5 3.5l3.5 -3.5l1.5 1.5l-3.5 3.5l3.5 3.5"
        "l-1.5 1.5l-3.5 -3.5l-3.5 3.5l-1.5 -1.5l3.5 -3.5l-3.5 -3.5z"
    ),
    "next": "M{x} {y}l9.5 5l-9.5 5z",
}


def _text(
    kind: str, x: float, y: float, size: float, text: str, anchor: str = "middle", inside: str = ""
) -> str:
    anchored = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return (
        f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}"{anchored}>'
        f"{inside}{escape(text)}</text>"
    )


def _n(value: float) -> str:
    """A coordinate in as few characters as do."""
    return f"{value:.1f}".rstrip("0").rstrip(".")
