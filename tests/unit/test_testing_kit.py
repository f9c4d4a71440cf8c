from __future__ import annotations

import asyncio
import multiprocessing
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph

from signoff import Desk, PolicyInvalid
from signoff.domain.person import Role
from signoff.domain.run import RunStatus
from signoff.testing import (
    Answer,
    EffectCounter,
    FixedClock,
    Line,
    ScriptedReviewer,
    ScriptRanOut,
    effect_key,
    temporary_desk,
)

POLICY = """\
name: kit
version: 1
defaults: {settling: 0}
tools:
  send: {effect: irreversible, title: "Mail to {to}", binds: [], arguments: {to: string, discount: int}}
rules:
  - {id: all, when: always, effect: review, summary: A person decides.}
"""


class TestFixedClock:
    def test_stands_still_and_moves_on_when_told(self) -> None:
        clock = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
        assert clock.now() == clock.now() == datetime(2026, 3, 1, 12, tzinfo=UTC)
        assert clock.advance(hours=2) == datetime(2026, 3, 1, 14, tzinfo=UTC)
        assert clock.advance(timedelta(minutes=5)) == clock.now() == datetime(2026, 3, 1, 14, 5, tzinfo=UTC)

    def test_refuses_to_go_back_or_to_have_no_zone(self) -> None:
        with pytest.raises(ValueError, match="go back"):
            FixedClock().advance(seconds=-1)
        with pytest.raises(ValueError, match="time zone"):
            FixedClock(datetime(2026, 3, 1))  # noqa: DTZ001 - that it has none is the point

    def test_is_the_clock_of_a_desk(self) -> None:
        clock = FixedClock()
        with temporary_desk(clock=clock) as desk:
            with desk.read() as tx:
                first = tx.now
            clock.advance(days=1)
            with desk.read() as tx:
                assert tx.now - first == timedelta(days=1)


def _record_and_die(path: str) -> None:
    EffectCounter(path).record("sent", to="ann")
    os._exit(9)


class TestEffectCounter:
    def test_counts_by_key(self, tmp_path: Path) -> None:
        counter = EffectCounter(tmp_path / "effects")
        assert counter.counts() == {}
        counter.record("a")
        counter.record("b", to="ü\n")
        counter.record("b")
        assert counter.counts() == {"a": 1, "b": 2}
        assert (counter.count("b"), counter.count("c")) == (2, 0)
        assert counter.happened()[1].details == {"to": "ü\n"}

    def test_counts_what_a_dying_process_did(self, tmp_path: Path) -> None:
        counter = EffectCounter(tmp_path / "effects")
        child = multiprocessing.get_context("spawn").Process(
            target=_record_and_die, args=(str(counter.path),)
        )
        child.start()
        child.join(60)
        assert child.exitcode == 9
        assert counter.count("sent") == 1
        assert counter.happened()[0].process != os.getpid()

    def test_is_the_body_of_a_tool(self, tmp_path: Path) -> None:
        counter = EffectCounter(tmp_path / "effects")
        tool = counter.tool("send", to=str, discount=int)
        tool.invoke({"to": "ann", "discount": 3})
        asyncio.run(tool.ainvoke({"to": "ann", "discount": 3}))
        assert counter.counts() == {effect_key("send", {"discount": 3, "to": "ann"}): 2}
        with pytest.raises(ValueError, match="discount"):
            tool.invoke({"to": "ann", "discount": "lots"})


def test_temporary_desk_refuses_a_faulty_policy(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("name: [", "utf-8")
    with pytest.raises(PolicyInvalid), temporary_desk(policy):
        pass


class TestScriptedReviewer:
    @pytest.fixture
    def desk(self, tmp_path: Path) -> Any:
        policy = tmp_path / "policy.yaml"
        policy.write_text(POLICY, "utf-8")
        with temporary_desk(policy) as desk:
            yield desk

    @pytest.fixture
    def counter(self, tmp_path: Path) -> EffectCounter:
        return EffectCounter(tmp_path / "effects")

    def run(self, desk: Desk, counter: EffectCounter, *whom: str) -> Any:
        tools = [counter.tool("send", to=str, discount=int)]
        calls = [{"name": "send", "id": to, "args": {"to": to, "discount": 20}} for to in whom]

        def model(state: MessagesState) -> dict[str, Any]:
            asked = any(isinstance(message, AIMessage) for message in state["messages"])
            return {"messages": [AIMessage("done") if asked else AIMessage("", tool_calls=calls)]}

        builder = StateGraph(MessagesState)
        builder.add_node("model", model)
        builder.add_node("review", desk.gate(tools))
        builder.add_node("tools", desk.tool_node(tools))
        builder.add_edge(START, "model")
        builder.add_conditional_edges(
            "model", lambda s: "review" if s["messages"][-1].tool_calls else END, ["review", END]
        )
        builder.add_edge("tools", "model")
        graph = desk.check(builder.compile(checkpointer=desk.saver()), name="kit")
        graph.invoke({"messages": [("user", "go")]}, {"configurable": {"thread_id": "t"}}, durability="sync")
        return graph

    def test_decides_by_the_first_line_that_fits_and_carries_through(
        self, desk: Desk, counter: EffectCounter
    ) -> None:
        graph = self.run(desk, counter, "ann", "bob", "cid")
        reviewer = ScriptedReviewer(
            desk,
            [
                Line(Answer.revise(discount=5), title="Mail to ann"),
                Line(Answer.approve(), tool="send", times=1),
                Line(Answer.reject("Not him.")),
            ],
        )
        assert reviewer.carry_through(graph, "t") is RunStatus.FINISHED
        happened = [(effect.details["to"], effect.details["discount"]) for effect in counter.happened()]
        assert min(happened) == ("ann", 5)
        assert len(happened) == 2
        assert desk.reviews("t") == []

    def test_says_which_review_the_script_forgot(self, desk: Desk, counter: EffectCounter) -> None:
        self.run(desk, counter, "ann")
        reviewer = ScriptedReviewer(desk, [Line(Answer.approve(), tool="pay")])
        with pytest.raises(ScriptRanOut, match="Mail to ann"):
            reviewer.decide("t")
        assert counter.counts() == {}

    def test_decides_in_the_name_of_whoever_is_given(self, desk: Desk, counter: EffectCounter) -> None:
        self.run(desk, counter, "ann")
        ann = desk.add_person("ann@example.com", "Ann", roles=[Role.REVIEWER])
        [decided] = ScriptedReviewer(desk, [Line(Answer.reject())], ann).decide()
        assert decided.decided_by == "Ann"
