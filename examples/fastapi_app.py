"""Your own FastAPI app: the desk inside your routes, and the review pages and API beside them."""

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient
from langchain_core.tools import tool
from langgraph.graph import END, START, MessagesState, StateGraph

from signoff import Desk, SignoffError
from signoff.testing import temporary_desk

POLICY = Path(__file__).parent / "policy.yaml"


@tool
def send_email(to: str, body: str) -> str:
    """Send an e-mail."""
    print(f"sent to {to}: {body}")
    return "sent"


def create_app(desk: Desk, signed_in: Callable[[], str]) -> FastAPI:
    app, send = FastAPI(), desk.protect(send_email)
    builder = StateGraph(MessagesState)
    builder.add_node("greet", lambda _: {"messages": [send.invoke(MAIL, key="greeting")]})
    builder.add_edge(START, "greet")
    builder.add_edge("greet", END)
    graph = desk.check(builder.compile(checkpointer=desk.saver()), name="greeter")

    @app.post("/greetings/{customer}")
    def greet(customer: str) -> list[str]:
        thread = {"configurable": {"thread_id": customer}}
        graph.invoke({"messages": [("user", "Greet.")]}, thread, durability="sync")
        return [review.title for review in desk.reviews(thread_id=customer)]

    @app.post("/greetings/{customer}/approval")
    def approve(customer: str) -> str:
        [review] = desk.reviews(thread_id=customer)
        try:
            desk.vote(review.id, "approve", by=signed_in(), digest=review.digest)
        except SignoffError as refusal:
            raise HTTPException(409, refusal.message) from refusal
        return desk.resume_due(graph)[customer].value

    app.mount("/", desk.web_app())  # last: /reviews and /api/v1; your own routes come first
    return app


MAIL = {"to": "dana@customer.example", "body": "Hello Dana"}
with temporary_desk(POLICY) as desk:
    me = desk.add_person("me@ours.example", "Me")
    # Who asks comes from your own log-in, for which the lambda stands in; never from a request's body.
    with TestClient(create_app(desk, signed_in=lambda: me.id)) as client:
        print("waits for a person:", *client.post("/greetings/dana").json())
        print("the review page leads to", client.get("/reviews").url.path)
        print("run:", client.post("/greetings/dana/approval").json())
