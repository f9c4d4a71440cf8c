"""A node that calls a tool itself: protect the tool, and name each use of it with a key."""

from pathlib import Path
from typing import TypedDict

from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph

from signoff.testing import temporary_desk

POLICY = Path(__file__).parent / "policy.yaml"


@tool
def send_email(to: str, body: str) -> str:
    """Send an e-mail."""
    print(f"sent to {to}: {body}")
    return "sent"


class Order(TypedDict, total=False):
    customer: str
    told: str


with temporary_desk(POLICY) as desk:
    send = desk.protect(send_email)

    def welcome(state: Order):
        # The same key is the same call: a crash or a wake-up runs this node again, and sends no second mail.
        told = send.invoke({"to": state["customer"], "body": "Welcome!"}, key="welcome")
        return {"told": told.text}

    builder = StateGraph(Order)
    builder.add_node("welcome", welcome)
    builder.add_edge(START, "welcome")
    builder.add_edge("welcome", END)
    graph = desk.check(builder.compile(checkpointer=desk.saver()), name="welcome")

    thread = {"configurable": {"thread_id": "t1"}}
    graph.invoke({"customer": "dana@customer.example"}, thread, durability="sync")
    me = desk.add_person("me@ours.example", "Me")
    [review] = desk.reviews()
    edited = {"to": "dana@customer.example", "body": "Welcome, Dana! Your guide is in the box."}
    desk.vote(review.id, "revise", by=me.id, digest=review.digest, arguments=edited)
    desk.resume_due(graph)
    print(graph.get_state(thread).values["told"].splitlines()[0])
