"""Settings: what a person chooses, their sessions, keys and password, and how pages read to them."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from signoff.domain.person import Role, Scope
from signoff.domain.preferences import KEYS, Preferences, Theme, key_faults, moved_keys
from signoff.services import audit, people
from signoff.web.pages.browsers import browser_words
from signoff.web.pages.reading import Reader, midnight, moment, number, read_by, zone_called
from tests.web.desk import PASSWORD, Browser, Desk

NOON = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)


def reader(zone: str, language: str = "en-GB") -> Reader:
    found = zone_called(zone)
    assert found is not None
    return Reader(zone=found, language=language)


@pytest.mark.parametrize(
    ("zone", "language", "words"),
    [
        ("UTC", "en-GB", "29 Mar 2026, 12:00 UTC"),
        ("Europe/Berlin", "en-GB", "29 Mar 2026, 14:00 CEST"),
        ("Europe/Berlin", "de", "29.03.2026, 14:00 CEST"),
        ("Asia/Kolkata", "en-GB", "29 Mar 2026, 17:30 IST"),
        ("America/Sao_Paulo", "en-GB", "29 Mar 2026, 09:00 UTC-03"),
    ],
)
def test_an_instant_reads_as_its_reader_is_used_to(zone: str, language: str, words: str) -> None:
    with read_by(reader(zone, language)):
        assert moment(NOON) == words
    assert moment(NOON) == "29 Mar 2026, 12:00 UTC"


def test_numbers_and_days_are_the_readers() -> None:
    with read_by(reader("UTC", "de")):
        assert number(1234567.5) == "1.234.567,5"
    # The day on which Berlin's clocks go forward began an hour nearer to noon.
    assert NOON - midnight(NOON, reader("Europe/Berlin")) == timedelta(hours=13)
    assert NOON - midnight(NOON, reader("Asia/Tokyo")) == timedelta(hours=21)


def test_keys_are_single_and_of_one_meaning() -> None:
    assert key_faults({}) == {}
    assert list(key_faults({"approve": "x"})) == ["reject"]
    assert key_faults({"approve": "ab"}).keys() == key_faults({"approve": " "}).keys() == {"approve"}
    assert key_faults({"approve": "x", "reject": "a"}) == {}
    assert moved_keys({"approve": "x", "reject": "a"}) == {"a": "x", "x": "a"}
    assert moved_keys({"approve": "q"}) == {"a": "q"}


def form(browser: Browser, **fields: str) -> dict[str, str]:
    return {"csrf": browser.hidden("/settings")["csrf"], **fields}


def test_what_is_chosen_holds_on_every_page(desk: Desk, browser: Browser) -> None:
    desk.propose()
    chosen = form(browser, zone="Asia/Tokyo", language="de", theme="dark", has_keys="1", key_approve="Q")
    assert browser.post("/settings", **chosen).headers["location"] == "/settings?saved=pages#pages"
    page = browser.get("/settings").text
    assert '<body class="signoff" data-theme="dark" data-keys=' in page
    [keys] = re.findall(r'data-keys="([^"]*)"', browser.get("/reviews").text)
    assert json.loads(html.unescape(keys)) == {"a": "q"}
    assert re.search(r'title="[^"]* UTC">\d\d\.\d\d\.\d{4}, \d\d:\d\d JST</time>', page)

    browser.post("/settings", **form(browser))
    [keys] = re.findall(r'data-keys="([^"]*)"', browser.get("/reviews").text)
    assert json.loads(keys) is False
    browser.post("/settings", **form(browser, has_keys="1"))
    assert "data-keys" not in browser.get("/reviews").text
    with desk.read() as tx:
        assert [e.event for e in audit.export(tx)].count("person.preferences_changed") == 3


def test_a_key_that_is_taken_is_refused_beside_its_field(desk: Desk, browser: Browser) -> None:
    answer = browser.post("/settings", **form(browser, has_keys="1", key_approve="x"))
    assert answer.status_code == 422
    assert "already used for “To the approval”" in answer.text
    assert 'name="key_approve" value="x"' in answer.text
    junk = form(browser, zone="Mars/Base", language="xx", theme="pink", has_keys="1")
    assert browser.post("/settings", **junk).status_code == 303
    with desk.read() as tx:
        session = people.session_of(tx, browser.client.cookies["signoff"])
    assert session is not None
    assert session.preferences == Preferences(theme=Theme.SYSTEM)


def test_the_browsers_zone_holds_until_another_is_chosen(desk: Desk) -> None:
    with desk.client() as client:
        browser = Browser(client)
        browser.post("/sign-in", email="ann@example.com", password=PASSWORD, zone="Asia/Tokyo")
        assert " JST</time>" in browser.get("/settings").text
        browser.post("/settings", **form(browser, zone="Europe/Lisbon"))
        assert " JST</time>" not in browser.get("/settings").text
        browser.post("/sign-in", email="lee@example.com", password=PASSWORD, zone="<script>")
        assert " UTC</time>" in browser.get("/settings").text


def test_own_sessions_can_be_ended_and_those_of_others_cannot(desk: Desk, browser: Browser) -> None:
    with desk.browser() as second, desk.browser() as third, desk.browser(desk.lee) as foreign:
        with desk.read() as tx:
            others = [s.id for s in people.sessions_of(tx, desk.ann)]
            [of_lee] = [s.id for s in people.sessions_of(tx, desk.lee)]
            mine = people.session_of(tx, browser.client.cookies["signoff"])
        assert mine is not None
        others.remove(mine.id)
        assert browser.post("/settings/sessions", **form(browser, session=of_lee)).status_code == 404
        assert foreign.get("/settings").status_code == 200
        browser.post("/settings/sessions", **form(browser, session=others[0]))
        left = [one.get("/settings").status_code for one in (second, third)]
        assert sorted(left) == [200, 303]
        browser.post("/settings/sessions", **form(browser))
        assert [one.get("/settings").status_code for one in (second, third)] == [303, 303]
        assert browser.get("/settings").status_code == 200


def test_a_password_is_changed_by_who_knows_it_or_came_by_a_link(desk: Desk, browser: Browser) -> None:
    new = "another long password"
    wrong = browser.post("/settings/password", **form(browser, old_password="guess", password=new))
    assert wrong.status_code == 422
    assert "not your present password" in wrong.text
    assert (
        browser.post(
            "/settings/password", **form(browser, old_password=PASSWORD, password="short")
        ).status_code
        == 422
    )
    with desk.browser() as second:
        assert (
            browser.post(
                "/settings/password", **form(browser, old_password=PASSWORD, password=new)
            ).status_code
            == 303
        )
        assert second.get("/settings").status_code == 303
    assert browser.get("/settings").status_code == 200
    with desk.begin() as tx:
        link = people.issue_login_link(tx, desk.ann)
    with desk.client() as client:
        lost = Browser(client)
        lost.post("/sign-in/link", token=link)
        assert "Present password" not in lost.get("/settings").text
        assert (
            lost.post("/settings/password", **form(lost, password="third long password")).status_code == 303
        )
        assert lost.sign_in("ann@example.com", "third long password").status_code == 303


def test_own_keys_are_shown_once_expire_and_never_may_more_than_their_person(
    desk: Desk, browser: Browser
) -> None:
    fields = {"name": "Import", "scope_reviews:read": "1", "expires": "30"}
    made = browser.post("/settings/keys", **form(browser), **fields)
    [secret] = re.findall(r"<code>(signoff_[^<]+)</code>", made.text)
    assert secret not in browser.get("/settings").text
    headers = {"Authorization": f"Bearer {secret}"}
    assert browser.client.get("/api/v1/reviews", headers=headers).status_code == 200
    beyond = browser.post("/settings/keys", **form(browser), name="Root", scope_admin="1")
    assert beyond.status_code == 422
    assert "may not: admin" in beyond.text
    with desk.read() as tx:
        [key] = people.keys(tx)
        assert key.expires_at is not None
        assert key.expires_at - key.created_at == timedelta(days=30)
    browser.post("/settings/keys/revoke", **form(browser, key=key.id))
    assert browser.client.get("/api/v1/reviews", headers=headers).status_code == 401
    with desk.begin() as tx:
        _, foreign = people.add_key(tx, name="x", scopes=[Scope.REVIEWS_READ], person=desk.lee)
        _, old = people.add_key(tx, name="x", scopes=[Scope.REVIEWS_READ], lasts=timedelta(seconds=-1))
    of_lee = next(key.id for key in _keys(desk) if key.person_id == desk.lee.id)
    assert browser.post("/settings/keys/revoke", **form(browser, key=of_lee)).status_code == 404
    for bearer, status in ((foreign, 200), (old, 401)):
        headers = {"Authorization": f"Bearer {bearer}"}
        assert browser.client.get("/api/v1/reviews", headers=headers).status_code == status


def test_a_key_loses_what_its_person_loses(desk: Desk) -> None:
    with desk.begin() as tx:
        lead = people.change_person(tx, desk.lee.id, roles=[Role.LEAD])
    headers = desk.key(Scope.REVIEWS_WITHDRAW, Scope.REVIEWS_READ, person=lead)
    path = "/api/v1/reviews/rev_1/withdraw"
    with desk.client() as client:
        assert client.post(path, json={"reason": "x"}, headers=headers).status_code == 404
        with desk.begin() as tx:
            people.change_person(tx, lead.id, roles=[Role.REVIEWER])
        assert client.post(path, json={"reason": "x"}, headers=headers).status_code == 403
        assert client.get("/api/v1/reviews", headers=headers).status_code == 200


def _keys(desk: Desk) -> list:
    with desk.read() as tx:
        return list(people.keys(tx))


def test_every_key_has_a_name_of_its_own() -> None:
    assert len({key.name for key in KEYS}) == len({key.usual for key in KEYS}) == len(KEYS)


def test_browsers_are_called_by_their_names() -> None:
    chrome = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36"
    assert browser_words(chrome) == "Chrome on Windows"
    assert browser_words(chrome + " Edg/156.0") == "Edge on Windows"
    assert browser_words("curl/8") == "A browser"
