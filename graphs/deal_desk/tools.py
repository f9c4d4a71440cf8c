"""The three side effects of the flow, each done once under the key that the ledger gives it."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from langchain_core.tools import BaseTool, InjectedToolArg, tool
from pydantic import Field

from graphs.deal_desk.deals import Terms
from graphs.deal_desk.systems import Systems
from signoff import NotDone

Key = Annotated[str, InjectedToolArg]


def deal_tools(systems: Systems) -> list[BaseTool]:
    """`create_contract`, `send_contract` and `update_deal` over these systems."""

    @tool
    def create_contract(
        deal_id: str,
        deal_version: int,
        account: str,
        product: str,
        seats: Annotated[int, Field(ge=1, le=100_000)],
        discount_percent: Annotated[float, Field(ge=0, le=100)],
        term_months: Annotated[int, Field(ge=1, le=120)],
        payment_days: Annotated[int, Field(ge=0, le=365)],
        request_key: Key,
        special_terms: Annotated[str, Field(description="Wording beside our standard terms.")] = "",
    ) -> str:
        """Make the contract of one version of a deal, with exactly these terms."""
        terms = Terms.model_validate(
            {
                "account": account,
                "product": product,
                "seats": seats,
                "discount_percent": str(discount_percent),
                "term_months": term_months,
                "payment_days": payment_days,
                "special_terms": special_terms,
            }
        )
        if product not in systems.book.products:
            raise NotDone(f"The price book has no product {product!r}.")
        total = systems.book.total(terms)
        contract = systems.contracts.create(deal_id, deal_version, terms, total, request_key)
        return _json({"contract_id": contract.id, "total": f"{contract.total:.2f}"})

    @tool
    def send_contract(
        contract_id: str,
        to: Annotated[str, Field(description="E-mail address of the signer.")],
        message: Annotated[str, Field(min_length=1)],
        request_key: Key,
    ) -> str:
        """Send a contract out for signature. It cannot be recalled."""
        contract = systems.contracts.get(contract_id)
        if contract is None:
            raise NotDone(f"The contract store has no {contract_id!r}.")
        is_new = systems.signature.send(contract, to, message, request_key)
        systems.contracts.mark_sent(contract_id, to)
        return _json({"contract_id": contract_id, "to": to, "status": "sent" if is_new else "sent before"})

    @tool
    def update_deal(
        deal_id: str,
        deal_version: int,
        stage: Literal["signing", "negotiation", "declined"],
        note: Annotated[str, Field(max_length=2000)],
        request_key: Key,
        contract_id: str | None = None,
    ) -> str:
        """Note in the CRM what became of a deal."""
        systems.crm.note(deal_id, deal_version, stage, note, contract_id, request_key)
        return _json({"deal_id": deal_id, "stage": stage})

    return [create_contract, send_contract, update_deal]


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
