"""The order within the layers: few crossings, and what leads back on the outside."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from signoff.web.pages.picture.layers import Item, Layers

_SWEEPS = 8
Pairs = list[tuple[Item, Item]]
"""Upper and lower item of each line between two layers."""


def neighbours(laid: Layers) -> list[Pairs]:
    """What is connected across each channel, by lines that lead down."""
    pairs: list[Pairs] = [[] for _ in laid.layers]
    for route in laid.routes:
        if route.leads_back:
            continue
        stops = [laid.boxes[route.edge.source], *route.passes, laid.boxes[route.edge.target]]
        for upper, lower in pairwise(stops):
            pairs[upper.layer].append((upper, lower))
    return pairs


def ordered(laid: Layers) -> None:
    """Sort every layer of `laid` in place."""
    outside = {id(item) for route in laid.routes if route.leads_back for item in route.passes}
    inner = [[item for item in layer if id(item) not in outside] for layer in laid.layers]
    pairs = neighbours(laid)
    best, fewest = _copy(inner), _all_crossings(inner, pairs)
    for sweep in range(_SWEEPS):
        downwards = sweep % 2 == 0
        for n in range(len(inner)) if downwards else range(len(inner) - 1, -1, -1):
            _by_neighbours(inner, n, pairs, downwards=downwards)
        _swap_neighbours(inner, pairs)
        count = _all_crossings(inner, pairs)
        if count < fewest:
            best, fewest = _copy(inner), count
    for layer, items in zip(laid.layers, best, strict=True):
        layer[:] = items
    climbing = [route for route in laid.routes if route.leads_back]
    for route in sorted(climbing, key=lambda route: len(route.passes)):
        for item in route.passes:
            laid.layers[item.layer].append(item)


def _copy(layers: Sequence[list[Item]]) -> list[list[Item]]:
    return [list(layer) for layer in layers]


def _places(layers: Sequence[list[Item]], n: int) -> dict[int, int]:
    return {id(item): at for at, item in enumerate(layers[n])}


def _by_neighbours(layers: list[list[Item]], n: int, pairs: list[Pairs], *, downwards: bool) -> None:
    """Sort layer `n` by where its neighbours in the layer before stand, on average."""
    other = n - 1 if downwards else n + 1
    if not 0 <= other < len(layers):
        return
    places = _places(layers, other)
    met: dict[int, list[int]] = {}
    for upper, lower in pairs[min(n, other)]:
        item, beyond = (lower, upper) if downwards else (upper, lower)
        met.setdefault(id(item), []).append(places[id(beyond)])
    own = _places(layers, n)
    scale = len(layers[other]) / max(1, len(layers[n]))

    def wanted(item: Item) -> float:
        found = met.get(id(item))
        return sum(found) / len(found) if found else own[id(item)] * scale

    layers[n].sort(key=wanted)


def _swap_neighbours(layers: list[list[Item]], pairs: list[Pairs]) -> None:
    """Exchange items side by side as long as that saves crossings."""
    for _ in range(len(layers)):
        improved = False
        for n, layer in enumerate(layers):
            for at in range(len(layer) - 1):
                before = _crossings_at(layers, n, pairs)
                layer[at], layer[at + 1] = layer[at + 1], layer[at]
                if _crossings_at(layers, n, pairs) < before:
                    improved = True
                else:
                    layer[at], layer[at + 1] = layer[at + 1], layer[at]
        if not improved:
            return


def _crossings_at(layers: list[list[Item]], n: int, pairs: list[Pairs]) -> int:
    above = _crossings(layers, n - 1, pairs) if n else 0
    return above + (_crossings(layers, n, pairs) if n + 1 < len(layers) else 0)


def _all_crossings(layers: list[list[Item]], pairs: list[Pairs]) -> int:
    return sum(_crossings(layers, n, pairs) for n in range(len(layers) - 1))


def _crossings(layers: list[list[Item]], n: int, pairs: list[Pairs]) -> int:
    upper, lower = _places(layers, n), _places(layers, n + 1)
    lines = sorted((upper[id(a)], lower[id(b)]) for a, b in pairs[n])
    return sum(1 for i, (a, b) in enumerate(lines) for c, d in lines[i + 1 :] if a < c and b > d)
