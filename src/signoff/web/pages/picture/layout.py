"""Everything at its place, as plain boxes and points."""

from __future__ import annotations

from dataclasses import dataclass

from signoff.web.pages.picture.columns import set_columns
from signoff.web.pages.picture.graph import SMALL_SIZE, Edge, Graph, Node
from signoff.web.pages.picture.layers import LABEL_GAP, Item, Layers, layered, loop_lane
from signoff.web.pages.picture.order import ordered
from signoff.web.pages.picture.routes import Line, lines_of, width_of_layers

_MARGIN = 12.0
_TRACK = 13.0
_CHANNEL = 30.0
_OUTER = 14.0
"""Height of the channels above the first and below the last layer, before any line runs in them."""
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Placed:
    """A node and its box."""

    node: Node
    box: Box


@dataclass(frozen=True)
class Drawn:
    """An edge, the corners of its line from source to target, and the box of its label."""

    edge: Edge
    points: tuple[Point, ...]
    label: Box | None


@dataclass(frozen=True)
class Layout:
    """A whole picture."""

    width: float
    height: float
    nodes: tuple[Placed, ...]
    edges: tuple[Drawn, ...]


def laid_out(graph: Graph) -> Layout:
    """Lay a graph out; the same graph always looks the same."""
    if not graph.nodes:
        return Layout(2 * _MARGIN, 2 * _MARGIN, (), ())
    laid = layered(graph)
    ordered(laid)
    set_columns(laid)
    _start_at_the_margin(laid)
    lines = lines_of(laid)
    channels = _channel_heights(laid, lines)
    heights = [max(item.height for item in layer) for layer in laid.layers]
    tops, y = [], _MARGIN
    for channel, height in zip(channels, [*heights, 0.0], strict=True):
        y += channel
        tops.append(y)
        y += height
    _, right = width_of_layers(laid.layers)
    middles = [top + height / 2 for top, height in zip(tops, heights, strict=False)]
    nodes = tuple(
        Placed(node, _box(laid.boxes[node.id], middles[laid.boxes[node.id].layer])) for node in graph.nodes
    )
    boxes = {placed.node.id: placed.box for placed in nodes}
    edges = tuple(
        Drawn(line.edge, _points(line, boxes, tops, channels), label)
        for line, label in zip(lines, _labels(laid, middles), strict=True)
    )
    return Layout(right + _MARGIN, y + _MARGIN, nodes, edges)


def _start_at_the_margin(laid: Layers) -> None:
    left, _ = width_of_layers(laid.layers)
    for item in (item for layer in laid.layers for item in layer):
        item.x += _MARGIN - left


def _channel_heights(laid: Layers, lines: list[Line]) -> list[float]:
    heights = []
    for channel in range(len(laid.layers) + 1):
        tracks = [
            c.track for line in lines for at, c in line.crossings if at == channel and not c.is_straight
        ]
        is_outer = channel in (0, len(laid.layers))
        if is_outer:
            heights.append(_OUTER + _TRACK * (max(tracks) + 1) if tracks else 0.0)
        else:
            heights.append(_CHANNEL + _TRACK * max(tracks, default=0))
    return heights


def _box(item: Item, middle: float) -> Box:
    assert item.node is not None  # noqa: S101 - asked of boxes only
    node = item.node
    return Box(item.x - node.width / 2, middle - node.height / 2, node.width, node.height)


def _points(line: Line, boxes: dict[str, Box], tops: list[float], channels: list[float]) -> tuple[Point, ...]:
    source, target = boxes[line.edge.source], boxes[line.edge.target]
    points: list[Point] = [(line.crossings[0][1].start, source.y + source.height)]
    for channel, crossing in line.crossings:
        if not crossing.is_straight:
            y = tops[channel] - channels[channel] + _first_track(channels[channel]) + _TRACK * crossing.track
            points += [(crossing.start, y), (crossing.end, y)]
    points.append((line.crossings[-1][1].end, target.y))
    return tuple(points)


def _first_track(channel: float) -> float:
    """How far below the channel's top its first track runs: an arrow's tip fits below the last."""
    return min(11.0, channel / 2)


def _labels(laid: Layers, middles: list[float]) -> list[Box | None]:
    """The label of every route, to the right of its line."""
    boxes: list[Box | None] = []
    for route in laid.routes:
        holder = next((item for item in route.passes if item.has_label), None)
        x = 0.0 if holder is None else holder.x
        if route.edge.source == route.edge.target and route.edge.label:
            holder = laid.boxes[route.edge.source]
            x = holder.x + loop_lane(holder)
        if holder is None:
            boxes.append(None)
            continue
        height = SMALL_SIZE + 4
        middle = middles[holder.layer]
        boxes.append(Box(x + LABEL_GAP, middle - height / 2, route.edge.label_width, height))
    return boxes
