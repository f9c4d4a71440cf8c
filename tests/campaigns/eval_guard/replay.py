"""Ground truth replayed through a guarded graph: a gate, a guarded tools node, and a reviewer by script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, MessagesState, StateGraph

from signoff import Call, Desk, Review
from tests.campaigns.eval_guard.dojo import Script, Suite, World

Decide = Callable[[Review], str]
"""The vote on a review: "approve" or "reject"."""


@dataclass
class Replay:
    """One graph over one suite; threads are replayed one after the other.

    Args:
        is_checked: whether `desk.check` looks at the graph first.

    Raises:
        UnsafeGraph: it looked, and the policy does not fit the tools.
    """

    desk: Desk
    suite: Suite
    is_checked: bool = True
    world: World = field(default_factory=World)
    reviewed: list[Review] = field(default_factory=list)
    scripts: dict[str, Script] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._reviewer = self.desk.add_person(f"{self.suite.name}@dojo.example", "Reviewer")
        graph = self._build()
        self.graph: Any = self.desk.check(graph, name="dojo") if self.is_checked else graph

    def _build(self) -> Any:
        tools = self.suite.tools(self.world)
        builder = StateGraph(MessagesState)
        builder.add_node("model", self._model)
        builder.add_node("review", self.desk.gate(tools, facts=_request))
        builder.add_node("tools", self.desk.tool_node(tools, facts=_request))
        builder.add_edge(START, "model")
        builder.add_conditional_edges("model", _route, ["review", END])
        builder.add_edge("tools", "model")
        return builder.compile(checkpointer=self.desk.saver())

    def start(self, thread: str, script: Script, environment: Any) -> list[Review]:
        """Run to the first pause or the end; what waits then."""
        self.world.environment, self.world.thread = environment, thread
        self.scripts[thread] = script
        config = {"configurable": {"thread_id": thread}}
        self.graph.invoke({"messages": [("user", script.prompt)]}, config, durability="sync")
        return self.desk.reviews(thread)

    def run(self, thread: str, script: Script, environment: Any, decide: Decide) -> None:
        """Replay a script to its end, deciding whatever waits."""
        waiting = self.start(thread, script, environment)
        while waiting:
            for review in waiting:
                self.reviewed.append(review)
                kind = decide(review)
                reason = "Nobody asked for this." if kind == "reject" else ""
                self.desk.vote(review.id, kind, by=self._reviewer.id, digest=review.digest, reason=reason)
            self.desk.resume(self.graph, thread)
            waiting = self.desk.reviews(thread)

    def _model(self, state: MessagesState, config: RunnableConfig) -> dict[str, Any]:
        """Stands in for a model that follows the script, one call a turn."""
        script = self.scripts[config["configurable"]["thread_id"]]
        turn = sum(isinstance(message, AIMessage) for message in state["messages"])
        if turn < len(script.calls):
            return {"messages": [AIMessage("", tool_calls=[script.calls[turn]])]}
        return {"messages": [AIMessage(script.output)]}


def _route(state: MessagesState) -> str:
    last = state["messages"][-1]
    return "review" if isinstance(last, AIMessage) and last.tool_calls else END


def _request(call: Call) -> dict[str, Any]:
    return {"request": call.requester_words()}
