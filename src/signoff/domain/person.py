"""People and everything else that can act."""

from __future__ import annotations

from enum import StrEnum

from signoff.domain.ids import PersonId, WorkspaceId
from signoff.domain.value import Value


class Role(StrEnum):
    """What a person is trusted with in their workspace."""

    REVIEWER = "reviewer"
    LEAD = "lead"
    POLICY_EDITOR = "policy_editor"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Scope(StrEnum):
    """What an API key or a session may do."""

    RUNS_START = "runs:start"
    REVIEWS_READ = "reviews:read"
    REVIEWS_VOTE = "reviews:vote"
    REVIEWS_WITHDRAW = "reviews:withdraw"
    EFFECTS_READ = "effects:read"
    EFFECTS_SETTLE = "effects:settle"
    AUDIT_READ = "audit:read"
    FIELDS_READ = "fields:read"
    """For a service's key: see every field, also those that are hidden from some people."""
    ADMIN = "admin"


class Person(Value):
    """Somebody who can sign in and decide."""

    id: PersonId
    workspace: WorkspaceId
    email: str
    name: str
    roles: frozenset[Role] = frozenset({Role.REVIEWER})
    groups: frozenset[str] = frozenset()
    active: bool = True

    def matches(self, wanted: tuple[str, ...]) -> bool:
        """Whether one of `wanted` ("group:legal" or an e-mail in any case) means this person."""
        email = self.email.casefold()
        return any(
            w.removeprefix("group:") in self.groups
            if w.startswith("group:")
            else w.strip().casefold() == email
            for w in wanted
        )


class ActorKind(StrEnum):
    """What kind of thing acted; only a person can decide."""

    PERSON = "person"
    AGENT = "agent"
    RULE = "rule"
    SYSTEM = "system"
    SERVICE = "service"


class Actor(Value):
    """Who did something, with the name as it was then."""

    kind: ActorKind
    id: str
    name: str = ""


SYSTEM = Actor(kind=ActorKind.SYSTEM, id="system", name="Signoff")
DEADLINE = Actor(kind=ActorKind.SYSTEM, id="system:deadline", name="Deadline")
RETENTION = Actor(kind=ActorKind.SYSTEM, id="system:retention", name="Retention")
REAPER = Actor(kind=ActorKind.SYSTEM, id="system:reaper", name="Reaper")
AGENT = Actor(kind=ActorKind.AGENT, id="agent", name="Agent")


def as_actor(person: Person) -> Actor:
    """`person` under the name they have now."""
    return Actor(kind=ActorKind.PERSON, id=person.id, name=person.name)
