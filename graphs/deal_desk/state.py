"""What one run of the flow carries."""

from __future__ import annotations

from typing import Annotated, TypedDict

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages


class DealState(TypedDict, total=False):
    """State of the flow; `deal_id` is set by whoever starts the run, `deal_version` by the first node."""

    messages: Annotated[list[AnyMessage], add_messages]
    deal_id: str
    deal_version: int
