"""What the surroundings decide: where the local stand-ins keep their files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class DealSettings:
    """Settings of this flow; `from_environment` reads them from SIGNOFF_* variables."""

    directory: Path = Path(".signoff/deal_desk")
    """Folder of the local CRM, the local contract store and the Maildir that stands in for e-signature."""
    deals: Path = HERE / "sample" / "deals.yaml"
    """The deals that a new CRM begins with."""
    price_book: Path = HERE / "price_book.yaml"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> DealSettings:
        """SIGNOFF_DEAL_DESK is the folder; empty counts as unset."""
        given = environment.get("SIGNOFF_DEAL_DESK", "")
        return cls(directory=Path(given)) if given else cls()
