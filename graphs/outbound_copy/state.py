"""What one run of the flow carries."""

from __future__ import annotations

from typing import Annotated, TypedDict

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages


class OutboundState(TypedDict, total=False):
    """State of the flow; `customer_id` is set by whoever starts the run, never by the model."""

    messages: Annotated[list[AnyMessage], add_messages]
    brief: str
    customer_id: str
