"""Outbound copy: an agent drafts mail to customers; routine goes out by policy, the rest is reviewed."""

from __future__ import annotations

from graphs.outbound_copy.briefs import Brief, brief_input, load_briefs
from graphs.outbound_copy.graph import build
from graphs.outbound_copy.settings import FlowSettings

__all__ = ["Brief", "FlowSettings", "brief_input", "build", "load_briefs"]
