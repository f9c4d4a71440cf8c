"""People and groups: who may change them, what follows, and that somebody can always manage people."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from signoff.domain.errors import AccountInvalid, LastAdmin
from signoff.domain.person import Role
from signoff.services import audit, people
from tests.web.desk import Browser, Desk


@pytest.fixture
def ada(desk: Desk) -> Iterator[Browser]:
    """The browser of an administrator."""
    with desk.browser(desk.admin()) as browser:
        yield browser


def post(browser: Browser, path: str, **fields: str) -> object:
    return browser.post(path, csrf=browser.hidden("/settings")["csrf"], **fields)


def test_somebody_is_added_enters_by_a_link_and_leaves(desk: Desk, ada: Browser) -> None:
    csrf = ada.hidden("/people")["csrf"]
    fields = {"email": "Mia@example.com", "name": "Mia", "groups": "legal, marketing", "role_reviewer": "1"}
    place = ada.post("/people", csrf=csrf, **fields).headers["location"]
    with desk.read() as tx:
        mia = people.find_person(tx, "mia@example.com")
    assert place == f"/people/{mia.id}"
    assert mia.groups == {"legal", "marketing"}
    shown = ada.post(f"{place}/link", csrf=csrf).text
    [address] = re.findall(r"<code>http://testserver(/sign-in/link[^<]+)</code>", shown)
    token = re.findall(r"token=([^&]+)", address)[0]
    with desk.client() as client:
        visitor = Browser(client)
        assert "Sign me in" in visitor.get(address.replace("&amp;", "&")).text
        assert visitor.post("/sign-in/link", token=token, next="/settings#password").status_code == 303
        assert visitor.get("/settings").status_code == 200
        assert ada.post(f"{place}/active", csrf=csrf, active="0").status_code == 303
        assert visitor.get("/settings").status_code == 303
    assert "may not sign in" in ada.get("/people").text
    assert ada.post(f"{place}/active", csrf=csrf, active="1").status_code == 303
    with desk.read() as tx:
        said = [(e.event, e.actor.name) for e in audit.export(tx) if e.actor.name == "Ada Moor"]
    assert said == [
        ("person.signed_in", "Ada Moor"), ("person.added", "Ada Moor"), ("person.changed", "Ada Moor"),
        ("person.link_issued", "Ada Moor"), ("person.changed", "Ada Moor"), ("person.changed", "Ada Moor"),
    ]  # fmt: skip


def test_only_who_manages_people_comes_in(desk: Desk, browser: Browser) -> None:
    before = desk.digests()
    csrf = browser.hidden("/settings")["csrf"]
    assert 'href="/people"' not in browser.get("/reviews").text
    for path in ("/people", f"/people/{desk.lee.id}"):
        assert browser.get(path).status_code == 403
    for path in ("/people", *(f"/people/{desk.lee.id}{end}" for end in ("", "/active", "/link"))):
        assert browser.post(path, csrf=csrf, role_admin="1").status_code == 403
    assert desk.digests() == before


def test_the_last_administrator_stays(desk: Desk, ada: Browser) -> None:
    me = desk.admin()
    csrf = ada.hidden("/people")["csrf"]
    refused = ada.post(f"/people/{me.id}", csrf=csrf, role_lead="1", groups="")
    assert refused.status_code == 409
    assert "make another person an administrator first" in refused.text
    assert ada.post(f"/people/{me.id}/active", csrf=csrf, active="0").status_code == 409
    assert ada.post(f"/people/{desk.lee.id}", csrf=csrf, role_admin="1", groups="").status_code == 303
    assert ada.post(f"/people/{me.id}", csrf=csrf, role_lead="1", groups="").status_code == 303
    assert ada.get("/people").status_code == 403


def test_the_last_administrator_stays_on_both(desk_on_both: Desk) -> None:
    ada = desk_on_both.admin()
    for change in ({"roles": [Role.REVIEWER]}, {"active": False}):
        with desk_on_both.begin() as tx, pytest.raises(LastAdmin):
            people.change_person(tx, ada.id, **change)
    with desk_on_both.begin() as tx, pytest.raises(AccountInvalid):
        people.change_person(tx, ada.id, groups=["two words"])


def test_what_follows_for_a_group_is_said(desk: Desk, ada: Browser) -> None:
    with desk.begin() as tx:
        people.change_person(tx, desk.lee.id, groups=["legal"])
        people.change_person(tx, desk.ann.id, groups=["empty"], roles=[Role.AUDITOR])
    page = ada.get("/people").text
    assert "Only Lee Park may decide. Under four eyes nobody is left" in page
    assert "Nobody in it may decide" in page


def test_a_bad_entry_is_said_beside_its_field_and_kept(desk: Desk, ada: Browser) -> None:
    csrf = ada.hidden("/people")["csrf"]
    for fields in (
        {"email": "ann@example.com"},
        {"email": "x", "name": "Kept"},
        {"email": "a@b.example", "groups": "two words"},
    ):
        answer = ada.post("/people", csrf=csrf, **fields)
        assert answer.status_code == 422, fields
        assert 'aria-invalid="true"' in answer.text
        assert all(f'value="{value}"' in answer.text for value in fields.values())
    assert ada.get("/people/per_nobody").status_code == 404
