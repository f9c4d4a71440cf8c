"""The links in the head of every page: what its reader may open."""

from __future__ import annotations

from dataclasses import dataclass

from signoff.domain.permission import Permission, permissions_of
from signoff.domain.person import Person


@dataclass(frozen=True)
class Place:
    """A part of the desk."""

    label: str
    href: str
    permission: Permission


# A part gets its line here together with its route.
PLACES = (
    Place("Inbox", "/reviews", Permission.READ_REVIEWS),
    Place("Dashboard", "/dashboard", Permission.READ_FIGURES),
    Place("Policies", "/policies", Permission.READ_POLICIES),
    Place("Audit", "/audit", Permission.READ_AUDIT),
    Place("Runs", "/runs", Permission.READ_RUNS),
    Place("People", "/people", Permission.MANAGE_PEOPLE),
)


def places_for(person: Person) -> tuple[Place, ...]:
    """The parts that `person` may open, in the order of the head."""
    may = permissions_of(person.roles)
    return tuple(place for place in PLACES if place.permission in may)
