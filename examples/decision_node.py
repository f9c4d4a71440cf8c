"""A decision that is no tool call: the node asks, a person chooses, the node goes on with the answer."""

from pathlib import Path
from typing import TypedDict

from langgraph.graph import END, START, StateGraph

from signoff import Question
from signoff.testing import temporary_desk

POLICY = Path(__file__).parent / "policy.yaml"


class Customer(TypedDict, total=False):
    crm: str
    erp: str
    address: str


with temporary_desk(POLICY) as desk:

    def choose(state: Customer):
        if state["crm"] == state["erp"]:
            return {"address": state["crm"]}
        question = Question(
            "Which address is right?",
            choices=[state["crm"], state["erp"]],
            details="CRM and ERP disagree; the invoice goes out tonight.",
        )
        return {"address": desk.ask(question, key="address")}

    def invoice(state: Customer):
        print(f"invoice to {state['address']}")

    builder = StateGraph(Customer)
    builder.add_node("choose", choose)
    builder.add_node("invoice", invoice)
    builder.add_edge(START, "choose")
    builder.add_edge("choose", "invoice")
    builder.add_edge("invoice", END)
    graph = desk.check(builder.compile(checkpointer=desk.saver()), name="invoicing")

    me = desk.add_person("me@ours.example", "Me")
    records = {"t1": ("3 Mill Lane", "3 Mill Lane"), "t2": ("9 Quay St", "12 Hill Rd")}
    for thread, (crm, erp) in records.items():
        config = {"configurable": {"thread_id": thread}}
        graph.invoke({"crm": crm, "erp": erp}, config, durability="sync")
    [review] = desk.reviews()
    print(f"waits for a person: {review.title}")
    desk.vote(review.id, "answer", by=me.id, digest=review.digest, answer="12 Hill Rd")
    desk.resume_due(graph)
