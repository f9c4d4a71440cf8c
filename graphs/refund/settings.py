"""What the surroundings decide: where the record, the shop's database and the model come from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class FlowSettings:
    """Settings of this flow; `from_environment` reads them from SIGNOFF_* variables."""

    data: Path | None = None
    """Folder with `tau2_retail/`; None means the sample of the record, and no written policy to quote."""
    shop: Path = Path(".signoff/shop.db")
    """The shop's own database; made from the record when it is not there."""
    model: str | None = None
    """`module:factory`, or `provider:model` through LangChain; None is the scripted stand-in."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> FlowSettings:
        """SIGNOFF_DATA, SIGNOFF_SHOP and SIGNOFF_MODEL; empty counts as unset."""
        given = {name: value for name, value in environment.items() if value}
        return cls(
            data=Path(given["SIGNOFF_DATA"]) if "SIGNOFF_DATA" in given else None,
            shop=Path(given.get("SIGNOFF_SHOP", cls.shop)),
            model=given.get("SIGNOFF_MODEL"),
        )
