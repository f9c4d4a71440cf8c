"""Signoff: no side effect without a sign-off.

The public API. Importing it loads neither langgraph nor the database layer; both come with first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signoff.app import Desk
    from signoff.domain.effect import Effect, EffectState, Settlement
    from signoff.domain.errors import NotDone, PolicyInvalid, SignoffError, Unanswered, UnsafeGraph
    from signoff.domain.flag import RiskFlag, Severity
    from signoff.domain.person import Person, Role
    from signoff.domain.question import Question
    from signoff.domain.review import Outcome, Review
    from signoff.domain.vote import VoteKind
    from signoff.langgraph.calls import Call

_HOMES = {
    "Call": "signoff.langgraph.calls",
    "Desk": "signoff.app",
    "Effect": "signoff.domain.effect",
    "EffectState": "signoff.domain.effect",
    "NotDone": "signoff.domain.errors",
    "Outcome": "signoff.domain.review",
    "Person": "signoff.domain.person",
    "PolicyInvalid": "signoff.domain.errors",
    "Question": "signoff.domain.question",
    "Review": "signoff.domain.review",
    "RiskFlag": "signoff.domain.flag",
    "Role": "signoff.domain.person",
    "Settlement": "signoff.domain.effect",
    "Severity": "signoff.domain.flag",
    "SignoffError": "signoff.domain.errors",
    "Unanswered": "signoff.domain.errors",
    "UnsafeGraph": "signoff.domain.errors",
    "VoteKind": "signoff.domain.vote",
}

__all__ = [
    "Call",
    "Desk",
    "Effect",
    "EffectState",
    "NotDone",
    "Outcome",
    "Person",
    "PolicyInvalid",
    "Question",
    "Review",
    "RiskFlag",
    "Role",
    "Settlement",
    "Severity",
    "SignoffError",
    "Unanswered",
    "UnsafeGraph",
    "VoteKind",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'signoff' has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return __all__
