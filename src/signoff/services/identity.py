"""Signing in by an OpenID provider: from what it claims to a person of the workspace."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from signoff.domain.audit import AuditEvent
from signoff.domain.errors import LastAdmin, NotFound, SignInRefused
from signoff.domain.person import SYSTEM, Person, Role, as_actor
from signoff.domain.sentence import sentence
from signoff.services import people
from signoff.store import identities
from signoff.store.database import Tx
from signoff.store.identities import Attempt
from signoff.store.ids import new_secret

ATTEMPT_LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class Claimed:
    """What a provider says about somebody."""

    issuer: str
    subject: str
    email: str
    is_verified: bool
    """Whether the provider vouches for the e-mail."""
    name: str = ""
    roles: Collection[Role] | None = None
    """What the provider's groups mean here; None leaves roles to us."""
    groups: Collection[str] | None = None


def begin(tx: Tx, attempt: Attempt) -> tuple[str, str]:
    """A new attempt; the state for the provider, and the secret that binds it to the browser."""
    state, browser = new_secret(), new_secret()
    identities.begin(tx, _hash(state), _hash(browser), attempt, tx.now + ATTEMPT_LASTS)
    return state, browser


def take(tx: Tx, state: str, browser: str) -> Attempt:
    """The attempt that a browser comes back from; it is worth nothing a second time.

    Raises:
        SignInRefused: it was not begun in this browser, is over, or was used.
    """
    attempt = identities.take(tx, _hash(state), _hash(browser))
    if attempt is None:
        raise SignInRefused(
            sentence("This sign-in was not begun in this browser, or it is over. Begin again.")
        )
    return attempt


def person_claimed(tx: Tx, claimed: Claimed, *, provision: bool) -> Person:
    """The person whom the provider means, with roles and groups as it says.

    Raises:
        SignInRefused: nobody has an account for it, or that account may not be entered.
    """
    person = _known(tx, claimed) or _found_by_email(tx, claimed, provision=provision)
    if not person.active:
        raise SignInRefused(
            sentence("The account of %(email)s is switched off. Ask an administrator.", email=person.email)
        )
    return _as_claimed(tx, person, claimed)


def _known(tx: Tx, claimed: Claimed) -> Person | None:
    found = identities.person_of(tx, claimed.issuer, claimed.subject)
    return None if found is None else people.get_person(tx, found)


def _found_by_email(tx: Tx, claimed: Claimed, *, provision: bool) -> Person:
    """The account of a verified e-mail, from now on known by the subject."""
    if not claimed.email or not claimed.is_verified:
        raise SignInRefused(
            sentence("The identity provider does not vouch for your e-mail, so it opens no account.")
        )
    try:
        person = people.find_person(tx, claimed.email)
    except NotFound as error:
        if not provision:
            raise SignInRefused(
                sentence(
                    "Nobody here has the e-mail %(email)s. Ask an administrator for an account.",
                    email=claimed.email,
                )
            ) from error
        name = " ".join(claimed.name.split())[:120] or claimed.email
        person = people.add_person(tx, email=claimed.email, name=name)
    if identities.is_known(tx, claimed.issuer, person.id):
        raise SignInRefused(
            sentence(
                "%(email)s belongs to another account of the identity provider. Ask an administrator.",
                email=person.email,
            )
        )
    identities.link(tx, claimed.issuer, claimed.subject, person.id)
    content = {"person": person.id, "issuer": claimed.issuer, "subject": claimed.subject}
    tx.record(AuditEvent(event="person.identity_linked", actor=as_actor(person), content=content))
    return person


def _as_claimed(tx: Tx, person: Person, claimed: Claimed) -> Person:
    roles = person.roles if claimed.roles is None else frozenset(claimed.roles)
    groups = person.groups if claimed.groups is None else frozenset(claimed.groups)
    if (roles, groups) == (person.roles, person.groups):
        return person
    try:
        return people.change_person(tx, person.id, roles=roles, groups=groups, actor=SYSTEM)
    except LastAdmin:
        # The provider does not take the last administrator away: nobody could give the role back.
        return people.change_person(tx, person.id, roles=roles | {Role.ADMIN}, groups=groups, actor=SYSTEM)


def _hash(secret: str) -> str:
    return hashlib.sha256(b"signoff/attempt\0" + secret.encode(errors="replace")).hexdigest()
