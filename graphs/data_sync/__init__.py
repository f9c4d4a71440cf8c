"""CRM against ERP: conflicts are asked about once each, then both systems are brought in line."""

from __future__ import annotations

from graphs.data_sync.graph import build
from graphs.data_sync.settings import FlowSettings

__all__ = ["FlowSettings", "build"]
