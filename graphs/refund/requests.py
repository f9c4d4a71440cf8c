"""Sample requests: what customers of the sample ask for, and the calls that serve them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from graphs.refund.settings import HERE

REQUESTS = HERE / "requests.yaml"


class ToolUse(BaseModel):
    """One tool call of a script."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    arguments: dict[str, Any]


class Request(BaseModel):
    """One customer's request with the calls of the stand-in, in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    customer_id: str
    """Who is signed in."""
    says: str
    calls: tuple[ToolUse, ...]
    shows: str = ""
    """What it shows of the review, for readers; the model never sees it."""


def load_requests(path: Path = REQUESTS) -> tuple[Request, ...]:
    """The sample requests in the order of the file.

    Raises:
        ValueError: a request does not fit, or an id stands twice.
    """
    requests = tuple(Request.model_validate(one) for one in yaml.safe_load(path.read_text(encoding="utf-8")))
    if len({request.id for request in requests}) != len(requests):
        raise ValueError(f"{path}: a request's id stands twice")
    return requests


def request_text(request: Request) -> str:
    """The request as the model reads it."""
    return f"Request: {request.id}\nSigned in: {request.customer_id}\n\n{request.says.strip()}"


def request_input(request: Request) -> dict[str, Any]:
    """The graph's input for one request, as plain JSON values."""
    return {
        "messages": [{"role": "user", "content": request_text(request)}],
        "request": request.id,
        "customer_id": request.customer_id,
    }
