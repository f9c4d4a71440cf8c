"""Accounts and keys: secrets are kept as hashes, and every change is in the audit chain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from signoff.domain.errors import AccountInvalid, LinkUsed, NotFound, NotSignedIn, SignInFailed
from signoff.domain.person import Role, Scope
from signoff.services import audit, people
from signoff.store.database import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.dispose()


def everything(database: Database) -> str:
    """All that the account tables hold, as text."""
    with database.read() as tx:
        rows = [
            tx.connection.exec_driver_sql(f"select * from {table}").all()
            for table in ("person", "login_session", "login_token", "api_key", "audit_entry", "audit_content")
        ]
    return repr(rows)


def test_an_account_from_adding_to_leaving(database: Database) -> None:
    with database.begin() as tx:
        ann = people.add_person(
            tx,
            email=" Ann@Example.com ",
            name="Ann",
            password="long enough",
            roles=[Role.LEAD],
            groups=["legal"],
        )
    with database.read() as tx:
        assert ann.email == "ann@example.com"
        assert people.find_person(tx, "ANN@example.com") == ann == people.get_person(tx, ann.id)
        assert people.check_password(tx, "ann@EXAMPLE.com", "long enough") == ann
        with pytest.raises(SignInFailed):
            people.check_password(tx, "ann@example.com", "long enough ")
        assert people.matching(tx, ("group:legal",)) == (ann,)
        assert people.matching(tx, ("group:sales", "bob@example.com")) == ()
    with database.begin() as tx:
        session = people.open_session(tx, ann, lasts=timedelta(hours=1), how="password")
        people.change_person(tx, ann.id, groups=["sales"], active=False)
        assert people.session_of(tx, session.secret) is None
        assert people.matching(tx, ("group:sales",)) == ()
        with pytest.raises(SignInFailed):
            people.check_password(tx, "ann@example.com", "long enough")
    with database.read() as tx:
        audit.verify_chain(tx)
        assert [e.event for e in audit.export(tx)] == ["person.added", "person.signed_in", "person.changed"]


def test_no_secret_is_kept_as_it_is(database: Database) -> None:
    with database.begin() as tx:
        ann = people.add_person(tx, email="ann@example.com", name="Ann", password="long enough")
        session = people.open_session(tx, ann, lasts=timedelta(hours=1), how="password")
        link = people.issue_login_link(tx, ann)
        _, key = people.add_key(tx, name="k", scopes=[Scope.REVIEWS_READ], person=ann)
    kept = everything(database)
    for secret in ("long enough", session.secret, link, key):
        assert secret not in kept
    assert "$argon2id$" in kept


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nonsense"}, "email"),
        ({"email": "a b@example.com"}, "email"),
        ({"email": "a\0@example.com"}, "email"),
        ({"name": ""}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 2000}, "password"),
    ],
)
def test_a_bad_account_names_the_field(database: Database, change: dict[str, str], field: str) -> None:
    given = {"email": "ann@example.com", "name": "Ann", "password": "long enough"} | change
    with database.begin() as tx, pytest.raises(AccountInvalid) as refused:
        people.add_person(tx, email=given["email"], name=given["name"], password=given["password"])
    assert refused.value.field == field


def test_an_email_has_one_account(database: Database) -> None:
    with database.begin() as tx:
        people.add_person(tx, email="ann@example.com", name="Ann")
    with database.begin() as tx, pytest.raises(AccountInvalid) as refused:
        people.add_person(tx, email="ANN@example.com", name="Other")
    assert refused.value.field == "email"


def test_an_account_without_a_password_is_entered_by_link_only(database: Database) -> None:
    with database.begin() as tx:
        ann = people.add_person(tx, email="ann@example.com", name="Ann")
        link = people.issue_login_link(tx, ann)
        with pytest.raises(SignInFailed):
            people.check_password(tx, "ann@example.com", "")
        assert people.redeem_login_link(tx, link) == ann
        with pytest.raises(LinkUsed):
            people.redeem_login_link(tx, link)


def test_keys(database: Database) -> None:
    with database.begin() as tx:
        ann = people.add_person(tx, email="ann@example.com", name="Ann")
        key, secret = people.add_key(tx, name="ci", scopes=[Scope.REVIEWS_READ])
        mine, own = people.add_key(tx, name="mine", scopes=[Scope.REVIEWS_VOTE], person=ann)
        holder = people.holder_of(tx, own)
        assert (holder.person, holder.actor.name) == (ann, "Ann")
        assert people.holder_of(tx, secret).actor.name == "ci"
        assert people.keys(tx) == (key, mine)
        with pytest.raises(AccountInvalid):
            people.add_key(tx, name="bad", scopes=[Scope.REVIEWS_VOTE])
        with pytest.raises(AccountInvalid):
            people.add_key(tx, name="none", scopes=[])
        people.revoke_key(tx, key.id)
        with pytest.raises(NotSignedIn):
            people.holder_of(tx, secret)
        with pytest.raises(NotFound):
            people.revoke_key(tx, key.id)
        with pytest.raises(NotSignedIn):
            people.holder_of(tx, "signoff_made-up")
