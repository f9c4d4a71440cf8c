"""The tools that only look things up."""

from __future__ import annotations

import json
from typing import Any

from langchain_core.tools import BaseTool, ToolException, tool

from graphs.refund import arithmetic
from graphs.refund.shop import plain
from graphs.refund.system import Shop


def reading_tools(shop: Shop) -> list[BaseTool]:
    """The look-ups of the retail desk. What is not on record comes back as an error message."""
    found = [*_people(shop), *_goods(shop), _calculate()]
    for one in found:
        one.handle_tool_error = True
    return found


def _people(shop: Shop) -> list[BaseTool]:
    @tool
    def find_user_id_by_email(email: str) -> str:
        """Find a customer's number by their e-mail address."""
        with shop.reading() as books:
            return str(_known(books.customer_by_email(email), "customer with this e-mail address").id)

    @tool
    def find_user_id_by_name_zip(first_name: str, last_name: str, zip: str) -> str:
        """Find a customer's number by first name, last name and zip code."""
        with shop.reading() as books:
            found = books.customer_by_name(first_name, last_name, zip)
        return str(_known(found, "customer with this name and zip code").id)

    @tool
    def get_user_details(user_id: str) -> str:
        """A customer's name, address, payment methods and order numbers."""
        with shop.reading() as books:
            return _told(_known(books.customer(user_id), f"customer {user_id}"))

    @tool
    def get_order_details(order_id: str) -> str:
        """An order's status, address, items and payments. Order numbers begin with '#'."""
        with shop.reading() as books:
            return _told(_known(books.order(order_id), f"order {order_id}"))

    return [find_user_id_by_email, find_user_id_by_name_zip, get_user_details, get_order_details]


def _goods(shop: Shop) -> list[BaseTool]:
    @tool
    def list_all_product_types() -> str:
        """Every kind of product, name and product number."""
        with shop.reading() as books:
            return json.dumps(books.product_types(), ensure_ascii=False)

    @tool
    def get_product_details(product_id: str) -> str:
        """A product's variants with options, price, and whether they can be had. Takes a product number."""
        with shop.reading() as books:
            return _told(_known(books.product(product_id), f"product {product_id}"))

    @tool
    def get_item_details(item_id: str) -> str:
        """One variant: its options, price, and whether it can be had. Takes an item number."""
        with shop.reading() as books:
            return _told(_known(books.variant(item_id), f"item {item_id}"))

    return [list_all_product_types, get_product_details, get_item_details]


def _calculate() -> BaseTool:
    @tool
    def calculate(expression: str) -> str:
        """Work out a sum such as '(20.50 + 3) * 2', to the cent."""
        try:
            return str(arithmetic.calculate(expression))
        except ValueError as error:
            raise ToolException(f"Cannot be calculated: {error}.") from error

    return calculate


def _known(found: Any, what: str) -> Any:
    if found is None:
        raise ToolException(f"There is no {what}.")
    return found


def _told(noun: Any) -> str:
    return json.dumps(plain(noun), ensure_ascii=False)
