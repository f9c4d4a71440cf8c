"""Deal desk: standard deals are contracted by policy, exceptions go through sales lead and legal."""

from __future__ import annotations

from graphs.deal_desk.graph import build
from graphs.deal_desk.settings import DealSettings
from graphs.deal_desk.systems import Systems
from graphs.deal_desk.trigger import trigger

__all__ = ["DealSettings", "Systems", "build", "trigger"]
