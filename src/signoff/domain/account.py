"""How people and programs prove who they are."""

from __future__ import annotations

from datetime import datetime

from signoff.domain.ids import PersonId, WorkspaceId
from signoff.domain.person import Actor, ActorKind, Person, Scope, as_actor
from signoff.domain.value import Value
from signoff.domain.visibility import EVERYTHING, NOBODY, Viewer, viewer_of


class Session(Value):
    """A signed-in browser."""

    person: Person
    csrf: str
    """Goes into every form of this session and must come back with it."""
    expires_at: datetime


class ApiKey(Value):
    """A bearer key; its secret is shown once and stored as a hash."""

    id: str
    workspace: WorkspaceId
    name: str
    person_id: PersonId | None = None
    """Whose key it is; None for a service, which may not vote."""
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None = None


class KeyHolder(Value):
    """A valid key with the person it belongs to, if any."""

    key: ApiKey
    person: Person | None = None

    @property
    def actor(self) -> Actor:
        if self.person is not None:
            return as_actor(self.person)
        return Actor(kind=ActorKind.SERVICE, id=self.key.id, name=self.key.name)

    @property
    def viewer(self) -> Viewer:
        """What its person may see; a service's key shows the least, unless it has the right to all."""
        if self.person is not None:
            return viewer_of(self.person)
        return EVERYTHING if self.may(Scope.FIELDS_READ) else NOBODY

    def may(self, scope: Scope) -> bool:
        """Whether the key carries `scope`; the admin scope holds all others."""
        return scope in self.key.scopes or Scope.ADMIN in self.key.scopes
