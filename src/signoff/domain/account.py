"""How people and programs prove who they are."""

from __future__ import annotations

from datetime import datetime

from signoff.domain.ids import PersonId, WorkspaceId
from signoff.domain.permission import scopes_of
from signoff.domain.person import Actor, ActorKind, Person, Scope, as_actor
from signoff.domain.preferences import Preferences
from signoff.domain.value import Value
from signoff.domain.visibility import EVERYTHING, NOBODY, Viewer, viewer_of


class Session(Value):
    """A signed-in browser."""

    person: Person
    csrf: str
    """Goes into every form of this session and must come back with it."""
    expires_at: datetime
    id: str = ""
    """Names the session in a list; it is worth nothing as a secret."""
    zone: str = ""
    """The browser's time zone."""
    how: str = ""
    """How it was opened: by password, link or provider."""
    seen_at: datetime | None = None
    preferences: Preferences = Preferences()


class OpenSession(Value):
    """A session in the list of its person."""

    id: str
    agent: str
    """What the browser called itself."""
    how: str
    created_at: datetime
    seen_at: datetime


class ApiKey(Value):
    """A bearer key; its secret is shown once and stored as a hash."""

    id: str
    workspace: WorkspaceId
    name: str
    person_id: PersonId | None = None
    """Whose key it is; None for a service, which may not vote."""
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


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
        """Whether the key carries `scope`, and its person still may; the admin scope holds all others."""
        carries = scope in self.key.scopes or Scope.ADMIN in self.key.scopes
        return carries and (self.person is None or scope in scopes_of(self.person.roles))
