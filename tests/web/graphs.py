"""Drawings of graphs as `desk.check` stores them: the shipped ones, and one of fifteen steps."""

from __future__ import annotations

from typing import Any


def drawing(nodes: str, *edges: str) -> dict[str, Any]:
    """A drawing from lines such as `plan -> tools` and, for a condition, `plan ?> tools: ready`."""
    return {
        "nodes": [{"id": name, "name": name} for name in nodes.split()],
        "edges": [_edge(line) for line in edges],
    }


def _edge(line: str) -> dict[str, Any]:
    ends, _, label = line.partition(": ")
    source, arrow, target = ends.split()
    return {"source": source, "target": target, "conditional": arrow == "?>", "label": label or None}


SHIPPED = {
    "contract_review": drawing(
        "__start__ read draft review tools redline offer __end__",
        "__start__ -> read",
        "draft ?> redline",
        "draft ?> review",
        "offer ?> __end__",
        "offer ?> review",
        "read -> draft",
        "redline -> offer",
        "review ?> __end__",
        "review ?> tools",
        "tools ?> __end__",
        "tools ?> draft",
    ),
    "data_sync": drawing(
        "__start__ compare decide settle write_crm write_erp __end__",
        "__start__ -> compare",
        "compare ?> __end__",
        "compare ?> decide",
        "decide -> settle",
        "settle -> write_crm",
        "write_crm -> write_erp",
        "write_erp -> __end__",
    ),
    "deal_desk": drawing(
        "__start__ read_deal plan review tools back_to_sales ask_what_now __end__",
        "__start__ -> read_deal",
        "ask_what_now ?> __end__",
        "ask_what_now ?> plan",
        "plan ?> __end__",
        "plan ?> review",
        "read_deal -> plan",
        "review ?> __end__",
        "review ?> back_to_sales",
        "review ?> tools",
        "tools ?> ask_what_now",
        "tools ?> back_to_sales",
        "tools ?> plan",
        "back_to_sales -> __end__",
    ),
    "outbound_copy": drawing(
        "__start__ brief draft review tools __end__",
        "__start__ -> brief",
        "brief -> draft",
        "draft ?> __end__",
        "draft ?> review",
        "review ?> __end__",
        "review ?> tools",
        "tools -> draft",
    ),
    "refund": drawing(
        "__start__ request serve review tools __end__",
        "__start__ -> request",
        "request -> serve",
        "review ?> __end__",
        "review ?> tools",
        "serve ?> __end__",
        "serve ?> review",
        "tools -> serve",
    ),
}
"""Kept here so that these tests load no graph library; `tests/graphs/test_run_snapshots.py` compares them."""

FIFTEEN = drawing(
    "__start__ classify_the_request look_up_customer plan research_agent write_draft check_facts "
    "brand_check legal_check review tools summarise notify_owner escalate_to_human archive finish_up __end__",
    "__start__ -> classify_the_request",
    "classify_the_request ?> look_up_customer: known customer",
    "classify_the_request ?> escalate_to_human: unclear",
    "look_up_customer -> plan",
    "plan ?> research_agent: needs facts",
    "plan ?> write_draft: ready",
    "research_agent ?> research_agent: more",
    "research_agent -> plan",
    "write_draft -> check_facts",
    "write_draft -> brand_check",
    "write_draft -> legal_check",
    "check_facts -> review",
    "brand_check -> review",
    "legal_check -> review",
    "review ?> tools: approved",
    "review ?> write_draft: changes requested",
    "review ?> archive: rejected",
    "tools -> summarise",
    "summarise -> notify_owner",
    "notify_owner ?> plan: next item",
    "notify_owner ?> finish_up: done",
    "escalate_to_human -> archive",
    "archive -> finish_up",
    "finish_up -> __end__",
)
