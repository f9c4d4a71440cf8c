"""What the policy may rely on: worked out from the shop's record, never taken from the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from graphs.refund.books import Books
from graphs.refund.planning import CHANGES, address_in, planned
from graphs.refund.rules import Change, Refused
from graphs.refund.shop import Address, Customer, Order
from graphs.refund.system import Shop
from graphs.refund.written import sections_for

if TYPE_CHECKING:
    from signoff import Call

_NOTHING = Decimal(0)


def refund_facts(shop: Shop, written_policy: str | None) -> Callable[[Call], dict[str, Any]]:
    """A `facts` function over one shop.

    `obstacle` says why the shop would refuse the call, and is empty when it would not. Amounts are
    Decimal; `refund` and `charge` are what this one call moves, `refund_in_30_days` is `refund` with all
    that the desk granted the customer in the last thirty days, so that many small refunds count as
    one large one. An address is known when it is the customer's own and was so for thirty days, so
    that nobody makes it known just before a parcel is sent there.

    Args:
        written_policy: the desk's own policy text, quoted beside the decision where it is at hand.
    """

    def facts(call: Call) -> dict[str, Any]:
        signed_in = _signed_in(call.state)
        quoted = {"written_policy": sections_for(call.tool, written_policy)} if written_policy else {}
        if call.tool not in CHANGES:
            return {"signed_in": bool(signed_in), **quoted}
        with shop.reading() as books:
            change, obstacle = _judged(books, call)
            order = books.order(str(call.arguments.get("order_id", "")))
            owner_id = order.customer_id if order else str(call.arguments.get("user_id", ""))
            owner = books.customer(owner_id)
        refund = change.refund if change else _NOTHING
        return {
            "signed_in": bool(signed_in),
            "own": owner is not None and owner.id == signed_in,
            "obstacle": obstacle,
            "refund": refund,
            "charge": change.charge if change else _NOTHING,
            "refund_in_30_days": refund + (shop.refunded_lately(owner_id) if owner else _NOTHING),
            "order_total": order.total if order else _NOTHING,
            "address_known": _is_known(owner, call.arguments) and not shop.moved_lately(owner_id),
            "customer": owner.name if owner else "not on record",
            "money_moves_to": _method_named(owner, change),
            **_order_facts(order),
            **quoted,
        }

    return facts


def _signed_in(state: Any) -> str:
    found = state.get("customer_id") if isinstance(state, Mapping) else getattr(state, "customer_id", None)
    return str(found or "")


def _judged(books: Books, call: Call) -> tuple[Change | None, str]:
    try:
        return planned(books, call.tool, call.arguments), ""
    except Refused as refused:
        return None, refused.obstacle.value


def _is_known(owner: Customer | None, arguments: Mapping[str, Any]) -> bool:
    """Whether a call that names an address names the customer's own."""
    if owner is None or "address1" not in arguments:
        return False
    return _folded(address_in(arguments)) == _folded(owner.address)


def _folded(address: Address) -> list[str]:
    return [" ".join(part.split()).casefold() for part in vars(address).values()]


def _method_named(owner: Customer | None, change: Change | None) -> str:
    method = owner.method(change.method_id) if owner and change and change.method_id else None
    return "" if method is None else f"{method.source.replace('_', ' ')} {method.id}"


def _order_facts(order: Order | None) -> dict[str, Any]:
    if order is None:
        return {}
    return {
        "order_status": order.status,
        "order_items": [{"item": item.name, "price": item.price} for item in order.items],
        "paid_by": order.paid_by or "",
    }
