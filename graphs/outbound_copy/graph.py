"""The agent loop: draft, review, tools, and round again until nothing is left to call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langgraph.graph import END, START, StateGraph

from graphs.chat_model import open_model
from graphs.outbound_copy.briefs import brief_text, load_briefs
from graphs.outbound_copy.data import load_retail
from graphs.outbound_copy.facts import outbound_facts
from graphs.outbound_copy.mail import open_outbox, sent_lookup
from graphs.outbound_copy.model import ScriptedCopywriter
from graphs.outbound_copy.settings import FlowSettings
from graphs.outbound_copy.state import OutboundState
from graphs.outbound_copy.tools import outbound_tools

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

    from signoff import Desk

NAME = "outbound_copy"


def build(desk: Desk, settings: FlowSettings | None = None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The compiled and checked graph of this flow.

    Args:
        desk: under the policy that stands beside this file.
        settings: read from the environment when None.

    Raises:
        DataMissing: the retail record cannot be read.
        ModelMissing: the configured model cannot be had.
    """
    settings = settings or FlowSettings.from_environment()
    retail = load_retail(settings.data)
    outbox = open_outbox(settings.smtp_url, settings.maildir)
    tools = outbound_tools(retail, outbox)
    facts = outbound_facts(retail)
    model = open_model(settings.model, ScriptedCopywriter).bind_tools(tools)
    system = SystemMessage(_SYSTEM.format(brand=retail.overlay.brand, link=retail.overlay.link_domains[0]))

    def draft(state: OutboundState) -> OutboundState:
        return {"messages": [model.invoke([system, *state["messages"]])]}

    builder = StateGraph(OutboundState)
    builder.add_node("brief", _read_brief)
    builder.add_node("draft", draft)
    builder.add_node("review", desk.gate(tools, facts=facts))
    builder.add_node("tools", desk.tool_node(tools, facts=facts))
    builder.add_edge(START, "brief")
    builder.add_edge("brief", "draft")
    builder.add_conditional_edges("draft", _next, ["review", END])
    builder.add_edge("tools", "draft")
    desk.lookup("send_email", sent_lookup(outbox))
    return desk.check(builder.compile(checkpointer=desk.saver(), name=NAME), name=NAME)


def _read_brief(state: OutboundState) -> OutboundState:
    """Let a run be started with the name of a brief alone: {"brief": "thank-you"}."""
    messages = state.get("messages", [])
    if messages and isinstance(messages[-1], HumanMessage):
        return {}
    briefs = {brief.id: brief for brief in load_briefs()}
    wanted = state.get("brief", "")
    if wanted not in briefs:
        raise ValueError(f"There is no brief {wanted!r}; there are {', '.join(briefs)}.")
    brief = briefs[wanted]
    return {"messages": [HumanMessage(brief_text(brief))], "customer_id": brief.customer_id}


def _next(state: OutboundState) -> Literal["review", "__end__"]:
    last = state["messages"][-1]
    return "review" if isinstance(last, AIMessage) and last.tool_calls else "__end__"


_SYSTEM = """\
You write outbound e-mail for {brand.name}, a shop for home and outdoors. For each brief:
1. Look the customer up with find_customer, their orders with order_history, and a product that the brief \
names with find_product.
2. Write a short, warm, plain-text mail and send it with send_email to the address on record. Sign as \
{brand.signature}.
Use only prices, discounts and order details that the tools gave you. If the mail promises a discount, set \
discount_percent. Link to https://{link} only.
A person may ask for changes, edit the mail or reject it; the tool's answer says so. Then do what it says."""
