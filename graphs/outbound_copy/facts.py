"""What policy and detectors may rely on: looked up in the record, never taken from the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from graphs.outbound_copy.data import Customer, Retail, Tier

if TYPE_CHECKING:
    from signoff import Call

CURRENCY = "USD"
UNKNOWN_TIER = "unknown"


def outbound_facts(retail: Retail) -> Callable[[Call], dict[str, Any]]:
    """A `facts` function over one record.

    The recipient is the customer whose e-mail address `to` is; the state says whom the brief is
    about. Amounts are text, so that no digit is lost; what rules compare is a number.
    """

    def facts(call: Call) -> dict[str, Any]:
        if call.tool != "send_email":
            return {}
        arguments = call.arguments
        customer = retail.by_email(str(arguments.get("to", "")))
        text = f"{arguments.get('subject', '')}\n{arguments.get('body', '')}"
        tier_name = retail.overlay.tier_of(customer.id) if customer else UNKNOWN_TIER
        return {
            "sender": f"{retail.overlay.brand.name} <{retail.overlay.brand.sender}>",
            "customer_known": customer is not None,
            "recipient_is_briefed": _is_briefed(_briefed(call.state), customer),
            "customer": _customer(customer, tier_name) if customer else None,
            "tier": tier_name,
            **_discounts(retail.overlay.tiers.get(tier_name)),
            "amounts": _amounts(retail, customer, text, arguments.get("product_id")),
            "counts": _counts(retail, customer),
            "addresses": _addresses(retail, customer),
            "references": _references(customer),
            "names": _names(retail, customer, text),
            "link_domains": list(retail.overlay.link_domains),
            "link_pages": retail.overlay.links,
            "recipient_domains": list(retail.overlay.recipient_domains),
            "own": customer.own_data() if customer else [],
            "others": _others(retail, customer, text),
        }

    return facts


def _briefed(state: Any) -> str:
    """The customer that the run was started for; empty if its starter named none."""
    found = state.get("customer_id") if isinstance(state, Mapping) else getattr(state, "customer_id", None)
    return str(found or "")


def _is_briefed(briefed: str, customer: Customer | None) -> bool:
    return customer is not None and briefed in ("", customer.id)


def _customer(customer: Customer, tier: str) -> dict[str, Any]:
    return {
        "id": customer.id,
        "name": customer.name,
        "email": customer.email,
        "city": customer.address.get("city", ""),
        "tier": tier,
        "orders": list(customer.orders),
    }


def _discounts(tier: Tier | None) -> dict[str, Any]:
    if tier is None:
        return {"discount_limit": 0.0, "discounts": []}
    return {
        "discount_limit": float(tier.discount_limit),
        "discounts": [{"percent": str(percent), "about": None} for percent in tier.discounts],
    }


def _amounts(retail: Retail, customer: Customer | None, text: str, product_id: Any) -> list[dict[str, str]]:
    """List prices of every product that the draft names or offers, and what this customer paid."""
    products = {product.id: product for product in retail.products_named(text)}
    offered = retail.products.get(str(product_id)) if product_id else None
    if offered:
        products[offered.id] = offered
    amounts = [
        _amount("list", product.name, price) for product in products.values() for price in product.prices
    ]
    for order in retail.orders_of(customer) if customer else ():
        amounts.append(_amount("paid", order.id, order.total))
        amounts.extend(_amount("paid", order.id, paid) for paid in order.paid if paid != order.total)
        amounts.extend(_amount("paid", item.name, item.price) | {"of": order.id} for item in order.items)
    return amounts


def _amount(kind: str, about: str, amount: Any) -> dict[str, str]:
    return {"kind": kind, "about": about, "amount": f"{amount:.2f}", "currency": CURRENCY}


def _counts(retail: Retail, customer: Customer | None) -> list[dict[str, Any]]:
    """How many orders this customer has, and how many lines each of them."""
    if customer is None:
        return []
    lines = [
        {"count": len(order.items), "what": ["item", "article", "product"], "about": order.id}
        for order in retail.orders_of(customer)
    ]
    return [{"count": len(customer.orders), "what": "order"}, *lines]


def _addresses(retail: Retail, customer: Customer | None) -> list[dict[str, str]]:
    """Where this customer lives and where their orders go."""
    if customer is None:
        return []
    places = [customer.address, *(order.address for order in retail.orders_of(customer))]
    found = [
        {
            "street": place.get("address1", ""),
            "city": place.get("city", ""),
            "state": place.get("state", ""),
            "postcode": place.get("zip", ""),
        }
        for place in places
    ]
    return [place for n, place in enumerate(found) if place not in found[:n]]


def _references(customer: Customer | None) -> list[dict[str, str]]:
    return [{"kind": "order", "id": order_id} for order_id in customer.orders] if customer else []


def _names(retail: Retail, customer: Customer | None, text: str) -> list[dict[str, Any]]:
    """Whose names may stand in a mail to this customer, and which other known ones stand in this draft."""
    brand = retail.overlay.brand
    names: list[dict[str, Any]] = [
        {"kind": "brand", "name": [brand.name, brand.signature]},
        {"kind": "product", "name": [product.name for product in retail.products.values()]},
    ]
    own_cities: set[str] = set()
    if customer:
        orders = retail.orders_of(customer)
        own_cities = {place.get("city", "") for place in (customer.address, *(one.address for one in orders))}
        names.append({"kind": "person", "name": customer.name})
        names.extend({"kind": "place", "name": city} for city in sorted(own_cities) if city)
        names.extend(
            {"kind": "product", "name": [item.name for item in order.items], "of": order.id}
            for order in orders
        )
    for _, phrase, _ in retail.people_named(text):
        text = text.replace(phrase, "")  # whole names are told as somebody else's data
    names.extend({"kind": kind, "name": name, "own": False} for kind, name in retail.names_in(text))
    return names


def _others(retail: Retail, customer: Customer | None, text: str) -> list[dict[str, str]]:
    """What the draft says that the record holds about other customers and not about this one."""
    own = {value.lower() for value in customer.own_data()} if customer else set()
    found: dict[str, str] = {}
    for kind, value, owner in retail.people_named(text):
        if (customer is None or owner.id != customer.id) and value.lower() not in own:
            found.setdefault(value, kind)
    return [{"kind": kind, "value": value} for value, kind in found.items()]
