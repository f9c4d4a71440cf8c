"""Accounts: who may sign in, how a browser or a program proves it, and for how long."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from pwdlib import PasswordHash

from signoff.domain.account import ApiKey, KeyHolder, OpenSession, Session
from signoff.domain.audit import AuditEvent
from signoff.domain.errors import (
    AccountInvalid,
    LastAdmin,
    LinkUsed,
    NotFound,
    NotSignedIn,
    SignInFailed,
)
from signoff.domain.ids import PersonId
from signoff.domain.permission import Permission, permissions_of, scopes_of
from signoff.domain.person import SYSTEM, Actor, Person, Role, Scope, as_actor
from signoff.domain.sentence import sentence
from signoff.store import people as store
from signoff.store.database import Tx
from signoff.store.ids import new_id, new_secret

MIN_PASSWORD, MAX_PASSWORD = 10, 1024
KEY_PREFIX = "signoff_"
LINK = "link"
"""How a session was opened that needs no old password to set a new one."""
_EMAIL = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f]{1,190}")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,120}")
_GROUP = re.compile(r"[^\s,\x00-\x1f\x7f]{1,60}")


@dataclass(frozen=True)
class SignedIn:
    """A new session with the secret for its cookie, given out this once."""

    session: Session
    secret: str


def add_person(
    tx: Tx,
    *,
    email: str,
    name: str,
    password: str | None = None,
    roles: Iterable[Role] = (Role.REVIEWER,),
    groups: Iterable[str] = (),
    actor: Actor = SYSTEM,
) -> Person:
    """Add an account; without a password it can be entered by a log-in link only.

    Raises:
        AccountInvalid: naming the field; also when the e-mail is taken.
    """
    person = Person(
        id=PersonId(new_id("per")),
        workspace=tx.workspace,
        email=_email(email),
        name=_checked(_NAME, "name", name.strip(), sentence("one line of up to 120 characters")),
        roles=frozenset(roles),
        groups=frozenset(groups),
    )
    if not store.add(tx, person, None if password is None else hash_password(password)):
        raise AccountInvalid("email", sentence("%(email)s has an account already", email=person.email))
    _record(tx, "person.added", actor, person, roles=sorted(person.roles), groups=sorted(person.groups))
    return person


def change_person(
    tx: Tx,
    person_id: PersonId,
    *,
    roles: Iterable[Role] | None = None,
    groups: Iterable[str] | None = None,
    active: bool | None = None,
    actor: Actor = SYSTEM,
) -> Person:
    """Change roles, groups or whether the person may sign in; None leaves a value as it is.

    Switching an account off ends its sessions and voids its log-in links.

    Raises:
        NotFound: there is no such person.
        AccountInvalid: a group has no proper name.
        LastAdmin: nobody would be left who may manage people.
    """
    person = get_person(tx, person_id)
    if groups is not None:
        groups = [
            _checked(_GROUP, "groups", group, sentence("a group is a word of up to 60 characters"))
            for group in groups
        ]
    update = {
        "roles": person.roles if roles is None else frozenset(roles),
        "groups": person.groups if groups is None else frozenset(groups),
        "active": person.active if active is None else active,
    }
    changed = person.model_copy(update=update)
    if _manages(person) and not _manages(changed):
        others = (other for other in store.everybody(tx) if other.id != person_id)
        if not any(_manages(other) for other in others):
            raise LastAdmin
    store.change(tx, changed)
    if not changed.active:
        store.end_sessions_of(tx, person_id)
    _record(
        tx,
        "person.changed",
        actor,
        changed,
        roles=sorted(changed.roles),
        groups=sorted(changed.groups),
        active=changed.active,
    )
    return changed


def set_password(tx: Tx, person_id: PersonId, password: str, *, actor: Actor = SYSTEM) -> None:
    """Set a password and end every session that the old one opened."""
    person = get_person(tx, person_id)
    store.set_password_hash(tx, person_id, hash_password(password))
    store.end_sessions_of(tx, person_id)
    _record(tx, "person.password_set", actor, person)


def change_own_password(tx: Tx, session: Session, old: str, new: str) -> None:
    """Set a new password for whoever knows the old one or came by a link; their other sessions end.

    Raises:
        AccountInvalid: the old password is wrong, or the new one is too short or too long.
    """
    person = session.person
    found = store.by_email(tx, person.email)
    known = None if found is None else found[1]
    is_asked = known is not None and session.how != LINK
    if known is not None and is_asked and not (len(old) <= MAX_PASSWORD and _hasher().verify(old, known)):
        raise AccountInvalid("old_password", sentence("this is not your present password"))
    store.set_password_hash(tx, person.id, hash_password(new))
    store.end_sessions_of(tx, person.id, but=session.id)
    _record(tx, "person.password_set", as_actor(person), person)


def has_password(tx: Tx, person: Person) -> bool:
    """Whether the person can sign in by password."""
    found = store.by_email(tx, person.email)
    return found is not None and found[1] is not None


def get_person(tx: Tx, person_id: PersonId) -> Person:
    """The person with this id.

    Raises:
        NotFound: there is none in this workspace.
    """
    person = store.get(tx, person_id)
    if person is None:
        raise NotFound("person", person_id)
    return person


def find_person(tx: Tx, email: str) -> Person:
    """The person with this e-mail.

    Raises:
        NotFound: nobody has it.
    """
    wanted = email.strip().casefold()
    found = store.by_email(tx, wanted) if _EMAIL.fullmatch(wanted) else None
    if found is None:
        raise NotFound("person", email)
    return found[0]


def everybody(tx: Tx) -> tuple[Person, ...]:
    """All accounts of the workspace by e-mail, inactive ones included."""
    return store.everybody(tx)


def matching(tx: Tx, wanted: tuple[str, ...]) -> tuple[Person, ...]:
    """Active persons meant by `wanted`: groups as "group:legal", and e-mails."""
    return tuple(person for person in store.everybody(tx) if person.active and person.matches(wanted))


def check_password(tx: Tx, email: str, password: str) -> Person:
    """The active person of this e-mail and password; takes equally long for unknown accounts.

    Call it outside a write transaction: hashing takes a while.

    Raises:
        SignInFailed: without saying which of the two was wrong.
    """
    wanted = email.strip().casefold()
    found = store.by_email(tx, wanted) if _EMAIL.fullmatch(wanted) else None
    person, known = found if found is not None else (None, None)
    matches = len(password) <= MAX_PASSWORD and _hasher().verify(password, known or _nobody())
    if person is None or known is None or not matches or not person.active:
        raise SignInFailed
    return person


def open_session(
    tx: Tx, person: Person, *, lasts: timedelta, how: str, agent: str = "", zone: str = ""
) -> SignedIn:
    """A new session with a fresh secret; expired ones are forgotten on the way.

    Args:
        agent: what the browser calls itself.
        zone: the browser's time zone.
    """
    store.drop_expired(tx)
    secret, csrf = new_secret(), new_secret()
    session = Session(person=person, csrf=csrf, expires_at=tx.now + lasts)
    store.add_session(tx, _hash(secret), person.id, csrf, session.expires_at, agent=agent, how=how, zone=zone)
    _record(tx, "person.signed_in", as_actor(person), person, how=how)
    return SignedIn(session=session, secret=secret)


def session_of(tx: Tx, secret: str) -> Session | None:
    """The session of a cookie; None when it is over or its person may not sign in any more."""
    session = store.session(tx, _hash(secret))
    if session is None or session.expires_at <= tx.now or not session.person.active:
        return None
    return session


def mark_seen(tx: Tx, secret: str) -> None:
    """Remember that the session of a cookie is in use."""
    store.seen(tx, _hash(secret))


def sessions_of(tx: Tx, person: Person) -> list[OpenSession]:
    """Where the person is signed in, the last used first."""
    return store.sessions_of(tx, person.id)


def end_own_session(tx: Tx, person: Person, session_id: str) -> None:
    """End one session of a person's own.

    Raises:
        NotFound: they have none of that id.
    """
    if not store.end_session_called(tx, person.id, session_id):
        raise NotFound("session", session_id)
    _record(tx, "person.session_ended", as_actor(person), person)


def end_other_sessions(tx: Tx, session: Session) -> None:
    """End every session of the person but this one, and void their log-in links."""
    store.end_sessions_of(tx, session.person.id, but=session.id)
    _record(tx, "person.session_ended", as_actor(session.person), session.person)


def end_session(tx: Tx, secret: str) -> None:
    """Sign out; the cookie is worth nothing afterwards."""
    person_id = store.end_session(tx, _hash(secret))
    person = None if person_id is None else store.get(tx, person_id)
    if person is not None:
        _record(tx, "person.signed_out", as_actor(person), person)


def issue_login_link(
    tx: Tx, person: Person, *, lasts: timedelta = timedelta(minutes=30), actor: Actor = SYSTEM
) -> str:
    """A secret that signs `person` in once; only its hash is stored."""
    secret = new_secret()
    store.add_login_token(tx, _hash(secret), person.id, tx.now + lasts)
    _record(tx, "person.link_issued", actor, person)
    return secret


def redeem_login_link(tx: Tx, secret: str) -> Person:
    """Use up a log-in secret.

    Raises:
        LinkUsed: it was used, is too old, or its person may not sign in.
    """
    person_id = store.use_login_token(tx, _hash(secret))
    person = None if person_id is None else store.get(tx, person_id)
    if person is None or not person.active:
        raise LinkUsed
    return person


def add_key(
    tx: Tx,
    *,
    name: str,
    scopes: Iterable[Scope],
    person: Person | None = None,
    lasts: timedelta | None = None,
    actor: Actor = SYSTEM,
) -> tuple[ApiKey, str]:
    """A new API key with its secret, shown this once. Without a person it is a service's.

    Raises:
        AccountInvalid: no scope, one that the person's roles do not reach, or a service's key with a
            right that only persons may use.
    """
    key = ApiKey(
        id=new_id("key"),
        workspace=tx.workspace,
        name=_checked(_NAME, "name", name.strip(), sentence("one line of up to 120 characters")),
        person_id=None if person is None else person.id,
        scopes=frozenset(scopes),
        created_at=tx.now,
        expires_at=None if lasts is None else tx.now + lasts,
    )
    if not key.scopes:
        raise AccountInvalid("scopes", sentence("a key needs at least one"))
    if person is not None and (beyond := key.scopes - scopes_of(person.roles)):
        raise AccountInvalid(
            "scopes",
            sentence("a key cannot do what its person may not: %(scopes)s", scopes=", ".join(sorted(beyond))),
        )
    if person is None and Scope.REVIEWS_VOTE in key.scopes:
        raise AccountInvalid("person", sentence("only a person's key may vote"))
    secret = KEY_PREFIX + new_secret()
    store.add_key(tx, key, _hash(secret))
    content = {"key": key.id, "name": key.name, "scopes": sorted(key.scopes), "person": key.person_id}
    tx.record(AuditEvent(event="key.added", actor=actor, content=content))
    return key, secret


def holder_of(tx: Tx, secret: str) -> KeyHolder:
    """Who holds this bearer secret.

    Raises:
        NotSignedIn: no such key, revoked, past its time, or its person is not active.
    """
    holder = store.key_holder(tx, _hash(secret))
    if holder is None or not holder.key.is_good(tx.now):
        raise NotSignedIn
    if holder.person is not None and not holder.person.active:
        raise NotSignedIn
    return holder


def keys(tx: Tx) -> tuple[ApiKey, ...]:
    """All API keys of the workspace, oldest first, revoked ones included."""
    return store.keys(tx)


def revoke_own_key(tx: Tx, person: Person, key_id: str) -> None:
    """Make one of a person's own keys worthless.

    Raises:
        NotFound: they have none of that id that is still good.
    """
    if all(key.id != key_id or key.person_id != person.id for key in store.keys(tx)):
        raise NotFound("key", key_id)
    revoke_key(tx, key_id, actor=as_actor(person))


def revoke_key(tx: Tx, key_id: str, *, actor: Actor = SYSTEM) -> None:
    """Make a key worthless at once.

    Raises:
        NotFound: there is no such key that is still good.
    """
    if not store.revoke_key(tx, key_id):
        raise NotFound("key", key_id)
    tx.record(AuditEvent(event="key.revoked", actor=actor, content={"key": key_id}))


def hash_password(password: str) -> str:
    """Argon2id of a password.

    Raises:
        AccountInvalid: it is too short or too long.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise AccountInvalid(
            "password",
            sentence("use %(least)s to %(most)s characters", least=MIN_PASSWORD, most=MAX_PASSWORD),
        )
    return _hasher().hash(password)


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobody() -> str:
    """A hash that no password was made for, to spend the same time on unknown accounts."""
    return _hasher().hash(new_secret())


def _hash(secret: str) -> str:
    """Secrets carry 256 random bits, so a plain digest cannot be guessed back."""
    return hashlib.sha256(b"signoff/secret\0" + secret.encode(errors="replace")).hexdigest()


def _email(email: str) -> str:
    return _checked(_EMAIL, "email", email.strip().casefold(), sentence("not an e-mail address"))


def _checked(pattern: re.Pattern[str], field: str, text: str, wanted: str) -> str:
    if not pattern.fullmatch(text):
        raise AccountInvalid(field, wanted)
    return text


def _manages(person: Person) -> bool:
    return person.active and Permission.MANAGE_PEOPLE in permissions_of(person.roles)


def _record(tx: Tx, event: str, actor: Actor, person: Person, **content: object) -> None:
    about = {"person": person.id, "email": person.email, "name": person.name}
    tx.record(AuditEvent(event=event, actor=actor, content=about | content))
