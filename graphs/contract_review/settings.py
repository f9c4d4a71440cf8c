"""What the surroundings decide: where contracts and mail go, which playbook holds, who drafts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from graphs.contract_review.playbook import PLAYBOOK

HERE = Path(__file__).parent


@dataclass(frozen=True)
class FlowSettings:
    """Settings of this flow; `from_environment` reads them from SIGNOFF_* variables."""

    folder: Path = Path(".signoff/contracts")
    """Where contracts lie that came in, and redlines that were made; all workers need the same one."""
    maildir: Path = Path(".signoff/maildir")
    smtp_url: str | None = None
    """`smtp://user:password@host:port`, or `smtps://…`; None delivers to the Maildir."""
    playbook: Path = PLAYBOOK
    model: str | None = None
    """`module:factory`, or `provider:model` through LangChain; None is the stand-in that writes what the
    playbook says."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> FlowSettings:
        """SIGNOFF_CONTRACTS, SIGNOFF_MAILDIR, SIGNOFF_SMTP_URL, SIGNOFF_PLAYBOOK and SIGNOFF_MODEL."""
        given = {name: value for name, value in environment.items() if value}
        return cls(
            folder=Path(given.get("SIGNOFF_CONTRACTS", cls.folder)),
            maildir=Path(given.get("SIGNOFF_MAILDIR", cls.maildir)),
            smtp_url=given.get("SIGNOFF_SMTP_URL"),
            playbook=Path(given.get("SIGNOFF_PLAYBOOK", cls.playbook)),
            model=given.get("SIGNOFF_MODEL"),
        )
