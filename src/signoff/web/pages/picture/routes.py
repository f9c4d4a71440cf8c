"""The lines: out of a box downwards, across in the channels between layers, into a box from above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from signoff.web.pages.picture.graph import PORT_GAP, Edge
from signoff.web.pages.picture.layers import Item, Layers, loop_lane

_CORNER = 10.0
_STRAIGHT = 1000.0
_APART = 5.0
"""Lines nearer than this are taken to lie on each other."""
Side = Literal["top", "bottom"]


@dataclass(eq=False)
class Crossing:
    """A line within one channel: from one x to another, each end at the channel's top or bottom."""

    start: float
    end: float
    starts_at: Side
    ends_at: Side
    track: int = 0

    @property
    def is_straight(self) -> bool:
        return abs(self.start - self.end) < 0.5

    @property
    def span(self) -> tuple[float, float]:
        return min(self.start, self.end), max(self.start, self.end)

    def ends(self, side: Side) -> list[float]:
        """Where it reaches that side of the channel."""
        both = ((self.start, self.starts_at), (self.end, self.ends_at))
        return [x for x, at in both if at == side]


@dataclass
class Line:
    """An edge with the channels that it crosses, in its own direction."""

    edge: Edge
    crossings: list[tuple[int, Crossing]]
    """Number of the channel, which lies above the layer of that number."""


def lines_of(laid: Layers) -> list[Line]:
    """Every edge of `laid`, whose columns are set, with its ports and its tracks."""
    out = _ports_out(laid)
    into = _ports_in(laid, out)
    lines = []
    for n, route in enumerate(laid.routes):
        source, target = laid.boxes[route.edge.source], laid.boxes[route.edge.target]
        if not route.leads_back:
            xs = [out[n], *(item.x for item in route.passes), into[n]]
            crossings = [
                (source.layer + 1 + at, Crossing(one, other, "top", "bottom"))
                for at, (one, other) in enumerate(pairwise(xs))
            ]
        else:
            lane = route.passes[0].x if route.passes else source.x + loop_lane(source)
            crossings = [
                (source.layer + 1, Crossing(out[n], lane, "top", "top")),
                (target.layer, Crossing(lane, into[n], "bottom", "bottom")),
            ]
        lines.append(Line(route.edge, crossings))
    for channel in range(len(laid.layers) + 1):
        set_tracks([c for line in lines for at, c in line.crossings if at == channel])
    return lines


def _ports_out(laid: Layers) -> dict[int, float]:
    """Where each route leaves its box, by its number: as nearly as possible above where it goes."""
    wanted: dict[str, list[tuple[float, int]]] = {}
    for n, route in enumerate(laid.routes):
        source = laid.boxes[route.edge.source]
        if route.passes:
            x = route.passes[0].x
        elif route.leads_back:
            x = source.x + loop_lane(source)
        else:
            x = laid.boxes[route.edge.target].x
        wanted.setdefault(route.edge.source, []).append((x, n))
    return _spread_over(laid, wanted)


def _ports_in(laid: Layers, out: dict[int, float]) -> dict[int, float]:
    """Where each route comes in: as nearly as possible below where it comes from."""
    wanted: dict[str, list[tuple[float, int]]] = {}
    for n, route in enumerate(laid.routes):
        source = laid.boxes[route.edge.source]
        if route.passes:
            x = route.passes[-1].x
        elif route.leads_back:
            x = source.x + loop_lane(source)
        else:
            x = out[n]
        wanted.setdefault(route.edge.target, []).append((x, n))
    return _spread_over(laid, wanted)


def _spread_over(laid: Layers, wanted: dict[str, list[tuple[float, int]]]) -> dict[int, float]:
    ports: dict[int, float] = {}
    for id, found in wanted.items():
        box, ends = laid.boxes[id], sorted(found)
        reach = (box.node.width / 2 if box.node else 0.0) - _CORNER
        xs = spread([x for x, _ in ends], box.x - reach, box.x + reach)
        ports |= {n: x for (_, n), x in zip(ends, xs, strict=True)}
    return ports


def spread(wanted: Sequence[float], lowest: float, highest: float) -> list[float]:
    """Ascending places within bounds, a gap apart, as near as possible to what is wanted.

    What is wanted within the bounds makes a straight line, and gives way last.
    """
    gap = min(PORT_GAP, (highest - lowest) / max(1, len(wanted) - 1))
    room = highest - gap * (len(wanted) - 1)
    groups: list[tuple[float, float, int]] = []  # place without gaps, weight, how many
    for n, x in enumerate(wanted):
        weight, count = (_STRAIGHT if lowest <= x <= highest else 1.0), 1
        place = min(max(x, lowest), highest) - n * gap
        while groups and groups[-1][0] > place:
            earlier, heavy, more = groups.pop()
            place = (earlier * heavy + place * weight) / (heavy + weight)
            weight, count = weight + heavy, count + more
        groups.append((place, weight, count))
    places = [min(max(place, lowest), room) for place, _, count in groups for _ in range(count)]
    return [place + n * gap for n, place in enumerate(places)]


def set_tracks(crossings: Sequence[Crossing]) -> None:
    """Give each line of a channel a height of its own where they would meet, crossing little."""
    order: list[Crossing] = []
    turning = [crossing for crossing in crossings if not crossing.is_straight]
    for crossing in sorted(turning, key=lambda c: (c.span[1] - c.span[0], c.start)):
        costs = [
            sum(_cost(other, crossing) for other in order[:at])
            + sum(_cost(crossing, other) for other in order[at:])
            for at in range(len(order) + 1)
        ]
        order.insert(costs.index(min(costs)), crossing)
    for n, crossing in enumerate(order):
        above = [other.track for other in order[:n] if _meet(other, crossing)]
        crossing.track = max(above, default=-1) + 1


def _meet(one: Crossing, other: Crossing) -> bool:
    (a, b), (c, d) = one.span, other.span
    return a < d + _APART and c < b + _APART


def _cost(upper: Crossing, lower: Crossing) -> int:
    """How often they cross when one runs above the other; lying on each other is worst."""
    if not _meet(upper, lower):
        return 0
    down, up = upper.ends("bottom"), lower.ends("top")
    (a, b), (c, d) = upper.span, lower.span
    crossed = sum(c < x < d for x in down) + sum(a < x < b for x in up)
    return crossed + 50 * sum(abs(x - y) < _APART for x in down for y in up)


def width_of_layers(layers: Sequence[Sequence[Item]]) -> tuple[float, float]:
    """The leftmost and the rightmost point of all items."""
    items = [item for layer in layers for item in layer]
    return min(i.x - i.left for i in items), max(i.x + i.right for i in items)
