"""What a detector is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from signoff.domain.action import Action
from signoff.domain.flag import RiskFlag


class Detector(Protocol):
    """Reads an action and reports what it finds; pure, offline and deterministic.

    It reads `action.arguments` (what would run) and `action.context` (the facts it may rely on).
    An exception is not caught here: whoever runs detectors turns it into a review.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def codes(self) -> frozenset[str]:
        """Every flag code that it can give; a condition that waits for another never holds."""
        ...

    @property
    def reads(self) -> frozenset[str]:
        """The facts that it relies on under its settings, as dotted paths into `action.context`."""
        ...

    def detect(self, action: Action) -> Sequence[RiskFlag]: ...
