"""The links in the head of every page: what its reader may open."""

from __future__ import annotations

from dataclasses import dataclass

from signoff.domain.permission import Permission, permissions_of
from signoff.domain.person import Person
from signoff.web.pages.translate import N_, gettext


@dataclass(frozen=True)
class Place:
    """A part of the desk."""

    name: str
    href: str
    permission: Permission

    @property
    def label(self) -> str:
        return gettext(self.name)


# A part gets its line here together with its route.
PLACES = (
    Place(N_("Inbox"), "/reviews", Permission.READ_REVIEWS),
    Place(N_("Dashboard"), "/dashboard", Permission.READ_FIGURES),
    Place(N_("Policies"), "/policies", Permission.READ_POLICIES),
    Place(N_("Audit"), "/audit", Permission.READ_AUDIT),
    Place(N_("Runs"), "/runs", Permission.READ_RUNS),
    Place(N_("People"), "/people", Permission.MANAGE_PEOPLE),
)


def places_for(person: Person) -> tuple[Place, ...]:
    """The parts that `person` may open, in the order of the head."""
    may = permissions_of(person.roles)
    return tuple(place for place in PLACES if place.permission in may)
