"""Whom an OpenID provider means, and browsers that were sent to one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from signoff.domain.ids import PersonId
from signoff.store.database import Tx
from signoff.store.rows import IdentityRow, SignInAttemptRow
from signoff.store.sql import insert_new, table

_identities, _attempts = table(IdentityRow), table(SignInAttemptRow)


@dataclass(frozen=True)
class Attempt:
    """A sign-in that was begun in some browser."""

    nonce: str
    verifier: str
    then: str
    zone: str


def person_of(tx: Tx, issuer: str, subject: str) -> PersonId | None:
    """Whom this workspace knows by that subject of the provider."""
    query = select(_identities.c.person_id).where(
        _identities.c.workspace == tx.workspace,
        _identities.c.issuer == issuer,
        _identities.c.subject == subject,
    )
    found: PersonId | None = tx.execute(query).scalar_one_or_none()
    return found


def is_known(tx: Tx, issuer: str, person_id: PersonId) -> bool:
    """Whether the person has a subject of this provider already."""
    query = select(_identities.c.subject).where(
        _identities.c.workspace == tx.workspace,
        _identities.c.issuer == issuer,
        _identities.c.person_id == person_id,
    )
    return tx.execute(query).first() is not None


def link(tx: Tx, issuer: str, subject: str, person_id: PersonId) -> None:
    """Remember whom the provider means."""
    values = {
        "workspace": tx.workspace,
        "issuer": issuer,
        "subject": subject,
        "person_id": person_id,
        "created_at": tx.now,
    }
    insert_new(tx, _identities, values)


def begin(tx: Tx, state_hash: str, browser_hash: str, attempt: Attempt, expires_at: datetime) -> None:
    """Keep an attempt; those whose time is over are forgotten on the way."""
    tx.execute(delete(_attempts).where(_attempts.c.expires_at <= tx.now))
    values = {"state_hash": state_hash, "browser_hash": browser_hash, "expires_at": expires_at}
    tx.execute(insert(_attempts), values | vars(attempt))


def take(tx: Tx, state_hash: str, browser_hash: str) -> Attempt | None:
    """Take an attempt away; None when there is none of this browser, or its time is over."""
    statement = (
        delete(_attempts)
        .where(
            _attempts.c.state_hash == state_hash,
            _attempts.c.browser_hash == browser_hash,
            _attempts.c.expires_at > tx.now,
        )
        .returning(_attempts.c.nonce, _attempts.c.verifier, _attempts.c.then, _attempts.c.zone)
    )
    row = tx.execute(statement).one_or_none()
    return None if row is None else Attempt(row.nonce, row.verifier, row.then, row.zone)
