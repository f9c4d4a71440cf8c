"""The graph: read the deal, take the next step, review it, do it, and round again until it is out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command

from graphs.deal_desk.facts import deal_facts
from graphs.deal_desk.settings import DealSettings
from graphs.deal_desk.state import DealState
from graphs.deal_desk.steps import handed_back, next_step
from graphs.deal_desk.systems import Systems
from graphs.deal_desk.tools import deal_tools
from signoff import Question

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

    from signoff import Desk

NAME = "deal_desk"
TRY_AGAIN = "try again"


def build(desk: Desk, settings: DealSettings | None = None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The compiled and checked graph of this flow.

    No model takes part: which step comes next is a fact, and what may happen is the policy's.

    Args:
        desk: under the policy that stands beside this file.
        settings: read from the environment when None.

    Raises:
        ValueError: the price book or the sample deals do not fit.
    """
    systems = Systems(settings or DealSettings.from_environment())
    tools, facts = deal_tools(systems), deal_facts(systems)
    update_deal = desk.protect(tools[-1], facts=facts)

    def read_deal(state: DealState) -> DealState:
        deal = systems.crm.deal(state["deal_id"])
        text = f"{deal.id} version {deal.version}, {deal.account}: {deal.stage}"
        return {"messages": [HumanMessage(text)], "deal_version": deal.version}

    def plan(state: DealState) -> DealState:
        return {"messages": [next_step(systems, state["deal_id"], state["deal_version"])]}

    def back_to_sales(state: DealState) -> DealState:
        deal_id, version, refusal = state["deal_id"], state["deal_version"], state["messages"][-1]
        assert isinstance(refusal, ToolMessage)  # noqa: S101 - the only way here is after a refused call
        note = handed_back(desk, deal_id, version, refusal)
        said = update_deal.invoke(note, key=f"back-to-sales-{version}")
        return {"messages": [AIMessage(f"{deal_id} goes back to sales: {said.text}")]}

    def ask_what_now(state: DealState) -> Command[Literal["plan", "__end__"]]:
        text = "A step failed. Shall it be tried again?"
        question = Question(text, choices=(TRY_AGAIN, "leave it"), details=_failure(state))
        answer = desk.ask(question, key=f"what-now-{len(state['messages'])}")
        return Command(goto="plan") if answer == TRY_AGAIN else Command(goto="__end__")

    builder = StateGraph(DealState)
    builder.add_node("read_deal", read_deal)
    builder.add_node("plan", plan)
    builder.add_node("review", desk.gate(tools, facts=facts, stop_node="back_to_sales"))
    builder.add_node("tools", desk.tool_node(tools, facts=facts))
    builder.add_node("back_to_sales", back_to_sales)
    builder.add_node("ask_what_now", ask_what_now)
    builder.add_edge(START, "read_deal")
    builder.add_edge("read_deal", "plan")
    builder.add_conditional_edges("plan", _after_plan, ["review", END])
    builder.add_conditional_edges("tools", _after_tools, ["plan", "back_to_sales", "ask_what_now"])
    builder.add_edge("back_to_sales", END)
    desk.lookup("create_contract", lambda key, _: systems.contracts.has_made(key))
    desk.lookup("send_contract", lambda key, _: systems.signature.has_sent(key))
    desk.lookup("update_deal", lambda key, _: systems.crm.has_noted(key))
    return desk.check(builder.compile(checkpointer=desk.saver(), name=NAME), name=NAME)


def _after_plan(state: DealState) -> Literal["review", "__end__"]:
    last = state["messages"][-1]
    return "review" if isinstance(last, AIMessage) and last.tool_calls else "__end__"


def _after_tools(state: DealState) -> Literal["plan", "back_to_sales", "ask_what_now"]:
    """On with what was done; a contract that was not to be goes to sales, what went wrong to a person."""
    last = state["messages"][-1]
    if isinstance(last, ToolMessage) and last.status == "success":
        return "plan"
    was_refused = "outcome" in last.additional_kwargs.get("signoff", {})
    return "back_to_sales" if was_refused and last.name == "create_contract" else "ask_what_now"


def _failure(state: DealState) -> str:
    last = state["messages"][-1]
    return f"{state['deal_id']}, {last.name}: {last.text}"
