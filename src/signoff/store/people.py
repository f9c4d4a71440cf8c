"""Persons, their sessions and log-in tokens, and API keys. Secrets come in as their hashes."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, func, insert, select, update

from signoff.domain.account import ApiKey, KeyHolder, OpenSession, Session
from signoff.domain.ids import PersonId, WorkspaceId
from signoff.domain.person import Person, Role, Scope
from signoff.domain.preferences import Preferences
from signoff.store.database import Tx
from signoff.store.prepared import Prepared
from signoff.store.rows import ApiKeyRow, LoginTokenRow, PersonRow, SessionRow
from signoff.store.sql import insert_new, table

_people, _sessions = table(PersonRow), table(SessionRow)
_tokens, _keys = table(LoginTokenRow), table(ApiKeyRow)
_SHOWN = 16
"""How much of a secret's hash names a session: enough to tell them apart, too little to find the secret."""
_GET = Prepared(
    select(_people).where(_people.c.workspace == bindparam("of"), _people.c.id == bindparam("with_id"))
)


def add(tx: Tx, person: Person, password_hash: str | None) -> bool:
    """Add a person; False when the e-mail is taken."""
    values = {
        "id": person.id,
        "workspace": tx.workspace,
        "email": person.email,
        "name": person.name,
        "password_hash": password_hash,
        "roles": _dump(person.roles),
        "groups": _dump(person.groups),
        "active": person.active,
        "preferences": "{}",
        "created_at": tx.now,
    }
    return insert_new(tx, _people, values)


def change(tx: Tx, person: Person) -> None:
    """Write name, roles, groups and whether the person is active."""
    tx.execute(
        update(_people)
        .where(_people.c.workspace == tx.workspace, _people.c.id == person.id)
        .values(
            name=person.name,
            roles=_dump(person.roles),
            groups=_dump(person.groups),
            active=person.active,
        )
    )


def set_password_hash(tx: Tx, person_id: PersonId, password_hash: str) -> None:
    """Replace the hash of a password."""
    tx.execute(
        update(_people)
        .where(_people.c.workspace == tx.workspace, _people.c.id == person_id)
        .values(password_hash=password_hash)
    )


def _all(tx: Tx) -> Select[Any]:
    return select(_people).where(_people.c.workspace == tx.workspace)


def get(tx: Tx, person_id: PersonId) -> Person | None:
    """A person of this workspace."""
    row = _GET.run(tx, {"of": tx.workspace, "with_id": person_id}).one_or_none()
    return None if row is None else _person(row)


def by_email(tx: Tx, email: str) -> tuple[Person, str | None] | None:
    """A person with the password's hash, None where no password is set."""
    row = tx.execute(_all(tx).where(_people.c.email == email)).one_or_none()
    return None if row is None else (_person(row), row.password_hash)


def everybody(tx: Tx) -> tuple[Person, ...]:
    """All persons of this workspace by e-mail."""
    return tuple(_person(row) for row in tx.execute(_all(tx).order_by(_people.c.email)))


def preferences(tx: Tx, person_id: PersonId) -> Preferences:
    """What a person chose for their pages."""
    query = select(_people.c.preferences).where(
        _people.c.workspace == tx.workspace, _people.c.id == person_id
    )
    return Preferences.model_validate_json(tx.execute(query).scalar_one())


def set_preferences(tx: Tx, person_id: PersonId, chosen: Preferences) -> None:
    """Keep what a person chose for their pages."""
    tx.execute(
        update(_people)
        .where(_people.c.workspace == tx.workspace, _people.c.id == person_id)
        .values(preferences=chosen.model_dump_json(exclude_defaults=True))
    )


def add_session(
    tx: Tx, secret_hash: str, person_id: PersonId, csrf: str, expires_at: datetime, **about: str
) -> None:
    """Keep a new session.

    Args:
        about: `agent`, `how` and `zone`.
    """
    tx.execute(
        insert(_sessions),
        {
            "secret_hash": secret_hash,
            "workspace": tx.workspace,
            "person_id": person_id,
            "csrf": csrf,
            "created_at": tx.now,
            "seen_at": tx.now,
            "expires_at": expires_at,
            **{name: about.get(name, "") for name in ("agent", "how", "zone")},
        },
    )


def session(tx: Tx, secret_hash: str) -> Session | None:
    """A session of whatever workspace: the secret names it."""
    query = (
        select(
            _people,
            _sessions.c.csrf,
            _sessions.c.expires_at,
            _sessions.c.zone,
            _sessions.c.how,
            _sessions.c.seen_at,
        )
        .join(_sessions, _sessions.c.person_id == _people.c.id)
        .where(_sessions.c.secret_hash == secret_hash, _sessions.c.workspace == _people.c.workspace)
    )
    row = tx.execute(query).one_or_none()
    if row is None:
        return None
    return Session(
        person=_person(row),
        csrf=row.csrf,
        expires_at=row.expires_at,
        id=secret_hash[:_SHOWN],
        zone=row.zone,
        how=row.how,
        seen_at=row.seen_at,
        preferences=Preferences.model_validate_json(row.preferences),
    )


def seen(tx: Tx, secret_hash: str) -> None:
    """Remember that a session is in use."""
    tx.execute(update(_sessions).where(_sessions.c.secret_hash == secret_hash).values(seen_at=tx.now))


def sessions_of(tx: Tx, person_id: PersonId) -> list[OpenSession]:
    """The sessions of a person that are not over, the last used first."""
    query = (
        select(_sessions)
        .where(
            _sessions.c.workspace == tx.workspace,
            _sessions.c.person_id == person_id,
            _sessions.c.expires_at > tx.now,
        )
        .order_by(_sessions.c.seen_at.desc(), _sessions.c.secret_hash)
    )
    return [
        OpenSession(
            id=row.secret_hash[:_SHOWN],
            agent=row.agent,
            how=row.how,
            created_at=row.created_at,
            seen_at=row.seen_at,
        )
        for row in tx.execute(query)
    ]


def end_session_called(tx: Tx, person_id: PersonId, session_id: str) -> bool:
    """End one session of a person; whether there was one of that id."""
    statement = delete(_sessions).where(
        _sessions.c.workspace == tx.workspace,
        _sessions.c.person_id == person_id,
        func.substr(_sessions.c.secret_hash, 1, _SHOWN) == session_id,
    )
    return tx.execute(statement).rowcount > 0


def end_session(tx: Tx, secret_hash: str) -> PersonId | None:
    """Whose session it was; None when there was none."""
    statement = (
        delete(_sessions).where(_sessions.c.secret_hash == secret_hash).returning(_sessions.c.person_id)
    )
    found: PersonId | None = tx.execute(statement).scalar_one_or_none()
    return found


def end_sessions_of(tx: Tx, person_id: PersonId, *, but: str | None = None) -> None:
    """End every session of a person, `but` one by its id, and void the log-in links not used yet."""
    over = [_sessions.c.workspace == tx.workspace, _sessions.c.person_id == person_id]
    if but is not None:
        over.append(func.substr(_sessions.c.secret_hash, 1, _SHOWN) != but)
    tx.execute(delete(_sessions).where(*over))
    tx.execute(delete(_tokens).where(_tokens.c.workspace == tx.workspace, _tokens.c.person_id == person_id))


def drop_expired(tx: Tx) -> None:
    """Forget sessions and log-in links whose time is over."""
    tx.execute(delete(_sessions).where(_sessions.c.expires_at <= tx.now))
    tx.execute(delete(_tokens).where(_tokens.c.expires_at <= tx.now))


def add_login_token(tx: Tx, secret_hash: str, person_id: PersonId, expires_at: datetime) -> None:
    """Keep a one-time log-in."""
    values = {
        "secret_hash": secret_hash,
        "workspace": tx.workspace,
        "person_id": person_id,
        "expires_at": expires_at,
    }
    tx.execute(insert(_tokens), values)


def use_login_token(tx: Tx, secret_hash: str) -> PersonId | None:
    """Take the token away; whose it was, or None when it is gone or too old."""
    statement = (
        delete(_tokens)
        .where(
            _tokens.c.workspace == tx.workspace,
            _tokens.c.secret_hash == secret_hash,
            _tokens.c.expires_at > tx.now,
        )
        .returning(_tokens.c.person_id)
    )
    found: PersonId | None = tx.execute(statement).scalar_one_or_none()
    return found


def add_key(tx: Tx, key: ApiKey, secret_hash: str) -> None:
    """Keep a new key."""
    tx.execute(
        insert(_keys),
        {
            "secret_hash": secret_hash,
            "id": key.id,
            "workspace": tx.workspace,
            "name": key.name,
            "person_id": key.person_id,
            "scopes": _dump(key.scopes),
            "created_at": tx.now,
            "expires_at": key.expires_at,
            "revoked_at": None,
        },
    )


def key_holder(tx: Tx, secret_hash: str) -> KeyHolder | None:
    """The key of that secret in whatever workspace, with its person."""
    row = tx.execute(select(_keys).where(_keys.c.secret_hash == secret_hash)).one_or_none()
    if row is None:
        return None
    if row.person_id is None:
        return KeyHolder(key=_key(row))
    query = select(_people).where(_people.c.workspace == row.workspace, _people.c.id == row.person_id)
    return KeyHolder(key=_key(row), person=_person(tx.execute(query).one()))


def keys(tx: Tx) -> tuple[ApiKey, ...]:
    """All keys of this workspace, oldest first."""
    query = select(_keys).where(_keys.c.workspace == tx.workspace).order_by(_keys.c.id)
    return tuple(_key(row) for row in tx.execute(query))


def revoke_key(tx: Tx, key_id: str) -> bool:
    """Whether there was such a key that was still good."""
    statement = (
        update(_keys)
        .where(_keys.c.workspace == tx.workspace, _keys.c.id == key_id, _keys.c.revoked_at.is_(None))
        .values(revoked_at=tx.now)
    )
    return tx.execute(statement).rowcount == 1


def _dump(words: frozenset[Any]) -> str:
    return json.dumps(sorted(words))


def _person(row: Any) -> Person:
    return Person(
        id=PersonId(row.id),
        workspace=WorkspaceId(row.workspace),
        email=row.email,
        name=row.name,
        roles=frozenset(Role(role) for role in json.loads(row.roles)),
        groups=frozenset(json.loads(row.groups)),
        active=row.active,
    )


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        workspace=WorkspaceId(row.workspace),
        name=row.name,
        person_id=None if row.person_id is None else PersonId(row.person_id),
        scopes=frozenset(Scope(scope) for scope in json.loads(row.scopes)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
