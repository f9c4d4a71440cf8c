"""A decision that is no tool call: a draft, a choice between records, a verdict."""

from __future__ import annotations

from typing import Any

from signoff.domain.value import Value


class Question(Value):
    """Asked inside a node with `desk.ask`; the answer is one of `choices`, or free text without them."""

    text: str
    choices: tuple[Any, ...] = ()
    details: str = ""
    """More for the reader, shown under the question."""

    def __init__(self, text: str, **data: Any) -> None:
        data["text"] = text
        super().__init__(**data)
