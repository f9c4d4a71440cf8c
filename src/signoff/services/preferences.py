"""What people choose for their own pages."""

from __future__ import annotations

from signoff.domain.audit import AuditEvent
from signoff.domain.errors import AccountInvalid
from signoff.domain.person import Person, as_actor
from signoff.domain.preferences import KEYS, Preferences, key_faults
from signoff.domain.sentence import sentence
from signoff.store import people
from signoff.store.database import Tx


def chosen_by(tx: Tx, person: Person) -> Preferences:
    """What `person` chose."""
    return people.preferences(tx, person.id)


def choose(tx: Tx, person: Person, chosen: Preferences) -> None:
    """Keep what `person` chose.

    Raises:
        AccountInvalid: naming the first key that is none, or that two things share.
    """
    for name, fault in key_faults(chosen.keys).items():
        does = next(key.does for key in KEYS if key.name == name)
        raise AccountInvalid(f"key_{name}", sentence("“%(key)s”: %(fault)s", key=does, fault=fault))
    people.set_preferences(tx, person.id, chosen)
    content = {"person": person.id, **chosen.model_dump(mode="json", exclude_defaults=True)}
    tx.record(AuditEvent(event="person.preferences_changed", actor=as_actor(person), content=content))
