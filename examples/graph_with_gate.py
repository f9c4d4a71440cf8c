"""A graph of your own, with a gate before its tools: two mails, one by rule and one by a person."""

from pathlib import Path

from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.graph import END, START, MessagesState, StateGraph

from signoff import Desk
from signoff.testing import temporary_desk

POLICY = Path(__file__).parent / "policy.yaml"
OUTBOX: list[str] = []  # the calls of a turn run at the same time, so they do not print


@tool
def send_email(to: str, body: str) -> str:
    """Send an e-mail."""
    OUTBOX.append(f"sent to {to}: {body}")
    return "sent"


TOOLS = [send_email]


def model(state: MessagesState):
    """Stands in for a language model: it writes two mails at once, then says so."""
    if len(state["messages"]) > 1:
        return {"messages": [AIMessage("Both are written.")]}
    mails = [("lee@ours.example", "Lunch?"), ("dana@customer.example", "Your order is on its way.")]
    calls = [{"name": "send_email", "id": to, "args": {"to": to, "body": body}} for to, body in mails]
    return {"messages": [AIMessage("", tool_calls=calls)]}


def route(state: MessagesState):
    return "review" if state["messages"][-1].tool_calls else END


def build(desk: Desk):
    builder = StateGraph(MessagesState)
    builder.add_node("model", model)
    builder.add_node("review", desk.gate(TOOLS))
    builder.add_node("tools", desk.tool_node(TOOLS))
    builder.add_edge(START, "model")
    builder.add_conditional_edges("model", route, ["review", END])
    builder.add_edge("tools", "model")
    return desk.check(builder.compile(checkpointer=desk.saver()), name="mailer")


with temporary_desk(POLICY) as desk:
    graph = build(desk)
    thread = {"configurable": {"thread_id": "t1"}}
    graph.invoke({"messages": [("user", "Write to Lee and Dana.")]}, thread, durability="sync")
    me = desk.add_person("me@ours.example", "Me")
    [review] = desk.reviews(thread_id="t1")
    print(f"waits for a person: {review.title}")
    desk.vote(review.id, "approve", by=me.id, digest=review.digest)
    desk.resume_due(graph)
    print(*sorted(OUTBOX), sep="\n")
