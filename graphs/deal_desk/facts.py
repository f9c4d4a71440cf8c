"""What the policy may rely on: looked up in CRM, price book and contract store, never taken from a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from graphs.deal_desk.contracts import Contract
from graphs.deal_desk.deals import CURRENCY, Deal, Terms
from graphs.deal_desk.systems import Systems

if TYPE_CHECKING:
    from signoff import Call


def deal_facts(systems: Systems) -> Callable[[Call], dict[str, Any]]:
    """A `facts` function over the three systems.

    Raises, when called:
        LookupError: the CRM has no such deal, or the store no such contract; the call waits for a person.
    """
    by_tool = {
        "create_contract": _about_terms,
        "send_contract": _about_sending,
        "update_deal": _about_outcome,
    }

    def facts(call: Call) -> dict[str, Any]:
        look = by_tool.get(call.tool)
        return {} if look is None else look(systems, call.arguments)

    return facts


def _about_terms(systems: Systems, arguments: dict[str, Any]) -> dict[str, Any]:
    deal = systems.crm.deal(arguments["deal_id"])
    return {
        "deal_is_current": deal.stage == "contracting" and deal.version == arguments["deal_version"],
        "account_matches": deal.account == arguments["account"],
        "product_known": arguments["product"] in systems.book.products,
        "tier": deal.tier,
        "discount_limit": float(systems.book.discount_limit(arguments["seats"])),
        "contract_value": _value(systems, arguments),
        "list_value": _value(systems, {**arguments, "discount_percent": "0"}),
        "owner": deal.owner,
    }


def _value(systems: Systems, arguments: dict[str, Any]) -> str:
    try:
        terms = Terms.model_validate({name: arguments[name] for name in Terms.model_fields})
        return f"{systems.book.total(terms):,.2f} {CURRENCY}"
    except (KeyError, ValidationError):
        return "unknown"


def _about_sending(systems: Systems, arguments: dict[str, Any]) -> dict[str, Any]:
    contract = _contract(systems, arguments["contract_id"])
    deal = systems.crm.deal(contract.deal_id)
    return {
        "contract_is_current": deal.stage == "contracting" and deal.version == contract.version,
        "recipient_is_contact": arguments["to"].casefold() == deal.contact_email.casefold(),
        "sent_already": contract.sent_to is not None,
    }


def _about_outcome(systems: Systems, arguments: dict[str, Any]) -> dict[str, Any]:
    deal = systems.crm.deal(arguments["deal_id"])
    contract = systems.contracts.of_deal(deal.id, arguments["deal_version"])
    return {
        "deal_is_current": deal.stage == "contracting" and deal.version == arguments["deal_version"],
        "outcome_is_true": _is_true(deal, contract, arguments),
    }


def _is_true(deal: Deal, contract: Contract | None, arguments: dict[str, Any]) -> bool:
    """Whether the stores bear out what the update says."""
    if arguments["stage"] == "signing":
        is_sent = contract is not None and contract.sent_to == deal.contact_email
        return is_sent and contract is not None and arguments["contract_id"] == contract.id
    return contract is None and arguments.get("contract_id") is None


def _contract(systems: Systems, contract_id: str) -> Contract:
    contract = systems.contracts.get(contract_id)
    if contract is None:
        raise LookupError(f"The contract store has no {contract_id!r}.")
    return contract
