"""What a question brings along as facts stands beside it, and is no part of what is answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict

from langgraph.graph import START, StateGraph

from signoff import Desk, Question
from tests.graphs.conftest import POLICY


class State(TypedDict, total=False):
    text: str


def test_facts_of_a_question_are_kept_with_the_action(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(POLICY)
    desk = Desk.open(f"sqlite:///{tmp_path}/signoff.db", policy=tmp_path / "policy.yaml")
    asked = Question("Which?", choices=["a", "b"], facts={"salary": 81_450})
    builder: Any = StateGraph(State)
    builder.add_node("ask", lambda _: {"text": desk.ask(asked, key="q")})
    builder.add_edge(START, "ask")
    graph = desk.check(builder.compile(checkpointer=desk.saver()))
    graph.invoke({}, {"configurable": {"thread_id": "t1"}}, durability="sync")
    [review] = desk.reviews(thread_id="t1")
    file = desk.review(review.id)
    assert file.action.context == {"salary": 81_450}
    assert "facts" not in file.action.arguments
    desk.close()
