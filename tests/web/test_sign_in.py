"""Sessions: opened by password or a link, bound to one browser, ended on the server."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from signoff.services import people
from signoff.web import WebSettings
from signoff.web.auth import safe_path
from tests.web.desk import PASSWORD, Browser, Desk, open_desk


def test_a_password_opens_a_session(desk: Desk, client: TestClient) -> None:
    browser = Browser(client)
    answer = browser.sign_in("  ANN@example.com ", next="/reviews/rev_1?edit=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/reviews/rev_1?edit=1")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "Ann Keller" in browser.get("/reviews").text
    again = browser.get("/sign-in?next=/reviews/x")
    assert (again.status_code, again.headers["location"]) == (303, "/reviews/x")


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ann@example.com", "wrong password"),
        ("nobody@example.com", PASSWORD),
        ("", ""),
        ("ann@example.com", ""),
        ("ann@example.com", "x" * 100_000),
        ("a" * 10_000, PASSWORD),
    ],
)
def test_a_failed_sign_in_says_the_same_whatever_was_wrong(
    desk: Desk, client: TestClient, email: str, password: str
) -> None:
    before = desk.counts()
    answer = Browser(client).sign_in(email, password)
    assert answer.status_code == 401
    assert "This e-mail and this password do not belong together." in answer.text
    assert "set-cookie" not in answer.headers
    assert password not in answer.text or not password
    assert desk.counts() == before


def test_an_account_that_fails_often_has_to_wait(sqlite_url: str) -> None:
    settings = WebSettings(base_url="http://testserver", sign_in_attempts=3)
    with open_desk(sqlite_url, settings=settings) as desk, desk.client() as client:
        browser = Browser(client)
        for _ in range(3):
            assert browser.sign_in("ann@example.com", "wrong password").status_code == 401
        blocked = browser.sign_in("ANN@example.com", PASSWORD)
        assert blocked.status_code == 429
        assert 0 < int(blocked.headers["retry-after"]) <= 900
        assert "Try again in 15 min." in blocked.text
        assert browser.sign_in("lee@example.com").status_code == 303


def test_success_forgets_earlier_failures(sqlite_url: str) -> None:
    settings = WebSettings(base_url="http://testserver", sign_in_attempts=2)
    with open_desk(sqlite_url, settings=settings) as desk, desk.client() as client:
        browser = Browser(client)
        for _ in range(3):
            assert browser.sign_in("ann@example.com", "wrong password").status_code == 401
            assert browser.sign_in("ann@example.com").status_code == 303


def test_signing_in_again_ends_the_session_the_browser_had(desk: Desk, client: TestClient) -> None:
    browser = Browser(client)
    browser.sign_in("ann@example.com")
    first = client.cookies["signoff"]
    browser.sign_in("ann@example.com")
    assert client.cookies["signoff"] != first
    client.cookies.clear()
    client.cookies.set("signoff", first)
    assert browser.get("/reviews").status_code == 303


def test_signing_out_kills_the_cookie_on_the_server(desk: Desk, browser: Browser) -> None:
    kept = browser.client.cookies["signoff"]
    csrf = browser.hidden("/reviews")["csrf"]
    answer = browser.post("/sign-out", csrf=csrf)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "signoff" not in browser.client.cookies
    browser.client.cookies.set("signoff", kept)
    assert browser.get("/reviews").status_code == 303


def test_a_session_ends_by_time_and_with_its_person(desk: Desk, browser: Browser) -> None:
    assert browser.get("/reviews").status_code == 200
    with desk.begin() as tx:
        people.change_person(tx, desk.ann.id, active=False)
    assert browser.get("/reviews").status_code == 303
    with desk.begin() as tx:
        signed_in = people.open_session(tx, desk.lee, lasts=timedelta(seconds=-1), how="test")
    browser.client.cookies.clear()
    browser.client.cookies.set("signoff", signed_in.secret)
    assert browser.get("/reviews").status_code == 303


def test_a_new_password_ends_every_session(desk: Desk, browser: Browser) -> None:
    with desk.begin() as tx:
        people.set_password(tx, desk.ann.id, "another long password")
    assert browser.get("/reviews").status_code == 303
    assert browser.sign_in("ann@example.com", PASSWORD).status_code == 401
    assert browser.sign_in("ann@example.com", "another long password").status_code == 303


def test_a_link_signs_in_once_and_only_by_its_button(desk: Desk, client: TestClient) -> None:
    with desk.begin() as tx:
        secret = people.issue_login_link(tx, desk.ann)
    browser = Browser(client)
    for _ in range(3):
        page = browser.get(f"/sign-in/link?token={secret}&next=/reviews/rev_1")
        assert page.status_code == 200
    assert "Sign me in" in page.text
    answer = browser.post("/sign-in/link", token=secret, next="/reviews/rev_1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/reviews/rev_1")
    assert browser.get("/reviews").status_code == 200
    client.cookies.clear()
    again = browser.post("/sign-in/link", token=secret)
    assert again.status_code == 410
    assert "already used" in again.text
    assert browser.get("/reviews").status_code == 303


def test_a_link_that_is_too_old_or_made_up(desk: Desk, client: TestClient) -> None:
    with desk.begin() as tx:
        old = people.issue_login_link(tx, desk.ann, lasts=timedelta(seconds=-1))
    for token in (old, "made-up", ""):
        assert Browser(client).post("/sign-in/link", token=token).status_code == 410


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:x()",
        "/a\nb", "/\t/evil.example", "", "reviews", "http:/evil.example", "/\u202eevil", "/" + "x" * 3000,
    ],
)  # fmt: skip
def test_nobody_is_led_away_after_signing_in(desk: Desk, client: TestClient, wanted: str) -> None:
    assert safe_path(wanted) == "/reviews"
    answer = Browser(client).sign_in("ann@example.com", next=wanted)
    assert answer.headers["location"] == "/reviews"


def test_the_way_back_is_kept(desk: Desk, client: TestClient) -> None:
    review = desk.propose()
    answer = client.get(f"/reviews/{review.id}?edit=1")
    assert answer.headers["location"] == f"/sign-in?next=%2Freviews%2F{review.id}%3Fedit%3D1"
    lost = client.post(f"/reviews/{review.id}/decide", data={"choice": "approve"})
    assert lost.headers["location"] == f"/sign-in?next=%2Freviews%2F{review.id}"
