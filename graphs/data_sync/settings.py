"""What the surroundings decide: where the two systems stand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class FlowSettings:
    """Settings of this flow; `from_environment` reads them from SIGNOFF_* variables."""

    crm: Path = Path(".signoff/crm.db")
    erp: Path = Path(".signoff/erp.db")
    """Made from the samples when they are not there."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> FlowSettings:
        """SIGNOFF_CRM and SIGNOFF_ERP; empty counts as unset."""
        return cls(
            crm=Path(environment.get("SIGNOFF_CRM") or cls.crm),
            erp=Path(environment.get("SIGNOFF_ERP") or cls.erp),
        )
