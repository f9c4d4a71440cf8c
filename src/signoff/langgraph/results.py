"""Results kept whole, so that a re-run hands out exactly what the first run did."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from langchain_core.messages import ToolMessage
from langgraph.types import Command, Send

from signoff.domain.errors import TypeNotAllowed
from signoff.langgraph.serializer import StrictSerializer

Result = ToolMessage | Command[Any] | list[Any]

_OURS: tuple[type, ...] = (Command, Send)


class ResultStore:
    """Writes results as text and reads them back.

    Args:
        types: classes of artifacts that can be kept; a result with others loses its artifacts.
    """

    def __init__(self, types: Iterable[type] = ()) -> None:
        self._serializer = StrictSerializer([*_OURS, *types])

    def keep(self, result: Result, call_id: str) -> tuple[Result, str]:
        """The part of `result` that can be kept, and what keeps it: all of it, or without artifacts, or
        its text alone."""
        for candidate in (result, without_artifacts(result)):
            try:
                return candidate, self._dump(candidate)
            except (TypeError, ValueError, TypeNotAllowed):
                continue
        bare = ToolMessage(content=text_of(result, call_id), tool_call_id=call_id)
        return bare, self._dump(bare)

    def _dump(self, result: Result) -> str:
        kind, data = self._serializer.dumps_typed(result)
        return f"{kind}:{base64.b64encode(data).decode()}"

    def load(self, text: str) -> Result:
        kind, data = text.split(":", 1)
        result: Result = self._serializer.loads_typed((kind, base64.b64decode(data)))
        return result


def map_messages(result: Any, call_id: str, change: Any) -> Any:
    """`result` with `change` applied to every tool message that answers `call_id`."""
    match result:
        case ToolMessage() if result.tool_call_id == call_id:
            return change(result)
        case list():
            return [map_messages(item, call_id, change) for item in result]
        case Command(update=dict() as update):
            return replace(
                result, update={key: map_messages(value, call_id, change) for key, value in update.items()}
            )
        case Command(update=list() as messages):
            return replace(result, update=map_messages(messages, call_id, change))
        case _:
            return result


def is_error(result: Any, call_id: str) -> bool:
    """Whether a tool message among the results says that the tool failed."""
    found: list[bool] = []

    def look(message: ToolMessage) -> ToolMessage:
        found.append(message.status == "error")
        return message

    map_messages(result, call_id, look)
    return any(found)


def text_of(result: Any, call_id: str) -> str:
    """What the tool messages say, for a person to read."""
    found: list[str] = []

    def look(message: ToolMessage) -> ToolMessage:
        found.append(message.text)
        return message

    map_messages(result, call_id, look)
    return "\n".join(found)


def without_artifacts(result: Any) -> Any:
    """`result` with the artifacts of its tool messages left out."""

    def strip(message: ToolMessage) -> ToolMessage:
        return message.model_copy(update={"artifact": None})

    match result:
        case ToolMessage():
            return strip(result)
        case list():
            return [without_artifacts(item) for item in result]
        case _:
            return result
