"""What the deal needs next, as a tool call: read off the systems, so that a re-run finds its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, ToolCall, ToolMessage

from graphs.deal_desk.deals import Deal
from graphs.deal_desk.systems import Systems
from signoff import Outcome

if TYPE_CHECKING:
    from signoff import Desk


def next_step(systems: Systems, deal_id: str, version: int) -> AIMessage:
    """The next of the three calls; words alone once nothing is left to do.

    Args:
        version: of the deal that the run is for; the CRM may have a newer one by now.
    """
    deal = systems.crm.deal(deal_id)
    if deal.version != version:
        return AIMessage(f"Sales changed {deal.id} meanwhile. Its version {deal.version} runs by itself.")
    contract = systems.contracts.of_deal(deal.id, deal.version)
    if deal.stage == "signing":
        return AIMessage(f"Contract {deal.contract_id} is out for signature.")
    if deal.stage != "contracting":
        return AIMessage(f"{deal.id} is in {deal.stage}; there is nothing to contract.")
    if contract is None:
        return _call(deal, "create_contract", "I draft the contract.", terms_of(deal))
    if contract.sent_to is None:
        message = f"Dear {deal.contact_name},\n\nplease find your order form attached for signature.\n"
        arguments = {"contract_id": contract.id, "to": deal.contact_email, "message": message}
        return _call(deal, "send_contract", "I send the contract out for signature.", arguments)
    sent = _outcome(deal.id, deal.version, "signing", f"Sent to {contract.sent_to}.")
    arguments = sent | {"contract_id": contract.id}
    return _call(deal, "update_deal", "I note that it is out for signature.", arguments)


def terms_of(deal: Deal) -> dict[str, Any]:
    """The arguments of `create_contract` for a deal as it stands."""
    return {
        "deal_id": deal.id,
        "deal_version": deal.version,
        "account": deal.account,
        "product": deal.product,
        "seats": deal.seats,
        "discount_percent": float(deal.discount_percent),
        "term_months": deal.term_months,
        "payment_days": deal.payment_days,
        "special_terms": deal.special_terms,
    }


def handed_back(desk: Desk, deal_id: str, version: int, refusal: ToolMessage) -> dict[str, Any]:
    """The arguments of `update_deal` for a deal whose contract was refused: by people, or by a rule."""
    review_id = refusal.additional_kwargs.get("signoff", {}).get("review")
    review = None if review_id is None else desk.review(review_id).review
    if review is None or review.outcome in (Outcome.APPROVED, Outcome.REVISED):
        return _outcome(deal_id, version, "negotiation", refusal.text[:2000])
    stage = "declined" if review.outcome is Outcome.REJECTED else "negotiation"
    return _outcome(deal_id, version, stage, f"{review.decided_by}: {review.reason}"[:2000])


def _outcome(deal_id: str, version: int, stage: str, note: str) -> dict[str, Any]:
    return {"deal_id": deal_id, "deal_version": version, "stage": stage, "note": note}


def _call(deal: Deal, name: str, text: str, arguments: dict[str, Any]) -> AIMessage:
    call = ToolCall(name=name, args=arguments, id=f"{name}-{deal.id}-{deal.version}", type="tool_call")
    return AIMessage(text, tool_calls=[call])
