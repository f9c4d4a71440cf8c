"""Who has a review open now: a sign to others that lapses by itself, and keeps nobody from deciding."""

from __future__ import annotations

from datetime import datetime, timedelta

from signoff.domain.ids import PersonId
from signoff.domain.value import Value

LAPSES_AFTER = timedelta(minutes=2)
"""How long a page that no longer says anything still counts as open."""


class Look(Value):
    """One person who may decide a review and has it open."""

    person: PersonId
    name: str
    since: datetime
