"""What the middleware does to the conversation of an agent, beside guarding its calls."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.tools import tool
from pydantic import Field

from tests.graphs.conftest import POLICY, Bench, call

STOPPING = POLICY.replace("send: {effect:", "send: {on_changes: stop, effect:")


@tool
def send(to: str) -> str:
    """Send a mail."""
    return f"sent to {to}"


@tool
def look(query: str) -> str:
    """Look something up."""
    return query


class Model(GenericFakeChatModel):
    """Asks for one mail, then says "done"; keeps what it was given."""

    given: list[list[BaseMessage]] = Field(default_factory=list)

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Any:
        self.given.append(list(messages))
        return super()._generate(messages, *args, **kwargs)


def script() -> Iterator[AIMessage]:
    yield AIMessage("", tool_calls=[call("send", "c1", to="enemy")])
    yield AIMessage("done")


def agent_of(bench: Bench, model: Model) -> Any:
    saver = bench.desk.saver()
    made = create_agent(model, [send, look], middleware=[bench.desk.middleware()], checkpointer=saver)
    return bench.desk.check(made, name="agent")


def kinds(messages: list[BaseMessage]) -> list[str]:
    return [message.type for message in messages]


@pytest.mark.parametrize("policy", [POLICY, STOPPING])
@pytest.mark.parametrize("is_async", [False, True])
def test_new_input_has_the_calls_answered_that_it_left_hanging(
    sqlite_url: str, tmp_path: Path, policy: str, is_async: bool
) -> None:
    bench, model = Bench(sqlite_url, tmp_path, policy), Model(messages=script())
    agent = agent_of(bench, model)
    bench.start(agent)
    again: Any = {"messages": [("user", "never mind")]}
    if is_async:
        done = asyncio.run(agent.ainvoke(again, bench.config(), durability="sync"))
    else:
        done = agent.invoke(again, bench.config(), durability="sync")
    in_order = ["human", "ai", "tool", "human"]
    assert kinds(model.given[-1]) == in_order
    assert kinds(done["messages"]) == [*in_order, "ai"]
    assert "New input arrived" in done["messages"][2].content
    assert len({message.id for message in done["messages"]}) == 5
    bench.desk.close()


def test_a_run_ends_on_requested_changes_before_the_model_is_asked_again(
    sqlite_url: str, tmp_path: Path
) -> None:
    bench, model = Bench(sqlite_url, tmp_path, STOPPING), Model(messages=script())
    agent = agent_of(bench, model)
    bench.start(agent)
    bench.vote("request_changes", reason="ask sales again")
    ended = agent.invoke(None, bench.config(), durability="sync")
    assert kinds(ended["messages"]) == ["human", "ai", "tool"]
    assert len(model.given) == 1
    assert agent.get_state(bench.config()).tasks == ()
    bench.desk.close()
