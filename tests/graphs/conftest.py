"""Small agents behind every door, with tools whose effects can be counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import BaseTool
from langgraph.graph import END, START, MessagesState, StateGraph

from signoff import Desk, Person, Review

POLICY = """\
name: doors
version: 1
defaults: {settling: 0}
tools:
  look: {effect: read}
  send: {effect: irreversible, title: "Mail to {to}", arguments: {to: string}}
rules:
  - {id: never, tools: [send], when: 'args.to == "nobody"', effect: deny, summary: Nobody gets none.}
  - {id: friends, tools: [send], when: 'args.to == "friend"', effect: allow, summary: Friends are fine.}
  - {id: rest, when: always, effect: review, summary: The rest waits.}
"""

Calls = Sequence[dict[str, Any]]


def call(name: str, id: str, **args: Any) -> dict[str, Any]:
    return {"name": name, "id": id, "args": args}


class Bench:
    """A desk with one reviewer, and agents that ask for given calls."""

    def __init__(self, url: str, directory: Path, policy: str = POLICY) -> None:
        self._directory = directory
        self.desk = Desk.open(url, policy=self.policy_file(policy))
        self.ana = self.desk.add_person("ana@example.com", "Ana")

    def policy_file(self, text: str) -> Path:
        path = self._directory / "policy.yaml"
        path.write_text(text)
        return path

    def agent(
        self,
        tools: Sequence[BaseTool],
        *turns: Calls,
        gate: bool = True,
        facts: Callable[..., Any] | None = None,
        state: type = MessagesState,
    ) -> Any:
        """A graph that makes one turn of calls after the other, then says "done"."""

        def model(values: Any) -> dict[str, Any]:
            made = sum(isinstance(m, AIMessage) for m in values["messages"])
            if made < len(turns):
                return {"messages": [AIMessage("", tool_calls=list(turns[made]))]}
            return {"messages": [AIMessage("done")]}

        def route(values: Any) -> str:
            return ("review" if gate else "tools") if values["messages"][-1].tool_calls else END

        builder: Any = StateGraph(state)
        builder.add_node("model", model)
        builder.add_node("tools", self.desk.tool_node(tools, facts=facts))
        if gate:
            builder.add_node("review", self.desk.gate(tools, facts=facts))
        builder.add_edge(START, "model")
        builder.add_conditional_edges("model", route, ["review" if gate else "tools", END])
        builder.add_edge("tools", "model")
        return self.desk.check(builder.compile(checkpointer=self.desk.saver()), name="agent")

    def start(self, graph: Any, thread: str = "t1", **values: Any) -> Any:
        return graph.invoke({"messages": [("user", "go")], **values}, self.config(thread), durability="sync")

    def config(self, thread: str = "t1") -> Any:
        return {"configurable": {"thread_id": thread}}

    def vote(
        self, kind: str, review: Review | None = None, person: Person | None = None, **ballot: Any
    ) -> Review:
        chosen = review or self.desk.reviews()[0]
        by = (person or self.ana).id
        return self.desk.vote(chosen.id, kind, by=by, digest=chosen.digest, **ballot)

    def tool_messages(self, graph: Any, thread: str = "t1") -> list[ToolMessage]:
        messages = graph.get_state(self.config(thread)).values["messages"]
        return [m for m in messages if isinstance(m, ToolMessage)]


@pytest.fixture
def bench(sqlite_url: str, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(sqlite_url, tmp_path)
    yield made
    made.desk.close()
