"""The agent loop: read, ask for a change, review, tools, and round again until the customer is served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langgraph.graph import END, START, StateGraph

from graphs.chat_model import open_model
from graphs.refund.facts import refund_facts
from graphs.refund.model import ScriptedAgent
from graphs.refund.reads import reading_tools
from graphs.refund.requests import load_requests, request_text
from graphs.refund.settings import FlowSettings
from graphs.refund.state import RefundState
from graphs.refund.system import Shop, open_shop
from graphs.refund.writes import writing_tools
from graphs.retail import read_written_policy

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

    from signoff import Desk

NAME = "refund"


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
    shop = open_shop(settings.shop, settings.data)
    model = open_model(settings.model, lambda: ScriptedAgent.of_requests(load_requests()))
    return build_on(desk, shop, model, read_written_policy(settings.data))


def build_on(
    desk: Desk, shop: Shop, model: BaseChatModel, written_policy: str | None
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The same graph on a given shop and model."""
    changes = writing_tools(shop)
    tools = [*reading_tools(shop), *changes]
    facts = refund_facts(shop, written_policy)
    agent = model.bind_tools(tools)
    system = SystemMessage(written_policy or _SYSTEM)

    def serve(state: RefundState) -> RefundState:
        return {"messages": [agent.invoke([system, *state["messages"]])]}

    builder = StateGraph(RefundState)
    builder.add_node("request", _read_request)
    builder.add_node("serve", serve)
    builder.add_node("review", desk.gate(tools, facts=facts))
    builder.add_node("tools", desk.tool_node(tools, facts=facts))
    builder.add_edge(START, "request")
    builder.add_edge("request", "serve")
    builder.add_conditional_edges("serve", _next, ["review", END])
    builder.add_edge("tools", "serve")
    for change in changes:
        desk.lookup(change.name, shop.was_carried_out)
    return desk.check(builder.compile(checkpointer=desk.saver(), name=NAME), name=NAME)


def _read_request(state: RefundState) -> RefundState:
    """Let a run be started with the name of a sample request alone: {"request": "small-return"}."""
    messages = state.get("messages", [])
    if messages and isinstance(messages[-1], HumanMessage):
        return {}
    requests = {request.id: request for request in load_requests()}
    wanted = state.get("request", "")
    if wanted not in requests:
        raise ValueError(f"There is no request {wanted!r}; there are {', '.join(requests)}.")
    request = requests[wanted]
    return {"messages": [HumanMessage(request_text(request))], "customer_id": request.customer_id}


def _next(state: RefundState) -> Literal["review", "__end__"]:
    last = state["messages"][-1]
    return "review" if isinstance(last, AIMessage) and last.tool_calls else "__end__"


_SYSTEM = """\
You serve customers of a retail shop: cancel and change pending orders, return and exchange delivered ones, \
change addresses. Look things up before you act, tell the customer exactly what will happen, and act only \
once they have agreed. Serve only the signed-in customer. Make one tool call at a time. If no tool can \
help, use transfer_to_human_agents. The policy may refuse a call and a person may reject or edit it; the \
tool's answer says so. Then do what it says."""
