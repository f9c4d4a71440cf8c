"""What tests and demos of approvals need; `signoff.testing.conformance` tries out guards."""

from signoff.testing.clock import FixedClock
from signoff.testing.effects import EffectCounter, Happened, effect_key
from signoff.testing.fixtures import TemporaryPostgres, migrate, temporary_desk, temporary_postgres
from signoff.testing.lint import swallowed_pauses
from signoff.testing.reviewer import Answer, Line, ScriptedReviewer, ScriptRanOut

__all__ = [
    "Answer",
    "EffectCounter",
    "FixedClock",
    "Happened",
    "Line",
    "ScriptRanOut",
    "ScriptedReviewer",
    "TemporaryPostgres",
    "effect_key",
    "migrate",
    "swallowed_pauses",
    "temporary_desk",
    "temporary_postgres",
]
