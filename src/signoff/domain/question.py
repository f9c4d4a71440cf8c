"""A decision that is no tool call: a draft, a choice between records, a verdict."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from signoff.domain.page_kind import PageKind
from signoff.domain.value import Value

QUESTION = "question"
"""What stands in the place of a tool's name."""


class Question(Value):
    """Asked inside a node with `desk.ask`.

    The answer is one of `choices`, or what `other` describes; free text where neither is given.
    """

    text: str
    choices: tuple[Any, ...] = ()
    other: dict[str, Any] | None = None
    """JSON schema of an answer beside the choices: {"title": "Custom", "type": "string", "pattern": …}.
    Its title names the answer on the page, its description says what fits."""
    kind: PageKind | None = None
    """How the page shows it: "data_conflict" puts the choices side by side."""
    details: str = ""
    """More for the reader, shown under the question."""
    facts: dict[str, Any] = Field(default_factory=dict)
    """What is known, shown beside the question by name; a policy says who sees which (`questions:`)."""

    @property
    def arguments(self) -> dict[str, Any]:
        """What is asked, as the review of it holds it: all but the facts."""
        return self.model_dump(exclude={"facts"})

    def __init__(self, text: str, **data: Any) -> None:
        data["text"] = text
        super().__init__(**data)
