"""Which layer everything stands in: steps go down, and lines that lead back go up beside them."""

from __future__ import annotations

from dataclasses import dataclass, field

from signoff.web.pages.picture.graph import END, START, Edge, Graph, Node

_LANE = 9.0
"""Room on either side of a line that passes through a layer."""
_LOOP = 18.0
LABEL_GAP = 7.0
"""Between a line and the label beside it."""
_LABEL_HEIGHT = 22.0


@dataclass(eq=False)
class Item:
    """What takes a place in a layer: a box, or a line that passes, perhaps with its label."""

    left: float
    """How far it reaches to the left of its line, or of the middle of its box."""
    right: float
    height: float
    node: Node | None = None
    edge: Edge | None = None
    has_label: bool = False
    layer: int = 0
    x: float = 0.0


@dataclass
class Route:
    """An edge and the items that it passes on its way, in its own direction."""

    edge: Edge
    passes: list[Item] = field(default_factory=list)
    leads_back: bool = False
    """It leaves downwards, climbs through the layers of its passes, and comes in from above."""


@dataclass
class Layers:
    """Every item in its layer, and the way of every edge through them."""

    layers: list[list[Item]]
    boxes: dict[str, Item]
    routes: list[Route]


def layered(graph: Graph) -> Layers:
    """Give every node a layer, and every line a lane in each layer that it passes."""
    back = _leading_back(graph)
    ranks = _ranks(graph, back)
    forward = [edge for edge in graph.edges if edge not in back]
    labelled = {ranks[edge.source] + 1 for edge in forward if edge.label}
    used = sorted({*ranks.values(), *labelled})
    at = {rank: n for n, rank in enumerate(used)}
    layers: list[list[Item]] = [[] for _ in used]
    loops = {edge.source: edge for edge in graph.edges if edge.source == edge.target}

    def put(item: Item, layer: int) -> Item:
        item.layer = layer
        layers[layer].append(item)
        return item

    boxes = {n.id: put(_box(n, loops.get(n.id)), at[ranks[n.id]]) for n in graph.nodes}
    routes = []
    for edge in graph.edges:
        top, bottom = at[ranks[edge.source]], at[ranks[edge.target]]
        if edge.source == edge.target:
            routes.append(Route(edge, leads_back=True))
        elif edge in back:
            passes = [put(_lane(edge, with_label=n == top), n) for n in range(top, bottom - 1, -1)]
            routes.append(Route(edge, passes, leads_back=True))
        else:
            passes = [put(_lane(edge, with_label=n == top + 1), n) for n in range(top + 1, bottom)]
            routes.append(Route(edge, passes))
    return Layers(layers, boxes, routes)


def _box(node: Node, loop: Edge | None) -> Item:
    right = node.width / 2
    if loop is not None:
        right += _LOOP + (LABEL_GAP + loop.label_width if loop.label else 0.0)
    return Item(node.width / 2, right, node.height, node=node, edge=loop, has_label=bool(loop and loop.label))


def loop_lane(item: Item) -> float:
    """How far to the right of its middle the line runs that leads from a box to itself."""
    assert item.node is not None  # noqa: S101 - only boxes have one
    return item.node.width / 2 + _LOOP


def _lane(edge: Edge, *, with_label: bool) -> Item:
    if with_label and edge.label:
        return Item(_LANE, LABEL_GAP + edge.label_width, _LABEL_HEIGHT, edge=edge, has_label=True)
    return Item(_LANE, _LANE, 0.0, edge=edge)


def _leading_back(graph: Graph) -> set[Edge]:
    """Edges that close a circle, met by walking from the start; those from a node to itself as well."""
    leaving: dict[str, list[Edge]] = {node.id: [] for node in graph.nodes}
    arriving = {edge.target for edge in graph.edges if edge.source != edge.target}
    for edge in graph.edges:
        leaving[edge.source].append(edge)
    back: set[Edge] = set()
    state: dict[str, bool] = {}  # True while its circle may still close

    def walk(root: str) -> None:
        stack = [(root, iter(leaving[root]))]
        state[root] = True
        while stack:
            node, rest = stack[-1]
            for edge in rest:
                if state.get(edge.target):
                    back.add(edge)
                elif edge.target not in state:
                    state[edge.target] = True
                    stack.append((edge.target, iter(leaving[edge.target])))
                    break
            else:
                state[node] = False
                stack.pop()

    for node in sorted(graph.nodes, key=lambda n: (n.id != START, n.id in arriving)):
        if node.id not in state:
            walk(node.id)
    return back


def _ranks(graph: Graph, back: set[Edge]) -> dict[str, int]:
    """Even numbers: each node stands below everything that leads to it, and the end below all."""
    ranks = {node.id: 0 for node in graph.nodes}
    forward = [edge for edge in graph.edges if edge not in back]
    for _ in graph.nodes:
        for edge in forward:
            ranks[edge.target] = max(ranks[edge.target], ranks[edge.source] + 2)
    if END in ranks and not any(edge.source == END for edge in graph.edges):
        ranks[END] = max(ranks.values()) if ranks[END] else max(ranks.values()) + 2
        if any(rank == ranks[END] for id, rank in ranks.items() if id != END):
            ranks[END] += 2
    return ranks
