"""Compare, ask all questions at once, then one write per system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from graphs.data_sync.authority import decisions, sync_facts
from graphs.data_sync.conflicts import Conflict, chosen, compare, question
from graphs.data_sync.settings import HERE, FlowSettings
from graphs.data_sync.state import OneConflict, SyncState
from graphs.data_sync.systems import Edit, open_system
from graphs.data_sync.tools import writing_tools
from signoff import Unanswered

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
    from langgraph.graph.state import CompiledStateGraph

    from signoff import Desk

NAME = "data_sync"
CRM = "crm"
ERP = "erp"


def build(desk: Desk, settings: FlowSettings | None = None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The compiled and checked graph of this flow.

    Args:
        desk: under the policy that stands beside this file.
        settings: read from the environment when None.
    """
    settings = settings or FlowSettings.from_environment()
    crm = open_system("CRM", settings.crm, HERE / "sample" / "crm.yaml")
    erp = open_system("ERP", settings.erp, HERE / "sample" / "erp.yaml")
    update_crm, update_erp = writing_tools(crm, erp)

    def find(state: SyncState) -> SyncState:  # noqa: ARG001 - a node takes the state
        found = compare(crm.accounts(), erp.accounts())
        return {
            "conflicts": [conflict.to_state() for conflict in found.conflicts],
            "alike": found.alike,
            "only_crm": list(found.only_crm),
            "only_erp": list(found.only_erp),
        }

    def decide(state: OneConflict) -> SyncState:
        conflict = Conflict.from_state(state["conflict"])
        try:
            desk.ask(question(conflict), key=conflict.key)
        except Unanswered:
            return {"undecided": [conflict.key]}
        return {}

    def settle(state: SyncState, config: RunnableConfig) -> SyncState:
        conflicts = [Conflict.from_state(one) for one in state["conflicts"]]
        answers = decisions(desk, config["configurable"]["thread_id"], conflicts)
        return {"edits": _edits(conflicts, answers)}

    builder = StateGraph(SyncState)
    builder.add_node("compare", find)
    builder.add_node("decide", decide, input_schema=OneConflict)
    builder.add_node("settle", settle)
    builder.add_node("write_crm", _writer(desk, update_crm, CRM))
    builder.add_node("write_erp", _writer(desk, update_erp, ERP))
    builder.add_edge(START, "compare")
    builder.add_conditional_edges("compare", _ask_all, ["decide", END])
    builder.add_edge("decide", "settle")
    builder.add_edge("settle", "write_crm")
    builder.add_edge("write_crm", "write_erp")
    builder.add_edge("write_erp", END)
    desk.lookup(update_crm.name, crm.was_carried_out)
    desk.lookup(update_erp.name, erp.was_carried_out)
    return desk.check(builder.compile(checkpointer=desk.saver(), name=NAME), name=NAME)


def _ask_all(state: SyncState) -> list[Send] | str:
    """One question per conflict, all open at the same time."""
    return [Send("decide", {"conflict": conflict}) for conflict in state["conflicts"]] or END


def _edits(conflicts: list[Conflict], answers: dict[str, tuple[str, Any]]) -> dict[str, list[dict[str, str]]]:
    """What each system has to change so that both hold the chosen values."""
    edits: dict[str, list[dict[str, str]]] = {CRM: [], ERP: []}
    for conflict in conflicts:
        if conflict.key not in answers:
            continue
        review, answer = answers[conflict.key]
        value = chosen(conflict, answer)
        for system, before in ((CRM, conflict.crm), (ERP, conflict.erp)):
            if before != value:
                edits[system] += [
                    asdict(Edit(account, conflict.field, before, value, review))
                    for account, _ in conflict.accounts
                ]
    return edits


def _writer(desk: Desk, tool: BaseTool, system: str) -> Callable[..., SyncState]:
    """A node that makes the changes of one system with one guarded call, if there are any."""
    update = desk.protect(tool, facts=sync_facts(desk))

    def write(state: SyncState) -> SyncState:
        changes = state["edits"][system]
        if not changes:
            return {}
        message = update.invoke({"changes": changes}, key=system)
        return {"results": [f"{system}: {message.text}"]}

    return write
