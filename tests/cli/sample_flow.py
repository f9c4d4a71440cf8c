"""A small flow for tests of the command line: it mails whoever the input names, into the file sent.txt."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages

from signoff import Desk, NotDone

POLICY = """\
name: sample
version: 1
defaults: {settling: 0}
tools:
  send:
    effect: irreversible
    title: "Mail to {to}"
    body: text
    definite_errors: []
    arguments: {to: string, text: string}
rules:
  - {id: friends, tools: [send], when: 'args.to == "friend"', effect: allow, summary: Friends are fine.}
  - {id: nobody, tools: [send], when: 'args.to == "nobody"', effect: deny, summary: There is nobody.}
  - {id: rest, when: always, effect: review, summary: The rest waits.}
"""


class State(TypedDict, total=False):
    messages: Annotated[list[AnyMessage], add_messages]
    to: list[str]


@tool
def send(to: str, text: str) -> str:
    """Send a mail."""
    if to == "bounce":
        raise NotDone("There is no such mailbox.")
    if to == "crash":
        raise RuntimeError("The line went dead.")
    with Path("sent.txt").open("a") as file:
        file.write(f"{to}: {text}\n")
    return f"sent to {to}"


def draft(state: State) -> dict[str, Any]:
    if any(isinstance(message, AIMessage) for message in state.get("messages", [])):
        return {"messages": [AIMessage("Done.")]}
    if "broken" in state["to"]:
        raise ValueError("The model is away.")
    calls = [
        {"name": "send", "id": f"c{number}", "args": {"to": to, "text": f"Dear {to}"}}
        for number, to in enumerate(state["to"])
    ]
    return {"messages": [AIMessage("", tool_calls=calls)]}


def after_draft(state: State) -> str:
    last = state["messages"][-1]
    return "review" if isinstance(last, AIMessage) and last.tool_calls else END


def build(desk: Desk) -> Any:
    builder = StateGraph(State)
    builder.add_node("draft", draft)
    builder.add_node("review", desk.gate([send]))
    builder.add_node("tools", desk.tool_node([send]))
    builder.add_edge(START, "draft")
    builder.add_conditional_edges("draft", after_draft, ["review", END])
    builder.add_edge("tools", "draft")
    return builder.compile(checkpointer=desk.saver())


def build_nothing(_desk: Desk) -> Any:
    return "no graph"


def build_badly(_desk: Desk) -> Any:
    raise LookupError("the record is not there")
