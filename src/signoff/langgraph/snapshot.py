"""What a graph looks like, stored so that pages can draw it without loading langgraph."""

from __future__ import annotations

from typing import Any

from langgraph.graph.state import CompiledStateGraph

from signoff.domain import canonical
from signoff.domain.ids import Digest


def drawing_of(graph: CompiledStateGraph[Any, Any, Any, Any]) -> dict[str, Any]:
    """Nodes and edges of the graph, subgraphs unfolded."""
    drawn = graph.get_graph(xray=True)
    return {
        "nodes": [{"id": node.id, "name": node.name} for node in drawn.nodes.values()],
        "edges": [
            {
                "source": edge.source,
                "target": edge.target,
                "conditional": edge.conditional,
                "label": None if edge.data is None else str(edge.data),
            }
            for edge in drawn.edges
        ],
    }


def fingerprint_of(drawing: dict[str, Any]) -> Digest:
    """Changes when nodes or edges do."""
    return canonical.digest("graph", drawing)
