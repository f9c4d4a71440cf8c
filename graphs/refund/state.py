"""What one conversation of the flow carries."""

from __future__ import annotations

from typing import Annotated, TypedDict

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages


class RefundState(TypedDict, total=False):
    """State of the flow; `customer_id` is who has signed in to the shop, and never comes from the model."""

    messages: Annotated[list[AnyMessage], add_messages]
    request: str
    customer_id: str
