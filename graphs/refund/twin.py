"""The same calls without a guard: what the guarded run must end as, and which rows each call changes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from langchain_core.tools import BaseTool

from graphs.refund.planning import CHANGES, planned
from graphs.refund.reads import reading_tools
from graphs.refund.requests import Request, ToolUse
from graphs.refund.rules import Refused
from graphs.refund.system import TRANSFER, Rows, Shop
from graphs.refund.writes import writing_tools


@dataclass(frozen=True)
class Plan:
    """What a call was about to change."""

    refund: Decimal = Decimal(0)
    """What goes back to the customer by it."""
    idle: bool = False
    """Whether it asks for what stands there already."""


@dataclass(frozen=True)
class Unguarded:
    """What one call did when nobody stood in between."""

    call: ToolUse
    refused: bool
    changed: frozenset[tuple[str, str]] = frozenset()
    """Table and first key of the changed rows: the order or customer that they belong to."""
    plan: Plan = Plan()

    @property
    def is_change(self) -> bool:
        return self.call.name in CHANGES

    @property
    def is_transfer(self) -> bool:
        return self.call.name == TRANSFER

    @property
    def is_read(self) -> bool:
        return not (self.is_change or self.is_transfer)


class Twin:
    """Runs calls on a shop of its own, straight through the tools."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.rows: Rows = {}
        self._reads: dict[str, BaseTool] = {tool.name: tool for tool in reading_tools(shop)}
        self._changes: dict[str, BaseTool] = {tool.name: tool for tool in writing_tools(shop)}

    def run(self, request: Request) -> list[Unguarded]:
        """Every call of the request, in order; `rows` are afterwards as they leave them."""
        before = self.rows = self.shop.rows()
        done = []
        for number, call in enumerate(request.calls):
            if call.name in self._reads:
                done.append(Unguarded(call, refused=self._read(call)))
                continue
            plan = self._plan(call)
            refused = self._change(call, key=f"{request.id}/{number}")
            self.rows = before if refused else self.shop.rows()
            changed = frozenset((table, str(key[0])) for table, key in differing(before, self.rows))
            before = self.rows
            done.append(Unguarded(call, refused, changed, plan))
        return done

    def _read(self, call: ToolUse) -> bool:
        tool_call = {"name": call.name, "args": call.arguments, "id": "read", "type": "tool_call"}
        answer: Any = self._reads[call.name].invoke(tool_call)
        return bool(answer.status == "error")

    def _change(self, call: ToolUse, key: str) -> bool:
        try:
            self._changes[call.name].invoke({**call.arguments, "request_key": key})
        except Refused:
            return True
        return False

    def _plan(self, call: ToolUse) -> Plan:
        """What the call is about to change."""
        if call.name not in CHANGES:
            return Plan()
        with self.shop.reading() as books:
            try:
                change = planned(books, call.name, call.arguments)
                order = change.order and books.order(change.order.id)
                customer = change.customer and books.customer(change.customer.id)
            except Refused:
                return Plan()
        return Plan(change.refund, idle=(order, customer) == (change.order, change.customer))


def differing(before: Rows, after: Rows) -> set[tuple[str, tuple[Any, ...]]]:
    """Rows that are new, gone or of other content."""
    return {key for key, _ in before.items() ^ after.items()}
