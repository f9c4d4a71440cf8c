"""Signing in by a real OpenID provider on 127.0.0.1, and every way in which its answer can be wrong."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc.jwk import RSAKey

from signoff.domain.openid import OidcSettings
from signoff.domain.person import Role
from signoff.services import audit, people
from signoff.web import WebSettings
from tests.support.openid import CLIENT, SECRET, OpenIdProvider, openid_provider
from tests.web.desk import SAME_SITE, Browser, Desk, open_desk


@pytest.fixture(scope="module")
def running() -> Iterator[OpenIdProvider]:
    with openid_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: OpenIdProvider) -> OpenIdProvider:
    running.claims, running.signs_with = {}, None
    return running


def settings(provider: OpenIdProvider, **more: Any) -> WebSettings:
    oidc = OidcSettings(
        issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET, label="Northwind", **more
    )
    return WebSettings(base_url="http://testserver", oidc=oidc)


@pytest.fixture
def sso(sqlite_url: str, provider: OpenIdProvider) -> Iterator[Desk]:
    with open_desk(sqlite_url, settings=settings(provider)) as desk:
        yield desk


class Visitor(Browser):
    """A browser that goes to the provider and comes back."""

    def away(self, then: str = "/reviews") -> str:
        """Where the provider is asked."""
        page = self.post("/sign-in/provider", next=then, zone="Europe/Berlin")
        assert page.status_code == 200, page.text
        return html.unescape(re.findall(r'content="0; url=([^"]+)"', page.text)[0])

    def come_back(self, address: str) -> Any:
        return self.client.get(address.removeprefix("http://testserver"))

    def sign_in_by(self, provider: OpenIdProvider, then: str = "/reviews") -> Any:
        return self.come_back(provider.come(self.away(then)))


@pytest.fixture
def visitor(sso: Desk) -> Iterator[Visitor]:
    with sso.client() as client:
        yield Visitor(client)


def test_the_way_there_and_back(sso: Desk, visitor: Visitor, provider: OpenIdProvider) -> None:
    assert "Sign in with Northwind" in visitor.get("/sign-in").text
    visitor.client.cookies.set("signoff", "made up by somebody else")
    answer = visitor.sign_in_by(provider, then="/reviews?tab=today")
    assert (answer.status_code, answer.headers["location"]) == (303, "/reviews?tab=today")
    assert "made up" not in answer.headers["set-cookie"]
    page = visitor.get("/settings").text
    assert "Ann Keller" in page
    assert "by Northwind" in page
    assert "Europe/Berlin" in page
    with sso.read() as tx:
        assert [e.event for e in audit.export(tx)][-2:] == ["person.identity_linked", "person.signed_in"]
    # From now on the subject is who she is, whatever her e-mail becomes.
    visitor.client.cookies.clear()
    provider.claims = {"email": "other@example.com", "email_verified": False}
    assert visitor.sign_in_by(provider).status_code == 303
    assert "ann@example.com" in visitor.get("/settings").text


def test_an_answer_that_comes_twice_or_to_another_browser_opens_nothing(
    sso: Desk, visitor: Visitor, provider: OpenIdProvider
) -> None:
    back = provider.come(visitor.away())
    with sso.client() as other:
        assert Visitor(other).come_back(back).status_code == 403
    assert visitor.come_back(back.replace("state=", "state=x")).status_code == 403
    kept = dict(visitor.client.cookies)
    assert visitor.come_back(back).status_code == 303
    for name, value in kept.items():
        visitor.client.cookies.set(name, value)
    replayed = visitor.come_back(back)
    assert replayed.status_code == 403
    assert "Begin again" in replayed.text
    assert "set-cookie" not in replayed.headers


def test_a_code_that_was_used_is_refused_by_the_provider_too(
    visitor: Visitor, provider: OpenIdProvider
) -> None:
    code = parse_qs(urlsplit(provider.come(visitor.away())).query)["code"][0]
    again = provider.come(visitor.away())
    del provider.codes[code]
    answer = visitor.come_back(re.sub(r"code=[^&]+", f"code={code}", again))
    assert answer.status_code == 403
    assert "refused" in answer.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "http://127.0.0.1:1"}, {"aud": "another"}, {"aud": ["another"]}, {"aud": None},
        {"exp": int(time.time()) - 3600}, {"exp": None}, {"iat": int(time.time()) + 3600},
        {"nonce": "another"}, {"nonce": None}, {"sub": None},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"email_verified": False}, {"email_verified": None}, {"email_verified": "true"}, {"email": None},
        {"email": "nobody@example.com"},
    ],
)  # fmt: skip
def test_claims_that_do_not_hold_up(
    sso: Desk, visitor: Visitor, provider: OpenIdProvider, wrong: dict[str, Any]
) -> None:
    before = sso.counts()
    provider.claims = wrong
    answer = visitor.sign_in_by(provider)
    assert answer.status_code == 403, wrong
    assert 'role="alert"' in answer.text
    assert "set-cookie" not in answer.headers
    assert visitor.get("/reviews").status_code == 303
    assert sso.counts() == before


def test_a_token_by_another_key(visitor: Visitor, provider: OpenIdProvider) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    assert visitor.sign_in_by(provider).status_code == 403


def test_an_account_that_is_off_or_taken(sso: Desk, visitor: Visitor, provider: OpenIdProvider) -> None:
    assert visitor.sign_in_by(provider).status_code == 303
    visitor.client.cookies.clear()
    provider.claims = {"sub": "somebody else with her old address"}
    assert "another account" in visitor.sign_in_by(provider).text
    with sso.begin() as tx:
        people.change_person(tx, sso.ann.id, active=False)
    provider.claims = {}
    assert "switched off" in visitor.sign_in_by(provider).text


def test_groups_become_roles_and_accounts_only_where_settings_say_so(
    sqlite_url: str, provider: OpenIdProvider
) -> None:
    more = {"provision": True, "roles": {"lead": Role.LEAD}, "groups": {"mk": "marketing"}}
    with open_desk(sqlite_url, settings=settings(provider, **more)) as desk, desk.client() as client:
        visitor = Visitor(client)
        provider.claims = {"email": "new@example.com", "name": "New\nNow", "groups": ["lead", "mk", "x"]}
        assert visitor.sign_in_by(provider).status_code == 303
        with desk.read() as tx:
            new = people.find_person(tx, "new@example.com")
        assert (new.name, *new.roles, *new.groups) == ("New Now", Role.LEAD, "marketing")
        client.cookies.clear()
        provider.claims = {"email": "new@example.com", "groups": "mk"}
        assert visitor.sign_in_by(provider).status_code == 303
        with desk.read() as tx:
            assert people.find_person(tx, "new@example.com").roles == frozenset()


def test_a_provider_that_is_away_is_said_so(sqlite_url: str, provider: OpenIdProvider) -> None:
    nowhere = WebSettings(
        base_url="http://testserver", oidc=OidcSettings(issuer="http://127.0.0.1:1", client_id=CLIENT)
    )
    with open_desk(sqlite_url, settings=nowhere) as desk, desk.client() as client:
        answer = Browser(client).post("/sign-in/provider", next="/reviews")
        assert answer.status_code == 403
        assert "does not answer" in answer.text


def test_the_provider_of_these_tests_refuses_a_wrong_and_a_missing_verifier(
    visitor: Visitor, provider: OpenIdProvider
) -> None:
    for verifier in ({}, {"code_verifier": "wrong"}):
        back = provider.come(visitor.away())
        data = {
            "code": parse_qs(urlsplit(back).query)["code"][0],
            "redirect_uri": back.partition("?")[0],
            "grant_type": "authorization_code",
        }
        answer = httpx2.post(f"{provider.issuer}/token", data=data | verifier, auth=(CLIENT, SECRET))
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


def test_without_a_provider_there_is_no_such_way(desk: Desk) -> None:
    with desk.client() as client:
        assert "Sign in with" not in client.get("/sign-in").text
        assert client.post("/sign-in/provider", headers=SAME_SITE).status_code == 404
        assert client.get("/sign-in/back?code=x&state=y").status_code == 404
