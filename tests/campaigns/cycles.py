"""The cycles that the benchmark compares: each is one whole run on a new thread."""

from __future__ import annotations

import operator
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict, cast

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, ToolCall
from langchain_core.tools import tool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, Send, interrupt
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from signoff import Desk
from signoff.domain.review import Review
from tests.campaigns.flow import GREETING, Graph, on

POLICY = Path(__file__).with_name("bench.yaml")
DRAFT = ("The parcel left our warehouse this morning and will reach you within two days. " * 20)[:1024]
ROUTINE, EXCEPTIONAL = "ann@customer.example", "press@paper.example"

Cycle = Callable[[], None]
_numbers = count()


def new_thread() -> str:
    return f"t{next(_numbers)}"


@tool
def send_email(to: str, body: str) -> str:
    """Send an e-mail."""
    return "sent"


@tool
def find_customer(name: str) -> str:
    """Find a customer."""
    return "found"


TOOLS = [send_email, find_customer]


def mail_to(to: str) -> ToolCall:
    return ToolCall(name="send_email", id="c1", args={"to": to, "body": DRAFT}, type="tool_call")


def a_read() -> ToolCall:
    return ToolCall(name="find_customer", id="c1", args={"name": "ann"}, type="tool_call")


@contextmanager
def stock_saver(url: str, directory: Path) -> Iterator[BaseCheckpointSaver[Any]]:
    """LangGraph's own saver for the database at `url`; on SQLite in a file of its own, and durable."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(directory / "bare.db", check_same_thread=False)
        saver = SqliteSaver(connection)
        saver.setup()
        connection.execute("PRAGMA synchronous=FULL")
        yield saver
        connection.close()
        return
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    made: Any = ConnectionPool(url, min_size=1, max_size=4, kwargs=options)
    with made as pool:
        stock = PostgresSaver(pool)
        stock.setup()
        yield stock


class Drafting(TypedDict, total=False):
    draft: str
    decision: str
    result: str
    log: Annotated[list[str], operator.add]


def bare_cycle(saver: BaseCheckpointSaver[Any]) -> Cycle:
    """Draft, interrupt, resume with a value, act: LangGraph's own way, every record kept."""

    def agent(state: Drafting) -> Drafting:
        return {"draft": DRAFT, "log": ["drafted"]}

    def review(state: Drafting) -> Drafting:
        decision = interrupt({"kind": "send_email", "to": EXCEPTIONAL, "characters": len(state["draft"])})
        return {"decision": decision, "log": ["reviewed"]}

    def act(state: Drafting) -> Drafting:
        return {"result": "sent", "log": ["sent"]}

    builder = StateGraph(Drafting)
    builder.add_sequence([("agent", agent), ("review", review), ("act", act)])
    builder.add_edge(START, "agent")
    graph = builder.compile(checkpointer=saver)

    def cycle() -> None:
        config = on(new_thread())
        graph.invoke({"log": []}, config, durability="sync")
        done = graph.invoke(Command(resume="approved"), config, durability="sync")
        assert done["result"] == "sent"

    return cycle


def protected_cycle(desk: Desk, person: str) -> Cycle:
    """The same cycle with a protected tool: draft, pause, vote, wake-up, act."""
    send = desk.protect(send_email)

    def agent(state: Drafting) -> Drafting:
        return {"draft": DRAFT, "log": ["drafted"]}

    def act(state: Drafting) -> Drafting:
        message = send.invoke({"to": EXCEPTIONAL, "body": state["draft"]}, key="mail")
        return {"result": message.content, "log": ["acted"]}

    def close(state: Drafting) -> Drafting:
        return {"decision": "approved", "log": ["closed"]}

    builder = StateGraph(Drafting)
    builder.add_sequence([("agent", agent), ("act", act), ("close", close)])
    builder.add_edge(START, "agent")
    graph = builder.compile(checkpointer=desk.saver())

    def cycle() -> None:
        config = on(new_thread())
        graph.invoke({"log": []}, config, durability="sync")
        [review] = desk.reviews(config["configurable"]["thread_id"])
        _approve(desk, person, review)
        done = graph.invoke(None, config, durability="sync")
        assert done["result"] == "sent"

    return cycle


def bare_tool_cycle(saver: BaseCheckpointSaver[Any]) -> Cycle:
    """Tool call, interrupt, resume with a value, ToolNode: the guarded cycle's graph without a guard."""

    def review(state: MessagesState) -> Command[Literal["tools"]]:
        [call] = cast("AIMessage", state["messages"][-1]).tool_calls
        interrupt({"kind": "send_email", "to": EXCEPTIONAL})
        return Command(goto=[Send("tools", [call])])

    graph = _one_call_graph(review, ToolNode(TOOLS), saver, mail_to(EXCEPTIONAL))

    def cycle() -> None:
        config = on(new_thread())
        graph.invoke(GREETING, config, durability="sync")
        done = graph.invoke(Command(resume="approved"), config, durability="sync")
        assert done["messages"][-1].content == "sent"

    return cycle


def guarded_cycle(desk: Desk, person: str, *, through_desk: bool) -> Cycle:
    """Tool call, gate, vote, wake-up, guarded ToolNode.

    Args:
        through_desk: wake by `desk.resume`, under the thread's lease, as workers do; or by the
            caller's own `invoke(None)`.
    """
    graph = _one_call_graph(desk.gate(TOOLS), desk.tool_node(TOOLS), desk.saver(), mail_to(EXCEPTIONAL))
    checked = desk.check(graph, name="cycle")

    def cycle() -> None:
        thread = new_thread()
        paused = checked.invoke(GREETING, on(thread), durability="sync")
        [waiting] = paused["__interrupt__"][0].value["signoff"]["reviews"]
        desk.vote(waiting["id"], "approve", by=person, digest=waiting["digest"])
        if through_desk:
            assert desk.resume(checked, thread) == "finished"
        else:
            done = checked.invoke(None, on(thread), durability="sync")
            assert done["messages"][-1].content == "sent"

    return cycle


def _approve(desk: Desk, person: str, review: Review) -> None:
    desk.vote(review.id, "approve", by=person, digest=review.digest)


def _one_call_graph(gate: Any, tools: Any, saver: BaseCheckpointSaver[Any], call: ToolCall) -> Graph:
    builder = StateGraph(MessagesState)
    builder.add_node("agent", lambda _: {"messages": [AIMessage("", tool_calls=[call])]})
    builder.add_node("review", gate)
    builder.add_node("tools", tools)
    builder.add_edge(START, "agent")
    builder.add_edge("agent", "review")
    builder.add_edge("tools", END)
    return builder.compile(checkpointer=saver)


def turn(tools: ToolNode, saver: BaseCheckpointSaver[Any], call: ToolCall, desk: Desk | None = None) -> Cycle:
    """An agent turn with one call: ask, call, answer."""

    def model(state: MessagesState) -> dict[str, Any]:
        asked = any(isinstance(message, AIMessage) for message in state["messages"])
        return {"messages": [AIMessage("done") if asked else AIMessage("", tool_calls=[call])]}

    builder = StateGraph(MessagesState)
    builder.add_node("model", model)
    builder.add_node("tools", tools)
    builder.add_edge(START, "model")
    builder.add_conditional_edges("model", lambda s: "tools" if s["messages"][-1].tool_calls else END)
    builder.add_edge("tools", "model")
    graph: Graph = builder.compile(checkpointer=saver)
    if desk is not None:
        graph = desk.check(graph, name="turn")

    def cycle() -> None:
        done = graph.invoke(GREETING, on(new_thread()), durability="sync")
        assert [m.content for m in done["messages"][-2:]] in (["sent", "done"], ["found", "done"])

    return cycle


class ScriptedModel(GenericFakeChatModel):
    """A chat model that asks for one call, then is done."""

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self


def _scripted(call: ToolCall) -> ScriptedModel:
    def script() -> Iterator[AIMessage]:
        while True:
            yield AIMessage("", tool_calls=[call])
            yield AIMessage("done")

    return ScriptedModel(messages=script())


def plain_agent(saver: BaseCheckpointSaver[Any]) -> Cycle:
    """LangChain's agent without any guard."""
    graph: Graph = create_agent(_scripted(mail_to(EXCEPTIONAL)), TOOLS, checkpointer=saver)

    def cycle() -> None:
        done = graph.invoke(GREETING, on(new_thread()), durability="sync")
        assert done["messages"][-1].content == "done"

    return cycle


def langchain_agent(saver: BaseCheckpointSaver[Any]) -> Cycle:
    """LangChain's agent with its own human-in-the-loop middleware: pause, approve, resume."""
    middleware = HumanInTheLoopMiddleware(interrupt_on={"send_email": True})
    graph: Graph = create_agent(
        _scripted(mail_to(EXCEPTIONAL)), TOOLS, middleware=[middleware], checkpointer=saver
    )

    def cycle() -> None:
        config = on(new_thread())
        graph.invoke(GREETING, config, durability="sync")
        decision: Command[Any] = Command(resume={"decisions": [{"type": "approve"}]})
        done = graph.invoke(decision, config, durability="sync")
        assert done["messages"][-1].content == "done"

    return cycle


def guarded_agent(desk: Desk, person: str) -> Cycle:
    """LangChain's agent with `desk.middleware()`: pause, vote, wake-up."""
    made = create_agent(
        _scripted(mail_to(EXCEPTIONAL)), TOOLS, middleware=[desk.middleware()], checkpointer=desk.saver()
    )
    graph = desk.check(made, name="agent")

    def cycle() -> None:
        thread = new_thread()
        graph.invoke(GREETING, on(thread), durability="sync")
        [review] = desk.reviews(thread)
        _approve(desk, person, review)
        done = graph.invoke(None, on(thread), durability="sync")
        assert done["messages"][-1].content == "done"

    return cycle


def passed_agent(desk: Desk) -> Cycle:
    """LangChain's agent with `desk.middleware()` and a call that the policy passes."""
    made = create_agent(
        _scripted(mail_to(ROUTINE)), TOOLS, middleware=[desk.middleware()], checkpointer=desk.saver()
    )
    graph = desk.check(made, name="passed agent")

    def cycle() -> None:
        done = graph.invoke(GREETING, on(new_thread()), durability="sync")
        assert done["messages"][-1].content == "done"

    return cycle
