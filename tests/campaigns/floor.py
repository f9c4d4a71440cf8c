"""The least that a guard costs: the bare cycle with one approval record, in plain SQL beside the saver.

The record is proposed before the pause, decided, claimed before the act and closed after it, each in a
commit of its own on the saver's own connection. There is no policy, no audit, no vote and no lease.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.types import Command, interrupt

from tests.campaigns.cycles import DRAFT, EXCEPTIONAL, Cycle, Drafting, new_thread, send_email
from tests.campaigns.flow import on

_TABLE = "CREATE TABLE IF NOT EXISTS approval (id TEXT PRIMARY KEY, draft TEXT, state TEXT)"
_PROPOSE = "INSERT INTO approval VALUES (%s, %s, 'open') ON CONFLICT DO NOTHING"
_MOVE = "UPDATE approval SET state = %s WHERE id = %s AND state = %s"

Run = Callable[[str, tuple[Any, ...]], int]
"""Runs a statement and commits it; how many rows it changed."""


def floor_cycle(saver: BaseCheckpointSaver[Any], *, calls_tool: bool) -> Cycle:
    """The bare cycle, recorded.

    Args:
        calls_tool: act through the LangChain tool that the protected cycle runs; the bare cycle runs none.
    """
    run = _runner(saver)
    run(_TABLE, ())

    def agent(state: Drafting) -> Drafting:
        return {"draft": DRAFT, "log": ["drafted"]}

    def review(state: Drafting, config: RunnableConfig) -> Drafting:
        run(_PROPOSE, (config["configurable"]["thread_id"], state["draft"]))
        decision = interrupt({"kind": "send_email", "to": EXCEPTIONAL, "characters": len(state["draft"])})
        return {"decision": decision, "log": ["reviewed"]}

    def act(state: Drafting, config: RunnableConfig) -> Drafting:
        thread = config["configurable"]["thread_id"]
        assert run(_MOVE, ("started", thread, "approved")) == 1
        result = send_email.invoke({"to": EXCEPTIONAL, "body": state["draft"]}) if calls_tool else "sent"
        run(_MOVE, ("done", thread, "started"))
        return {"result": result, "log": ["sent"]}

    builder: Any = StateGraph(Drafting)
    builder.add_sequence([("agent", agent), ("review", review), ("act", act)])
    builder.add_edge(START, "agent")
    graph = builder.compile(checkpointer=saver)

    def cycle() -> None:
        thread = new_thread()
        graph.invoke({"log": []}, on(thread), durability="sync")
        assert run(_MOVE, ("approved", thread, "open")) == 1
        done = graph.invoke(Command(resume="approved"), on(thread), durability="sync")
        assert done["result"] == "sent"

    return cycle


def _runner(saver: Any) -> Run:
    @contextmanager
    def connection() -> Iterator[Any]:
        if isinstance(saver, SqliteSaver):
            with saver.lock, saver.conn:  # commits at its end
                yield saver.conn
        else:
            with saver.conn.connection() as pooled:
                yield pooled

    def run(statement: str, values: tuple[Any, ...]) -> int:
        with connection() as opened:
            marked = statement.replace("%s", "?") if isinstance(saver, SqliteSaver) else statement
            return int(opened.execute(marked, values).rowcount)

    return run
