"""The briefs: what marketing asks for, one mail each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from graphs.outbound_copy.settings import HERE

BRIEFS = HERE / "briefs.yaml"


class Brief(BaseModel):
    """One mail to write."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    customer_id: str
    title: str
    ask: str
    """What the mail should say, in the words of whoever asks for it."""
    product: str | None = None
    """The product that it is about, if there is one."""
    shows: str
    """What this brief shows of the review, for readers of a demonstration; the model never sees it."""


def load_briefs(path: Path = BRIEFS) -> tuple[Brief, ...]:
    """The briefs in the order of the file.

    Raises:
        ValueError: a brief does not fit, or an id stands twice.
    """
    briefs = tuple(Brief.model_validate(one) for one in yaml.safe_load(path.read_text(encoding="utf-8")))
    if len({brief.id for brief in briefs}) != len(briefs):
        raise ValueError(f"{path}: a brief's id stands twice")
    return briefs


def brief_text(brief: Brief) -> str:
    """The brief as the model reads it."""
    lines = [f"Brief: {brief.id}", f"Customer: {brief.customer_id}"]
    if brief.product:
        lines.append(f"Product: {brief.product}")
    return "\n".join([*lines, "", brief.ask.strip()])


def brief_input(brief: Brief) -> dict[str, Any]:
    """The graph's input for one brief, as plain JSON values."""
    return {
        "messages": [{"role": "user", "content": brief_text(brief)}],
        "brief": brief.id,
        "customer_id": brief.customer_id,
    }
