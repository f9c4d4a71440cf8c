"""The picture of a graph: no line touches what is not its own, and everything can be read."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.web.pages.picture import Layout, Mark, graph_of, laid_out, picture
from signoff.web.pages.picture.layout import Box, Point
from tests.web.graphs import FIFTEEN, SHIPPED

NAMES = st.sampled_from(
    "plan review tools look_up_the_customer x write_draft ask_what_now ☃ 顧客を探す".split()
)


@st.composite
def drawings(draw: st.DrawFn) -> dict[str, Any]:
    """Graphs of up to fifteen nodes: circles, loops, parts that hang nowhere, labels of every length."""
    names = draw(st.lists(NAMES, min_size=1, max_size=15))
    ids = ["__start__", *(f"{name}{n}" for n, name in enumerate(names)), "__end__"]
    ends = st.sampled_from(ids)
    label = st.none() | st.sampled_from(
        ["yes", "changes requested", "a condition that goes on and on and on"]
    )
    edge: st.SearchStrategy[dict[str, Any]] = st.builds(
        dict, source=ends, target=ends, conditional=st.booleans(), label=label
    )
    path = [
        {"source": one, "target": other, "conditional": False, "label": None}
        for one, other in pairwise(ids)
        if draw(st.booleans())
    ]
    return {
        "nodes": [{"id": id, "name": id} for id in ids],
        "edges": path + draw(st.lists(edge, max_size=20)),
    }


def touches(one: Point, other: Point, box: Box) -> bool:
    """Whether the segment enters the box; all of ours run straight across or straight down."""
    (ax, ay), (bx, by) = one, other
    assert ax == bx or ay == by, "a slanting line"
    return (
        min(ax, bx) < box.x + box.width - 0.01
        and max(ax, bx) > box.x + 0.01
        and min(ay, by) < box.y + box.height - 0.01
        and max(ay, by) > box.y + 0.01
    )


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def faults_of(layout: Layout) -> list[str]:
    """Whatever lies on something else, or outside the picture."""
    boxes = {f"box {placed.node.id}": placed.box for placed in layout.nodes}
    labels = {
        f"label {drawn.edge.source} to {drawn.edge.target}": drawn.label
        for drawn in layout.edges
        if drawn.label is not None
    }
    both = {**boxes, **labels}
    faults = [f"{a} on {b}" for (a, one), (b, other) in combinations(both.items(), 2) if overlap(one, other)]
    for name, box in both.items():
        if box.x < 0 or box.y < 0 or box.x + box.width > layout.width or box.y + box.height > layout.height:
            faults.append(f"{name} outside")
    for drawn in layout.edges:
        line = f"{drawn.edge.source} to {drawn.edge.target}"
        for one, other in pairwise(drawn.points):
            faults += [f"{line} through {name}" for name, box in both.items() if touches(one, other, box)]
            if not (0 <= other[0] <= layout.width and 0 <= other[1] <= layout.height):
                faults.append(f"{line} outside")
        source, target = boxes[f"box {drawn.edge.source}"], boxes[f"box {drawn.edge.target}"]
        (sx, sy), (tx, ty) = drawn.points[0], drawn.points[-1]
        if not (source.x < sx < source.x + source.width and sy == source.y + source.height):
            faults.append(f"{line} does not leave its box below")
        if not (target.x < tx < target.x + target.width and ty == target.y):
            faults.append(f"{line} does not reach its box from above")
    return faults


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_no_line_touches_what_is_not_its_own_in_the_shipped_graphs(name: str) -> None:
    for marked in ({}, {"review": Mark("paused here", "pause"), "compare": Mark("failed here", "fault")}):
        assert faults_of(laid_out(graph_of(SHIPPED[name], marked))) == []


def test_nor_in_one_of_fifteen_steps() -> None:
    layout = laid_out(graph_of(FIFTEEN, {"review": Mark("paused here", "pause")}))
    assert faults_of(layout) == []
    assert layout.width < 900


@settings(max_examples=60)
@given(drawings(), st.booleans())
def test_nor_in_any_other(drawing: dict[str, Any], marked: bool) -> None:
    first = drawing["nodes"][1]["id"]
    graph = graph_of(drawing, {first: Mark("paused here", "pause")} if marked else {})
    layout = laid_out(graph)
    assert faults_of(layout) == []
    assert len(layout.edges) == len({(e["source"], e["target"]) for e in drawing["edges"]})
    assert laid_out(graph) == layout


def test_it_says_where_the_run_stands_by_word_and_shape() -> None:
    graph = graph_of(SHIPPED["refund"], {"review": Mark("paused here", "pause")})
    tree = ElementTree.fromstring(str(picture(graph, "The graph refund", "It waits at review.")))
    assert tree.attrib["role"] == "img"
    assert [child.text for child in tree][:2] == ["The graph refund", "It waits at review."]
    [marked] = [group for group in tree.iter("g") if "marked" in group.attrib["class"]]
    assert [text.text for text in marked.iter("text")] == ["paused here", "review"]
    assert len(list(marked.iter("path"))) == 2
    dashed = [path for path in tree.iter("path") if "stroke-dasharray" in path.attrib]
    assert len(dashed) == sum(edge["conditional"] for edge in SHIPPED["refund"]["edges"])


def test_it_keeps_to_attributes_that_the_policy_allows_and_shows_names_as_they_are() -> None:
    hostile = '<script>"&\u202e'
    long = "team:a_name_far_too_long_for_one_line_or_even_two"
    drawing = {
        "nodes": [{"id": id, "name": id} for id in ("__start__", hostile, long)],
        "edges": [{"source": "__start__", "target": hostile, "conditional": True, "label": hostile * 9}],
    }
    tree = ElementTree.fromstring(str(picture(graph_of(drawing), hostile, hostile)))
    assert {element.tag for element in tree.iter()} <= {"svg", "title", "desc", "g", "rect", "path", "text"}
    assert not any(name == "style" or name.startswith("on") for e in tree.iter() for name in e.attrib)
    texts = "".join(tree.itertext())
    assert "\u202e" not in texts
    assert '<script>"&⟨U+202E⟩' in texts
    assert "a_name_far_too_long_for_one_line_or_even_two" in texts  # for whoever points at it


def test_doubles_are_drawn_once() -> None:
    edges = [
        {"source": "a", "target": "b", "conditional": True, "label": label} for label in ("yes", "no", "yes")
    ]
    graph = graph_of({"nodes": [{"id": "a", "name": "a"}, {"id": "b", "name": "b"}], "edges": edges})
    assert [edge.label for edge in graph.edges] == ["yes / no"]
