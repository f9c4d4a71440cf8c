"""Whom a review waits for, in a form that a list of very many can be searched by."""

from __future__ import annotations

from collections.abc import Iterable, Set

from signoff.domain import canonical
from signoff.domain.ids import Digest, PersonId
from signoff.domain.person import Person
from signoff.domain.review import ReviewFile
from signoff.domain.stage import Stage, StageKind
from signoff.domain.tally import heard_in
from signoff.domain.value import Value
from signoff.domain.vote import Vote

ANYBODY = "*"
EVERYBODY = "everybody"
"""The key of the audience that has no other member than `ANYBODY`."""
SETTLING = "settling"
"""Stands in the place of an audience while a decided review can still be taken back."""
MAX_EMAIL = 254
_BUT = "-"


class Waiting(Value):
    """Whom the live stage of a review waits for.

    Many reviews share an audience, so it is kept once and named by its key; what differs from review
    to review stands beside it.
    """

    audience: str
    members: frozenset[str]
    """The stage's candidates as the policy names them, the persons they meant, `ANYBODY` for an open
    candidate set, and the excluded with a minus before them."""
    not_for: str | None = None
    """The requester whom four eyes keeps out, by e-mail."""
    heard: frozenset[PersonId] = frozenset()
    """Who said their word on this stage already, or wrote what it is about."""


def waiting_for(file: ReviewFile, number: int) -> Waiting:
    """Whom `file` waits for while its stage `number` is open."""
    stage = file.stages[min(number, len(file.stages)) - 1]
    return waiting_in(stage, file.review.requester, file.votes, file.current.digest, file.authors())


def waiting_in(
    stage: Stage,
    requester: str | None,
    votes: Iterable[Vote] = (),
    digest: Digest | None = None,
    authors: Set[PersonId] = frozenset(),
) -> Waiting:
    """Like `waiting_for`, from its parts."""
    four_eyes = stage.spec.four_eyes and stage.spec.kind is not StageKind.CONFIRM
    # Without words of the policy, four eyes alone excludes: that is `not_for`, and no audience of its own.
    excluded = stage.excluded if stage.spec.excluded else frozenset[PersonId]()
    if stage.candidates is None:
        members = {ANYBODY} | {_BUT + person for person in excluded}
    else:
        members = {*stage.spec.candidates, *(stage.candidates - excluded)}
    return Waiting(
        audience=_key(members),
        members=frozenset(members),
        not_for=requester.strip().casefold()[:MAX_EMAIL] if four_eyes and requester else None,
        heard=frozenset(heard_in(stage, votes, digest)) | (authors if four_eyes else frozenset()),
    )


def includes(members: Set[str], person: Person) -> bool:
    """Whether `person` is one of those meant."""
    return person.id in members or (ANYBODY in members and _BUT + person.id not in members)


def names_a_group_of(members: Set[str], person: Person) -> bool:
    """Whether the policy named one of the person's groups."""
    return any(f"group:{group}" in members for group in person.groups)


def named(members: Set[str]) -> tuple[str, ...]:
    """The candidates in the policy's words, groups first; empty when everybody may decide."""
    return tuple(sorted((m for m in members if m.startswith("group:") or "@" in m), key=_groups_first))


def _groups_first(member: str) -> tuple[bool, str]:
    return not member.startswith("group:"), member


def _key(members: Set[str]) -> str:
    if members == {ANYBODY}:
        return EVERYBODY
    return "aud_" + canonical.digest("audience", sorted(members))[-32:]
