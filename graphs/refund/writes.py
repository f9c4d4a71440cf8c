"""The tools that change the record. Each takes a key, under which the shop does it once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from langchain_core.tools import BaseTool, InjectedToolArg, tool
from pydantic import Field

from graphs.refund.system import TRANSFER, Shop

Key = Annotated[str, InjectedToolArg]
OrderId = Annotated[str, Field(description="Order number; it begins with '#'.")]
ItemIds = Annotated[
    list[str], Field(min_length=1, description="Item numbers of the order; a number twice means two of them.")
]
NewItemIds = Annotated[
    list[str], Field(min_length=1, description="One new item number for each, of the same product, in order.")
]
MethodId = Annotated[str, Field(description="Number of one of the customer's payment methods.")]


def writing_tools(shop: Shop) -> list[BaseTool]:
    """Everything that the desk does to orders and accounts, and the hand-over to a person."""
    return [*_giving_back(shop), *_pending(shop), *_account(shop)]


def _giving_back(shop: Shop) -> list[BaseTool]:
    @tool
    def cancel_pending_order(
        order_id: OrderId, reason: Literal["no longer needed", "ordered by mistake"], request_key: Key
    ) -> str:
        """Cancel a pending order and pay all of it back. Ask the customer for the reason first."""
        return shop.carry_out(request_key, "cancel_pending_order", {"order_id": order_id, "reason": reason})

    @tool
    def return_delivered_order_items(
        order_id: OrderId, item_ids: ItemIds, payment_method_id: MethodId, request_key: Key
    ) -> str:
        """Take delivered items back. The refund goes to the method that paid, or to a gift card."""
        asked = {"order_id": order_id, "item_ids": item_ids, "payment_method_id": payment_method_id}
        return shop.carry_out(request_key, "return_delivered_order_items", asked)

    @tool
    def exchange_delivered_order_items(
        order_id: OrderId,
        item_ids: ItemIds,
        new_item_ids: NewItemIds,
        payment_method_id: MethodId,
        request_key: Key,
    ) -> str:
        """Exchange items of a delivered order for others of the same product. Once per order."""
        asked = _swap(order_id, item_ids, new_item_ids, payment_method_id)
        return shop.carry_out(request_key, "exchange_delivered_order_items", asked)

    return [cancel_pending_order, return_delivered_order_items, exchange_delivered_order_items]


def _pending(shop: Shop) -> list[BaseTool]:
    @tool
    def modify_pending_order_items(
        order_id: OrderId,
        item_ids: ItemIds,
        new_item_ids: NewItemIds,
        payment_method_id: MethodId,
        request_key: Key,
    ) -> str:
        """Put other items of the same product in place of pending ones. Once per order; then it is fixed."""
        asked = _swap(order_id, item_ids, new_item_ids, payment_method_id)
        return shop.carry_out(request_key, "modify_pending_order_items", asked)

    @tool
    def modify_pending_order_payment(order_id: OrderId, payment_method_id: MethodId, request_key: Key) -> str:
        """Let another of the customer's methods pay for a pending order; the first one is paid back."""
        asked = {"order_id": order_id, "payment_method_id": payment_method_id}
        return shop.carry_out(request_key, "modify_pending_order_payment", asked)

    @tool
    def modify_pending_order_address(
        order_id: OrderId,
        address1: str,
        address2: str,
        city: str,
        state: str,
        country: str,
        zip: str,
        request_key: Key,
    ) -> str:
        """Send a pending order to another address."""
        asked = {"order_id": order_id, **_address(address1, address2, city, state, country, zip)}
        return shop.carry_out(request_key, "modify_pending_order_address", asked)

    return [modify_pending_order_items, modify_pending_order_payment, modify_pending_order_address]


def _account(shop: Shop) -> list[BaseTool]:
    @tool
    def modify_user_address(
        user_id: str,
        address1: str,
        address2: str,
        city: str,
        state: str,
        country: str,
        zip: str,
        request_key: Key,
    ) -> str:
        """Change a customer's default address. Orders that are under way keep theirs."""
        asked = {"user_id": user_id, **_address(address1, address2, city, state, country, zip)}
        return shop.carry_out(request_key, "modify_user_address", asked)

    @tool
    def transfer_to_human_agents(
        summary: Annotated[str, Field(min_length=1, description="What the customer needs.")], request_key: Key
    ) -> str:
        """Hand the customer over to a person, when no other tool can help."""
        return shop.carry_out(request_key, TRANSFER, {"summary": summary})

    return [modify_user_address, transfer_to_human_agents]


def _swap(order_id: str, item_ids: list[str], new_item_ids: list[str], method_id: str) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "item_ids": item_ids,
        "new_item_ids": new_item_ids,
        "payment_method_id": method_id,
    }


def _address(
    address1: str, address2: str, city: str, state: str, country: str, zip_code: str
) -> dict[str, str]:
    return {
        "address1": address1,
        "address2": address2,
        "city": city,
        "state": state,
        "country": country,
        "zip": zip_code,
    }
