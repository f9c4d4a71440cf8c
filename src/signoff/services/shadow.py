"""Shadow mode: letting calls pass that would have waited, and counting them."""

from __future__ import annotations

from datetime import datetime, timedelta

from signoff.domain.action import Action
from signoff.domain.shadow import in_shadow
from signoff.domain.value import Value
from signoff.services.core import Core
from signoff.services.judge import Judgement
from signoff.store import history
from signoff.store.database import Tx
from signoff.store.history import Wanted

_DAY = timedelta(days=1)


def as_shadow(core: Core, action: Action, judgement: Judgement) -> Judgement:
    """`judgement` with its review passed, where the tool's gate only watches now."""
    until = core.judge.policy.tool(action.tool).shadow_until
    if until is None:
        return judgement
    with core.database.read(action.workspace) as tx:
        verdict = in_shadow(judgement.verdict, action.tool, until, tx.now)
    return judgement.model_copy(update={"verdict": verdict})


def lately(tx: Tx, cap: int) -> int:
    """Calls of the last seven days that passed in shadow mode, counted no further than `cap`."""
    return history.count_in_shadow(tx, tx.now - 7 * _DAY, cap)


class ShadowVolume(Value):
    """How many calls of one tool passed in shadow mode that one rule would have held."""

    tool: str
    rule: str | None
    """None: no rule matched, or the policy could not be evaluated."""
    calls: int
    failed: int
    """How many of them for an error of the policy, the facts or a detector."""
    first_at: datetime
    last_at: datetime

    @property
    def per_day(self) -> float:
        """Over the time from the first to the last of them, one day at least."""
        return self.calls / max((self.last_at - self.first_at) / _DAY, 1.0)


def volumes(tx: Tx, wanted: Wanted) -> tuple[ShadowVolume, ...]:
    """What would have waited for people, by tool and rule, the most first."""
    return tuple(
        ShadowVolume(
            tool=found.tool,
            rule=found.rule,
            calls=found.calls,
            failed=found.failed,
            first_at=found.first_at,
            last_at=found.last_at,
        )
        for found in history.in_shadow(tx, wanted)
    )
