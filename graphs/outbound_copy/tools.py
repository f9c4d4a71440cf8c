"""The tools of the flow: three look-ups, and the one that cannot be taken back."""

from __future__ import annotations

import json
from email.headerregistry import Address
from typing import Annotated, Any

from langchain_core.tools import BaseTool, InjectedToolArg, tool
from pydantic import Field

from graphs.outbound_copy.data import Customer, Order, Product, Retail
from graphs.outbound_copy.mail import Outbox, compose


def outbound_tools(retail: Retail, outbox: Outbox) -> list[BaseTool]:
    """The tools over one record and one outbox."""
    return [*reading_tools(retail), sending_tool(retail, outbox)]


def reading_tools(retail: Retail) -> list[BaseTool]:
    """`find_customer`, `find_product` and `order_history`."""

    @tool
    def find_customer(query: str) -> str:
        """Look a customer up by customer number, e-mail address or full name."""
        found = retail.find_customers(query)
        if not found:
            return f"No customer matches {query!r}."
        return _json([_customer_facts(retail, customer) for customer in found[:5]])

    @tool
    def find_product(name: str) -> str:
        """Look a product up by its name: its number, and the list prices of what can be ordered now."""
        product = retail.find_product(name)
        return f"No product is called {name!r}." if product is None else _json(_product_facts(product))

    @tool
    def order_history(customer_id: str) -> str:
        """The orders of a customer, oldest first, with items, prices paid and status."""
        customer = retail.customers.get(customer_id)
        if customer is None:
            return f"There is no customer {customer_id!r}."
        return _json([_order_facts(order) for order in retail.orders_of(customer)])

    return [find_customer, find_product, order_history]


def sending_tool(retail: Retail, outbox: Outbox) -> BaseTool:
    """`send_email`."""
    brand = retail.overlay.brand
    sender = Address(display_name=brand.name, addr_spec=brand.sender)

    @tool
    def send_email(
        to: Annotated[str, Field(description="E-mail address of one customer, as the record has it.")],
        subject: Annotated[str, Field(min_length=1, max_length=200)],
        body: Annotated[str, Field(min_length=1, description="Plain text, greeting and signature included.")],
        message_key: Annotated[str, InjectedToolArg],
        discount_percent: Annotated[  # noqa: ARG001 - declared for the policy, which reads it
            float | None,
            Field(
                ge=0,
                le=100,
                description="The discount that the mail promises, in percent, if it promises one.",
            ),
        ] = None,
        product_id: Annotated[  # noqa: ARG001 - declared for the facts, which look it up
            str | None, Field(description="Number of the product that the mail offers, if it offers one.")
        ] = None,
    ) -> str:
        """Send an e-mail to a customer. It goes out at once and cannot be recalled."""
        message = compose(sender, to, subject, body, message_key)
        is_new = outbox.send(message, message_key)
        return _json(
            {
                "status": "sent" if is_new else "sent before",
                "to": to,
                "message_id": str(message["Message-ID"]),
                "via": outbox.name,
            }
        )

    return send_email


def _customer_facts(retail: Retail, customer: Customer) -> dict[str, Any]:
    tier = retail.overlay.tier_of(customer.id)
    return {
        "customer_id": customer.id,
        "name": customer.name,
        "first_name": customer.first_name,
        "email": customer.email,
        "city": customer.address.get("city", ""),
        "tier": tier,
        "discounts_percent": [str(percent) for percent in retail.overlay.tiers[tier].discounts],
    }


def _product_facts(product: Product) -> dict[str, Any]:
    return {
        "product_id": product.id,
        "name": product.name,
        "list_prices": [f"{price:.2f}" for price in product.prices],
        "currency": "USD",
    }


def _order_facts(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.id,
        "status": order.status,
        "items": [{"name": item.name, "price": f"{item.price:.2f}"} for item in order.items],
        "total": f"{order.total:.2f}",
        "currency": "USD",
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
