"""The stand-in for a language model that the flow has by default."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from pydantic import BaseModel, ConfigDict

from graphs.chat_model import STAND_IN, StandIn
from graphs.outbound_copy.data import load_overlay
from graphs.outbound_copy.settings import HERE

SCRIPT = HERE / "script.yaml"
MAX_REDRAFTS = 2
_BRIEF = re.compile(r"^Brief: *(\S+)$", re.MULTILINE)
_CUSTOMER = re.compile(r"^Customer: *(\S+)$", re.MULTILINE)
_PRODUCT = re.compile(r"^Product: *(.+)$", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")


class Draft(BaseModel):
    """One mail of the script, with places for what the tools answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str
    body: str
    discount: Decimal | None = None
    to: str | None = None
    """An address to use instead of the one on record."""


class Part(BaseModel):
    """What the script has for one brief."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    brief: str
    draft: Draft
    redraft: Draft


def load_script(path: Path = SCRIPT) -> dict[str, Part]:
    """The script by brief."""
    parts = [Part.model_validate(one) for one in yaml.safe_load(path.read_text(encoding="utf-8"))]
    return {part.brief: part for part in parts}


class ScriptedCopywriter(StandIn):
    """A stand-in for a language model: it follows `script.yaml` and makes real tool calls.

    Deterministic and offline. It looks the customer up, fills its drafts with what the tools answer,
    redrafts when changes are asked for, and stops when it is told no. Some first drafts are faulty
    on purpose.
    """

    @cached_property
    def _script(self) -> dict[str, Part]:
        return load_script()

    def answer(self, messages: list[BaseMessage]) -> AIMessage:
        turn = _Turn(messages)
        part = self._script.get(turn.brief)
        if part is None or not turn.customer_id:
            return AIMessage(f"{STAND_IN} I know only the briefs {', '.join(self._script)}.")
        missing = turn.lookups_missing()
        if missing:
            return _calls(turn, "I look up what the record says.", missing)
        facts = turn.facts()
        if facts is None:
            return AIMessage(f"{STAND_IN} The record has nothing on {turn.customer_id}; I write no mail.")
        attempts = turn.attempts()
        if not attempts:
            return _send(turn, part.draft, facts, "Here is my draft.")
        return _after(turn, part, facts, attempts)


def _after(turn: _Turn, part: Part, facts: dict[str, Any], attempts: list[ToolMessage]) -> AIMessage:
    """What to do once the tool has answered to a draft."""
    said = str(attempts[-1].content)
    if attempts[-1].status == "success":
        edited = " I see that it was edited first and leave it so." if "edited the arguments" in said else ""
        return AIMessage(f"{STAND_IN} The mail is sent.{edited}")
    if "requested changes" in said and len(attempts) <= MAX_REDRAFTS:
        return _send(turn, part.redraft, facts, "Thank you, I changed the draft.", shorter=len(attempts) > 1)
    return AIMessage(f"{STAND_IN} I stop here. {said.splitlines()[0] if said else ''}".rstrip())


def _send(turn: _Turn, draft: Draft, facts: dict[str, Any], text: str, *, shorter: bool = False) -> AIMessage:
    values = facts | _offer(draft, facts)
    body = draft.body.format(**values).strip()
    if shorter:
        greeting, first, *_, end = body.split("\n\n")
        body = "\n\n".join((greeting, _SENTENCE_END.split(first)[0], end))
    arguments: dict[str, Any] = {
        "to": draft.to or facts["email"],
        "subject": draft.subject.format(**values),
        "body": body,
    }
    if draft.discount is not None:
        arguments["discount_percent"] = float(draft.discount)
    if facts["product_id"]:
        arguments["product_id"] = facts["product_id"]
    return _calls(turn, text, [("send_email", arguments)])


def _offer(draft: Draft, facts: dict[str, Any]) -> dict[str, str]:
    if draft.discount is None:
        return {}
    lowest = Decimal(facts["lowest"].replace(",", ""))
    after = (lowest * (100 - draft.discount) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return {"discount": f"{draft.discount:f}", "offer": f"{after:,.2f}"}


def _calls(turn: _Turn, text: str, calls: list[tuple[str, dict[str, Any]]]) -> AIMessage:
    return AIMessage(
        text,
        tool_calls=[
            {"name": name, "args": arguments, "id": f"call-{turn.length}-{n}", "type": "tool_call"}
            for n, (name, arguments) in enumerate(calls, start=1)
        ],
    )


class _Turn:
    """The conversation since the last brief."""

    def __init__(self, messages: list[BaseMessage]) -> None:
        asked = max((n for n, one in enumerate(messages) if isinstance(one, HumanMessage)), default=-1)
        text = str(messages[asked].content) if asked >= 0 else ""
        self.length = len(messages)
        self.brief = _match(_BRIEF, text)
        self.customer_id = _match(_CUSTOMER, text)
        self.product = _match(_PRODUCT, text)
        self._messages = messages[asked + 1 :]

    def lookups_missing(self) -> list[tuple[str, dict[str, Any]]]:
        wanted: list[tuple[str, dict[str, Any]]] = [("find_customer", {"query": self.customer_id})]
        if self._said("find_customer"):
            wanted = [("order_history", {"customer_id": self.customer_id})]
            if self.product:
                wanted.append(("find_product", {"name": self.product}))
        return [(name, arguments) for name, arguments in wanted if not self._said(name)]

    def attempts(self) -> list[ToolMessage]:
        """The tool's answers to each mail so far."""
        return list(self._answers("send_email"))

    def facts(self) -> dict[str, Any] | None:
        """What the tools answered, as the script's places; None when the customer is not on record."""
        customers = self._json("find_customer")
        if not customers:
            return None
        product = self._json("find_product") or {}
        order = self._order(self._json("order_history") or [])
        name = product.get("name", "")
        prices = product.get("list_prices") or ["0.00"]
        return {
            "first_name": customers[0]["first_name"],
            "email": customers[0]["email"],
            "items": _joined([item["name"] for item in order.get("items", [])]),
            "order_id": order.get("order_id", ""),
            "order_total": f"{Decimal(order.get('total', 0)):,.2f}",
            "product": name,
            "products": name if name.endswith("s") else f"{name}s",
            "product_id": product.get("product_id"),
            "lowest": f"{Decimal(prices[0]):,.2f}",
            "signature": load_overlay().brand.signature,
        }

    def _order(self, orders: list[dict[str, Any]]) -> dict[str, Any]:
        with_product = [
            order for order in orders if any(item["name"] == self.product for item in order["items"])
        ]
        chosen = with_product or orders
        return chosen[-1] if chosen else {}

    def _said(self, tool: str) -> bool:
        return any(True for _ in self._answers(tool))

    def _answers(self, tool: str) -> Iterator[ToolMessage]:
        calls = {
            call["id"]
            for message in self._messages
            if isinstance(message, AIMessage)
            for call in message.tool_calls
            if call["name"] == tool
        }
        for message in self._messages:
            if isinstance(message, ToolMessage) and message.tool_call_id in calls:
                yield message

    def _json(self, tool: str) -> Any:
        for message in self._answers(tool):
            try:
                return json.loads(str(message.content))
            except ValueError:
                return None
        return None


def _match(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1].strip() if found else ""


def _joined(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
