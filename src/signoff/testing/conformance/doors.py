"""Every guard that the suite knows, by family and door."""

from __future__ import annotations

from signoff.testing.conformance.adapter import Door
from signoff.testing.conformance.bare_doors import InterruptInGateDoor, InterruptInToolDoor
from signoff.testing.conformance.langchain_doors import BatchedDoor, PerCallDoor
from signoff.testing.conformance.signoff_doors import (
    AskDoor,
    GateDoor,
    MiddlewareDoor,
    ProtectDoor,
    ToolNodeDoor,
)

DOORS: dict[str, tuple[Door, ...]] = {
    "signoff": (GateDoor, ToolNodeDoor, MiddlewareDoor, ProtectDoor, AskDoor),
    "langchain": (BatchedDoor, PerCallDoor),
    "bare": (InterruptInToolDoor, InterruptInGateDoor),
}
