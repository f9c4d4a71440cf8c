"""Where everything stands from left to right: straight where it can be, never overlapping."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from signoff.web.pages.picture.layers import Item, Layers
from signoff.web.pages.picture.order import Pairs, neighbours

_GAP = 26.0
_LANE_GAP = 6.0
_ROUNDS = 24


class Block:
    """Items of successive layers that stand exactly below each other."""

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.x = 0.0
        self.before: list[tuple[Block, float]] = []
        """What stands to its left, and how far its middle must keep away."""
        self.after: list[tuple[Block, float]] = []
        self.pulls: list[Block] = []
        """The blocks that its lines lead to."""

    def move_to(self, wanted: float) -> None:
        """As near to `wanted` as its neighbours let it."""
        lowest = max((block.x + room for block, room in self.before), default=float("-inf"))
        highest = min((block.x - room for block, room in self.after), default=float("inf"))
        self.x = max(lowest, min(wanted, highest))


def set_columns(laid: Layers) -> None:
    """Set `x` of every item of ordered layers."""
    pairs = neighbours(laid)
    blocks = _blocks(laid, pairs)
    of = {id(item): block for block in blocks for item in block.items}
    for layer in laid.layers:
        for left, right in pairwise(layer):
            room = left.right + right.left + _gap(left, right)
            of[id(left)].after.append((of[id(right)], room))
            of[id(right)].before.append((of[id(left)], room))
    for upper, lower in (pair for channel in pairs for pair in channel):
        one, other = of[id(upper)], of[id(lower)]
        if one is not other:
            one.pulls.append(other)
            other.pulls.append(one)
    _pack(blocks)
    for turn in range(_ROUNDS):
        for block in sorted(blocks, key=lambda b: b.x, reverse=turn % 2 == 0):
            if block.pulls:
                block.move_to(median(pull.x for pull in block.pulls))
            elif block.before:
                block.move_to(float("-inf"))
    for block in blocks:
        for item in block.items:
            item.x = block.x


def _gap(left: Item, right: Item) -> float:
    is_lane = left.node is None and right.node is None
    return _LANE_GAP if is_lane and not left.has_label else _GAP / 2 if is_lane else _GAP


def _blocks(laid: Layers, pairs: Sequence[Pairs]) -> list[Block]:
    below: dict[int, Item] = {}
    has_above: set[int] = set()
    for channel in range(len(laid.layers) - 1):
        upper = {id(item): n for n, item in enumerate(laid.layers[channel])}
        lower = {id(item): n for n, item in enumerate(laid.layers[channel + 1])}
        taken: list[tuple[int, int]] = []
        for one, other in sorted(pairs[channel], key=lambda p: _rank_of_pair(p, upper, lower)):
            at, to = upper[id(one)], lower[id(other)]
            is_free = id(one) not in below and id(other) not in has_above
            if is_free and all((at - a) * (to - b) > 0 for a, b in taken):
                below[id(one)] = other
                has_above.add(id(other))
                taken.append((at, to))
    for route in laid.routes:
        if route.leads_back:
            for lower_lane, upper_lane in pairwise(route.passes):
                below[id(upper_lane)] = lower_lane
                has_above.add(id(lower_lane))
    blocks = []
    for item in (item for layer in laid.layers for item in layer):
        if id(item) not in has_above:
            column = [item]
            while (following := below.get(id(column[-1]))) is not None:
                column.append(following)
            blocks.append(Block(column))
    return blocks


def _rank_of_pair(pair: tuple[Item, Item], upper: dict[int, int], lower: dict[int, int]) -> tuple[int, ...]:
    """Lines that pass first, then steps that follow each other, then the ends of long lines."""
    boxes = sum(item.node is not None for item in pair)
    return ((0, 2, 1)[boxes], abs(upper[id(pair[0])] - lower[id(pair[1])]), upper[id(pair[0])])


def _pack(blocks: Sequence[Block]) -> None:
    """Everything as far left as it can stand."""
    for block in blocks:
        block.x = 0.0
    for _ in blocks:
        moved = False
        for block in blocks:
            lowest = max((other.x + room for other, room in block.before), default=0.0)
            if lowest > block.x:
                block.x, moved = lowest, True
        if not moved:
            return
