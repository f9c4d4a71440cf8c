"""How a deal that reaches contracting starts the flow: once per version, on the deal's own thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphs.deal_desk.crm import LocalCrm
from graphs.deal_desk.graph import NAME

if TYPE_CHECKING:
    from signoff import Desk


def trigger(desk: Desk, crm: LocalCrm, deal_id: str) -> str:
    """Queue the run of a deal as it stands, and return its thread; a repeat for one version starts nothing.

    A CRM's webhook does the same through `POST /api/v1/runs`. Every version of a deal runs on one
    thread, so that the review of a changed deal follows the one that asked for the change.

    Raises:
        LookupError: the CRM has no such deal.
    """
    deal = crm.deal(deal_id)
    run = desk.start(
        NAME,
        {"deal_id": deal.id},
        thread_id=f"deal-{deal.id}",
        requester=deal.owner,
        trigger="crm",
        dedupe_key=f"{deal.id}/v{deal.version}",
    )
    return run.thread
