"""Headers on every route there is, and who may call it: the lists come from the app itself."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from signoff.domain.person import Role, Scope
from signoff.services import people, query
from signoff.services.inbox import Tab
from signoff.web import WebSettings
from signoff.web.pages import inbox as pages_inbox
from signoff.web.pages.render import assets, first_paint_style
from tests.web.desk import SAME_SITE, Browser, Desk, open_desk

STYLE_HASH = base64.b64encode(hashlib.sha256(first_paint_style().encode()).digest()).decode()
CSP = (
    f"default-src 'none'; script-src 'self'; style-src 'self' 'sha256-{STYLE_HASH}'; img-src 'self'; "
    "connect-src 'self'; font-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
EXPECTED = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "cache-control": "no-store",
}
API_SCOPES: dict[tuple[str, str], tuple[Scope, ...]] = {
    ("POST", "/api/v1/runs"): (Scope.RUNS_START,),
    ("GET", "/api/v1/runs"): (Scope.RUNS_START, Scope.REVIEWS_READ),
    ("GET", "/api/v1/runs/{thread:path}"): (Scope.RUNS_START, Scope.REVIEWS_READ),
    ("GET", "/api/v1/reviews"): (Scope.REVIEWS_READ,),
    ("GET", "/api/v1/reviews/{review_id}"): (Scope.REVIEWS_READ,),
    ("GET", "/api/v1/reviews/{review_id}/history"): (Scope.REVIEWS_READ,),
    ("POST", "/api/v1/reviews/{review_id}/votes"): (Scope.REVIEWS_VOTE,),
    ("POST", "/api/v1/reviews/{review_id}/retract"): (Scope.REVIEWS_VOTE,),
    ("POST", "/api/v1/reviews/{review_id}/withdraw"): (Scope.REVIEWS_WITHDRAW,),
    ("GET", "/api/v1/effects"): (Scope.EFFECTS_READ, Scope.EFFECTS_SETTLE),
    ("POST", "/api/v1/effects/{effect_id}/settle"): (Scope.EFFECTS_SETTLE,),
    ("GET", "/api/v1/audit"): (Scope.AUDIT_READ,),
    ("GET", "/api/v1/audit/head"): (Scope.AUDIT_READ,),
    ("POST", "/api/v1/stop"): (Scope.ADMIN,),
    ("POST", "/api/v1/go"): (Scope.ADMIN,),
    ("GET", "/api/v1/health"): (),
    ("GET", "/api/v1/openapi.json"): (),
}
# Every page and form: a new route stands here before it is served.
PAGES_FOR_ALL = {
    ("GET", "/"), ("GET", "/static/{version}/{name}"), ("GET", "/sign-in"), ("POST", "/sign-in"),
    ("GET", "/sign-in/link"), ("POST", "/sign-in/link"), ("POST", "/sign-in/provider"),
    ("GET", "/sign-in/back"),
}  # fmt: skip
PAGES = {
    ("GET", "/reviews"), ("GET", "/reviews/{review_id}"), ("GET", "/reviews/{review_id}/status"),
    ("GET", "/people"), ("GET", "/people/{person_id}"), ("GET", "/settings"),
    ("GET", "/reviews/{review_id}/events"), ("GET", "/reviews/{review_id}/mail"), ("GET", "/dashboard"),
    ("GET", "/dashboard/reviews"), ("GET", "/audit"), ("GET", "/policies"),
    ("GET", "/policies/{content_hash}"),
    ("GET", "/policies/{content_hash}/changes"), ("GET", "/policies/{content_hash}/backtest"),
    ("GET", "/runs"), ("GET", "/runs/{thread:path}"), ("GET", "/effects"),
}  # fmt: skip
FORMS = {
    ("POST", "/sign-out"), ("POST", "/reviews/{review_id}/decide"), ("POST", "/reviews/{review_id}/undo"),
    ("POST", "/reviews/{review_id}/more-time"), ("POST", "/people"), ("POST", "/people/{person_id}"),
    ("POST", "/people/{person_id}/active"), ("POST", "/people/{person_id}/link"), ("POST", "/settings"),
    ("POST", "/settings/password"), ("POST", "/settings/sessions"), ("POST", "/settings/keys"),
    ("POST", "/settings/keys/revoke"), ("POST", "/reviews/{review_id}/send-now"),
    ("POST", "/reviews/{review_id}/comment"), ("POST", "/reviews/{review_id}/ask-back"),
    ("POST", "/reviews/{review_id}/withdraw"), ("POST", "/reviews/{review_id}/look"),
    ("POST", "/reviews/{review_id}/edit"), ("POST", "/reviews/{review_id}/preview"),
    ("POST", "/audit/verify"), ("POST", "/audit/export"), ("POST", "/runs/{thread:path}/retry"),
    ("POST", "/effects/{effect_id}/settle"),
}  # fmt: skip


def routes(app: Any) -> Iterator[tuple[str, str]]:
    """Every method and path that the app answers."""

    def walk(found: Any) -> Iterator[tuple[str, str]]:
        for route in found:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                prefix = route.include_context.prefix
                yield from ((method, prefix + path) for method, path in walk(inner.routes))
            else:
                yield from ((method, route.path) for method in route.methods)

    yield from walk(app.routes)


def address(path: str, review: str, person: str = "per_1") -> str:
    return (
        path.replace("{review_id}", review)
        .replace("{thread:path}", "thread-1")
        .replace("{effect_id}", "eff_1")
        .replace("{version}", "x")
        .replace("{name}", "desk.css")
        .replace("{content_hash}", "0" * 64)
        .replace("{person_id}", person)
    )


def test_every_route_is_known_here(desk: Desk) -> None:
    found = {(method, path) for method, path in routes(desk.app) if method != "HEAD"}
    assert {pair for pair in found if pair[1].startswith("/api/")} == set(API_SCOPES)
    assert {pair for pair in found if not pair[1].startswith("/api/")} == PAGES_FOR_ALL | PAGES | FORMS


def test_every_route_carries_the_security_headers(desk: Desk) -> None:
    review, ada = desk.propose().id, desk.admin()
    key = desk.key(Scope.ADMIN, person=ada)
    with desk.browser(ada) as browser:
        for method, path in routes(desk.app):
            for headers in ({}, {**SAME_SITE, **key}):
                answer = browser.client.request(method, address(path, review, ada.id), headers=headers)
                assert shown(answer) == EXPECTED, (method, path, answer.status_code)


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/reviews", "/api/v1/reviews", "/settings"])
def test_every_refusal_carries_the_security_headers(
    desk: Desk, browser: Browser, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = b"x" * (desk.settings.max_form + 1)
    client = browser.client
    answers = [
        client.request("PATCH", path),
        client.get(path + "?after=%00"),
        client.post(path, content=large),
    ]
    monkeypatch.setattr(query, "list_reviews", lambda *_, **__: 1 / 0)
    monkeypatch.setattr(pages_inbox, "read_inbox", lambda *_, **__: 1 / 0)
    answers.append(client.get(path, headers=desk.key(Scope.REVIEWS_READ)))
    for answer in answers:
        assert shown(answer) == EXPECTED, answer.status_code
    if path == "/reviews":
        assert [answer.status_code for answer in answers] == [405, 422, 413, 500]


def shown(answer: Any) -> dict[str, str | None]:
    return {name: answer.headers.get(name) for name in EXPECTED}


def test_only_a_static_file_under_its_present_version_may_be_kept(client: TestClient) -> None:
    for asset in assets().values():
        answer = client.get(asset.href)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == asset.media_type
        assert answer.headers["content-security-policy"] == CSP
    assert client.get("/static/x/nothing.css").status_code == 404
    assert client.get("/static/x/..%2Frender.py").status_code == 404


def test_a_draft_stands_between_the_style_it_is_painted_with_and_the_whole_sheet(
    desk: Desk, browser: Browser
) -> None:
    page = browser.get(f"/reviews/{desk.propose().id}").text
    [style] = re.findall("<style>(.*?)</style>", page, re.DOTALL)
    assert style == first_paint_style()
    assert len(style) < len(assets()["desk.css"].content) * 2 / 3
    sheet = page.index(f'<link rel="stylesheet" href="{assets()["desk.css"].href}">')
    assert page.index("</style>") < page.index('class="draft"') < sheet < page.index('class="margin"')


def test_a_review_with_a_form_in_its_sheet_waits_for_the_style_sheet(desk: Desk, browser: Browser) -> None:
    page = browser.get(f"/reviews/{desk.propose().id}?edit=1").text
    assert "<style>" not in page
    assert page.index('rel="stylesheet"') < page.index("<body")


@pytest.mark.parametrize(("method", "path"), [pair for pair, scopes in API_SCOPES.items() if scopes])
def test_each_route_refuses_no_key_a_wrong_key_and_wrong_scopes(desk: Desk, method: str, path: str) -> None:
    review = desk.propose().id
    url = address(path, review)
    scopes = API_SCOPES[method, path]
    others = [scope for scope in Scope if scope not in (*scopes, Scope.ADMIN)]
    wrong = desk.key(*others, person=desk.ann)
    before = desk.counts()
    with desk.client() as client:
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}):
            answer = client.request(method, url, headers=headers, json={})
            assert answer.status_code == 401, headers
            assert answer.json()["code"] == "not_signed_in"
            assert answer.headers["www-authenticate"].startswith("Bearer")
        answer = client.request(method, url, headers=wrong, json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
        assert scopes[0].value in answer.json()["detail"]
    assert desk.counts() == before


def test_a_session_cookie_opens_no_api_route(desk: Desk, browser: Browser) -> None:
    assert browser.get("/reviews").status_code == 200
    for (method, path), scopes in API_SCOPES.items():
        if scopes:
            answer = browser.client.request(method, address(path, "rev_1"), headers=SAME_SITE, json={})
            assert answer.status_code == 401, path


def test_pages_and_forms_lead_to_the_sign_in_and_back(desk: Desk, client: TestClient) -> None:
    review = desk.propose().id
    for method, path in PAGES | FORMS:
        answer = client.request(method, address(path, review), headers=SAME_SITE)
        assert answer.status_code == 303, (method, path)
        assert answer.headers["location"].startswith("/sign-in?next=%2F"), path


def test_looking_never_changes_anything(desk: Desk) -> None:
    """A crawler with a session and a key follows every address with every safe method."""
    open_one, settling, ada = desk.propose(), desk.propose(), desk.admin()
    key = desk.key(Scope.ADMIN, person=ada)
    with desk.browser(ada) as browser:
        browser.decide(settling, "approve")
        before = desk.digests()
        reviews = (open_one.id, settling.id)
        paths = {address(path, review, ada.id) for _, path in routes(desk.app) for review in reviews}
        paths |= {f"/reviews/{open_one.id}?edit=1", "/reviews?tab=decided&after=x", "/sign-in/link?token=abc"}
        paths |= {f"/reviews?tab={tab}&q=mail" for tab in Tab} | {"/sign-in/back?state=a&code=b"}
        for path in sorted(paths):
            for method in ("GET", "HEAD", "OPTIONS", "TRACE"):
                assert browser.client.request(method, path, headers=key).status_code != 500, path
    assert desk.digests() == before


def test_https_makes_the_cookie_secure_and_pins_the_transport(sqlite_url: str) -> None:
    with open_desk(sqlite_url, settings=WebSettings(base_url="https://desk.example")) as desk:
        with desk.client() as client:
            answer = Browser(client).sign_in("ann@example.com")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-signoff=")
        for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused(desk: Desk, browser: Browser, headers: dict[str, str]) -> None:
    review = desk.propose()
    with desk.begin() as tx:
        people.change_person(tx, desk.ann.id, roles=[Role.REVIEWER, Role.ADMIN])
    hidden = browser.hidden(f"/reviews/{review.id}")
    before = desk.counts()
    forms = {
        f"/reviews/{review.id}/decide": {**hidden, "choice": "approve"},
        f"/reviews/{review.id}/undo": hidden,
        f"/reviews/{review.id}/more-time": hidden,
        **{path: hidden for _, path in FORMS if "{" not in path},
        f"/people/{desk.ann.id}/active": {**hidden, "active": "0"},
        "/sign-in": {"email": "ann@example.com", "password": "correct horse battery"},
        "/sign-in/link": {"token": "x"},
    }
    for path, fields in forms.items():
        answer = browser.client.post(path, data=fields, headers=headers)
        assert answer.status_code == 403, path
        assert "form of this site" in answer.text
    assert desk.counts() == before


@pytest.mark.parametrize("token", ["", "wrong", "\u00e9"])
def test_a_form_without_the_sessions_token_is_refused(desk: Desk, browser: Browser, token: str) -> None:
    review = desk.propose()
    hidden = {**browser.hidden(f"/reviews/{review.id}"), "csrf": token}
    before = desk.counts()
    assert browser.decide(review, "approve", hidden).status_code == 403
    for path in (address(path, review.id) for _, path in FORMS):
        assert browser.post(path, csrf=token).status_code == 403
    assert desk.counts() == before


def test_the_token_of_another_session_is_refused(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    with desk.browser(desk.lee) as other:
        foreign = other.hidden(f"/reviews/{review.id}")
    assert browser.decide(review, "approve", foreign).status_code == 403


def test_a_large_form_is_refused_with_words(desk: Desk, browser: Browser) -> None:
    review = desk.propose()
    answer = browser.post(f"/reviews/{review.id}/decide", reason="x" * 5_000_000)
    assert answer.status_code == 413
    assert "4,194,304" in answer.text
