"""What the surroundings decide: where the data, the mailbox and the model come from."""

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
    """Folder with `tau2_retail/db.json`; None means the sample that comes with the flow."""
    maildir: Path = Path(".signoff/maildir")
    smtp_url: str | None = None
    """`smtp://user:password@host:port`, or `smtps://…`; None delivers to the Maildir."""
    model: str | None = None
    """`module:factory`, or `provider:model` through LangChain; None is the scripted stand-in."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> FlowSettings:
        """SIGNOFF_DATA, SIGNOFF_MAILDIR, SIGNOFF_SMTP_URL and SIGNOFF_MODEL; empty counts as unset."""
        given = {name: value for name, value in environment.items() if value}
        return cls(
            data=Path(given["SIGNOFF_DATA"]) if "SIGNOFF_DATA" in given else None,
            maildir=Path(given.get("SIGNOFF_MAILDIR", cls.maildir)),
            smtp_url=given.get("SIGNOFF_SMTP_URL"),
            model=given.get("SIGNOFF_MODEL"),
        )
