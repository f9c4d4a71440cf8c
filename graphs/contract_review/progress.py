"""What has become of every clause so far, read from the messages of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, ToolMessage


@dataclass(frozen=True)
class Settled:
    """The newest proposal for a clause and the answer to it."""

    attempts: int
    answer: ToolMessage | None

    @property
    def wording(self) -> str | None:
        """How it should read, where that was agreed; a person's edit is in it."""
        artifact = self.answer.artifact if self.answer is not None else None
        agreed = self.answer is not None and self.answer.status == "success" and isinstance(artifact, Mapping)
        return str(artifact["wording"]) if agreed and artifact is not None else None

    @property
    def comment(self) -> str:
        """What the other side is told about it."""
        return str(self.answer.artifact["comment"]) if self.wording is not None and self.answer else ""

    @property
    def outcome(self) -> str:
        """ "agreed", or why it did not run: "rejected", "changes_requested", "expired" …"""
        if self.wording is not None:
            return "agreed"
        facts: Any = {} if self.answer is None else self.answer.additional_kwargs.get("signoff", {})
        return str(facts.get("outcome", "open" if self.answer is None else "failed"))

    @property
    def feedback(self) -> str:
        """What a lawyer said, where changes were requested."""
        return "" if self.answer is None or self.outcome != "changes_requested" else self.answer.text


def settled(messages: Iterable[AnyMessage]) -> dict[str, Settled]:
    """By clause, what became of the newest proposal."""
    answers: dict[str, ToolMessage] = {}
    proposals: list[tuple[str, str]] = []
    for message in messages:
        if isinstance(message, AIMessage):
            proposals += [
                (str(call["args"].get("clause", "")), str(call["id"]))
                for call in message.tool_calls
                if call["name"] == "settle_clause"
            ]
        elif isinstance(message, ToolMessage):
            answers[message.tool_call_id] = message
    found: dict[str, Settled] = {}
    for clause, call in proposals:
        attempts = found[clause].attempts + 1 if clause in found else 1
        found[clause] = Settled(attempts, answers.get(call))
    return found
