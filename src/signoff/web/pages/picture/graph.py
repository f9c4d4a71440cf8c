"""The stored drawing of a graph as nodes with sizes, and edges without doubles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from signoff.web.pages.picture.text import shortened, width_of, wrapped
from signoff.web.pages.reveal import flat

START, END = "__start__", "__end__"
NAME_SIZE, SMALL_SIZE = 14.0, 12.0
LINE = 18.0
_ROOM = 150.0
_PADDING = 14.0
_LABEL_ROOM = 132.0
PORT_GAP = 14.0
"""Between two lines that leave or reach a box on the same side."""
_MOST_PORTS = 8
BAND = 22.0
"""Height of the band that says where the run stands."""


@dataclass(frozen=True)
class Mark:
    """What is said about a node: a word, and the shape that goes with it."""

    word: str
    shape: str
    """ "pause", "fault" or "next"."""


@dataclass(frozen=True)
class Node:
    """A box."""

    id: str
    name: str
    """In full, for whoever points at it."""
    lines: tuple[str, ...]
    within: str
    """The subgraph that it belongs to."""
    mark: Mark | None
    width: float
    height: float

    @property
    def is_terminal(self) -> bool:
        """Whether it is no step but a start or an end."""
        return self.id.rpartition(":")[2] in (START, END)


@dataclass(frozen=True)
class Edge:
    """A line between two boxes."""

    source: str
    target: str
    is_conditional: bool
    label: str
    """Shortened; empty where there is none."""
    full_label: str

    @property
    def label_width(self) -> float:
        return width_of(self.label, SMALL_SIZE) if self.label else 0.0


@dataclass(frozen=True)
class Graph:
    """What is to be drawn."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph_of(drawing: Mapping[str, Any], marks: Mapping[str, Mark] | None = None) -> Graph:
    """Read a stored drawing.

    Args:
        marks: by node id, as the drawing spells it; others are ignored.
    """
    known = {str(node["id"]): str(node["name"]) for node in drawing["nodes"]}
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for edge in drawing["edges"]:
        ends = str(edge["source"]), str(edge["target"])
        if ends[0] in known and ends[1] in known:
            found.setdefault(ends, []).append(edge)
    busy = Counter(("from", source) for source, _ in found) + Counter(("to", target) for _, target in found)
    nodes = tuple(
        _node(id, name, (marks or {}).get(id), max(busy["from", id], busy["to", id]))
        for id, name in known.items()
    )
    return Graph(nodes, tuple(_edge(*ends, drawn) for ends, drawn in found.items()))


def _node(id: str, name: str, mark: Mark | None, ports: int) -> Node:
    least = 2 * (PORT_GAP * (min(ports, _MOST_PORTS) - 1) + 10)  # one line straight, all others beside it
    within, _, own = id.rpartition(":")
    if own in (START, END):
        word = "start" if own == START else "end"
        width = max(least, width_of(word, SMALL_SIZE) + 28)
        return Node(id, word, (word,), within, mark, width, 24.0)
    shown = flat(name.rpartition(":")[2])
    lines = wrapped(shown, NAME_SIZE, _ROOM)
    above = shortened(flat(within).replace(":", " / "), SMALL_SIZE, _ROOM)
    width = max(
        72.0,
        least,
        *(width_of(line, NAME_SIZE) + 2 * _PADDING for line in lines),
        width_of(above, SMALL_SIZE) + 2 * _PADDING,
        width_of(mark.word, SMALL_SIZE) + 44 if mark else 0.0,
    )
    height = LINE * (len(lines) + bool(above)) + 18 + (BAND if mark else 0.0)
    return Node(id, flat(name), lines, above, mark, width, height)


def _edge(source: str, target: str, drawn: list[Mapping[str, Any]]) -> Edge:
    labels = dict.fromkeys(flat(str(edge["label"])) for edge in drawn if edge.get("label"))
    full = " / ".join(labels)
    is_conditional = all(edge.get("conditional") for edge in drawn)
    return Edge(source, target, is_conditional, shortened(full, SMALL_SIZE, _LABEL_ROOM), full)
