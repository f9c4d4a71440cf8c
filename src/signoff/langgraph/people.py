"""What people themselves wrote in a conversation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.messages import HumanMessage

MOST_CHARACTERS = 100_000
_WRITTEN_BY_LANGCHAIN = "lc_source"
"""Where create_agent's middleware marks the human messages that it writes itself."""


def words_of_people(messages: Sequence[Any]) -> list[str]:
    """The texts of the human messages, oldest first; the newest up to `MOST_CHARACTERS`."""
    kept: list[str] = []
    left = MOST_CHARACTERS
    for message in reversed(messages):
        if not _is_from_a_person(message):
            continue
        for text in reversed(list(_texts(message))):
            left -= len(text)
            if left < 0:
                return kept[::-1]
            kept.append(text)
    return kept[::-1]


def _is_from_a_person(message: Any) -> bool:
    return (
        isinstance(message, HumanMessage)
        and not message.name
        and _WRITTEN_BY_LANGCHAIN not in message.additional_kwargs
    )


def _texts(message: HumanMessage) -> Iterator[str]:
    blocks = [message.content] if isinstance(message.content, str) else message.content
    for block in blocks:
        if isinstance(block, str):
            yield block
        elif block.get("type") == "text" and isinstance(block.get("text"), str):
            yield block["text"]
