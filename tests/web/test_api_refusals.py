"""Every refusal is a problem that says what is wrong and where, and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from signoff.domain import errors
from signoff.domain.errors import SignoffError
from signoff.domain.person import Scope
from signoff.web import WebSettings
from signoff.web.errors import STATUS
from tests.web.desk import Desk, open_desk
from tests.web.samples import EMAIL

API = "/api/v1"


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem body, checked for its form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "instance", "code"} <= set(body)
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:signoff:problem:{code}"
    return body


def test_every_refusal_of_the_domain_has_its_status() -> None:
    never_over_http = {
        SignoffError, errors.PolicyInvalid, errors.UnsafeGraph, errors.MissingKey, errors.SecondWorker,
        errors.AuditBroken, errors.AddressTaken, errors.TypeNotAllowed, errors.SettingsInvalid,
        errors.SerializerUnsafe, errors.Unanswered,
    }  # fmt: skip
    known = {c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, SignoffError)}
    assert known - never_over_http == set(STATUS)


def test_a_late_decision_learns_who_decided_what_and_when(desk: Desk, client: TestClient) -> None:
    review = desk.propose()
    ballot = {"kind": "approve", "digest": review.digest}
    url = f"{API}/reviews/{review.id}/votes"
    client.post(url, json=ballot, headers=desk.voter())
    desk.close(review)
    lee = desk.voter(desk.lee)
    before = desk.counts()
    body = problem(client.post(url, json=ballot, headers=lee), 409, "already_decided")
    assert (body["outcome"], body["decided_by"], body["resolution"]) == ("approved", "Ann Keller", "decided")
    assert body["decided_at"].endswith("+00:00")
    assert desk.counts() == before


def test_a_decision_after_the_thread_was_withdrawn(desk: Desk, client: TestClient) -> None:
    review = desk.propose()
    withdraw = desk.key(Scope.REVIEWS_WITHDRAW)
    client.post(f"{API}/reviews/{review.id}/withdraw", json={"reason": "cancelled"}, headers=withdraw)
    ballot = {"kind": "approve", "digest": review.digest}
    answer = client.post(f"{API}/reviews/{review.id}/votes", json=ballot, headers=desk.voter())
    assert problem(answer, 409, "already_decided")["outcome"] == "withdrawn"


def test_a_vote_on_a_draft_that_changed(desk: Desk, client: TestClient) -> None:
    review = desk.propose()
    ballot = {"kind": "approve", "digest": "0" * 64}
    answer = client.post(f"{API}/reviews/{review.id}/votes", json=ballot, headers=desk.voter())
    assert problem(answer, 409, "draft_changed")["current"] == review.digest


def test_a_service_key_may_not_vote(desk: Desk, client: TestClient) -> None:
    review = desk.propose()
    key = desk.key(Scope.ADMIN)
    ballot = {"kind": "approve", "digest": review.digest}
    problem(client.post(f"{API}/reviews/{review.id}/votes", json=ballot, headers=key), 403, "not_allowed")
    assert desk.file(review).votes == ()


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"kind": "maybe"}, "/kind", "invalid"),
        ({"kind": "reject"}, "/reason", "vote_invalid"),
        ({"kind": "reject", "reason": "   "}, "/reason", "vote_invalid"),
        ({"kind": "reject", "reason": "x" * 10_001}, "/reason", "invalid"),
        ({"kind": "reject", "reason": "a\0b"}, "/reason", "invalid"),
        ({"surprise": 1}, "/surprise", "invalid"),
        ({"digest": 7}, "/digest", "invalid"),
        ({"seconds": -1}, "/seconds", "invalid"),
        ({"seconds": 1e300}, "/seconds", "invalid"),
        ({"client_token": "a\0"}, "/client_token", "invalid"),
        ({"arguments": EMAIL}, "/arguments", "vote_invalid"),
        ({"kind": "revise"}, "/arguments", "vote_invalid"),
        ({"kind": "revise", "arguments": []}, "/arguments", "invalid"),
        ({"kind": "revise", "arguments": EMAIL}, "/arguments", "vote_invalid"),
        ({"kind": "revise", "arguments": {**EMAIL, "discount_percent": "x"}}, "/arguments/discount_percent",
         "revision_invalid"),
        ({"kind": "revise", "arguments": {**EMAIL, "bcc": "x"}}, "/arguments/bcc", "revision_invalid"),
        ({"kind": "revise", "arguments": {"to": "x"}}, "/arguments", "revision_invalid"),
        ({"kind": "revise", "arguments": {**EMAIL, "to": {"$int": "seven"}}}, "/arguments", "vote_invalid"),
        ({"kind": "revise", "arguments": {**EMAIL, "to": "@rival.example"}}, "/arguments", "revision_denied"),
        ({"kind": "answer", "answer": None}, "/answer", "vote_invalid"),
    ],
)  # fmt: skip
def test_a_bad_ballot_names_the_field(
    desk: Desk, client: TestClient, change: dict[str, Any], pointer: str, code: str
) -> None:
    review = desk.propose()
    key = desk.voter()
    before = desk.counts()
    ballot = {"kind": "approve", "digest": review.digest, **change}
    body = problem(client.post(f"{API}/reviews/{review.id}/votes", json=ballot, headers=key), 422, code)
    assert pointer in [error["pointer"] for error in body["errors"]]
    assert all(error["detail"] for error in body["errors"])
    assert desk.counts() == before


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        ('{"kind": "approve", "kind": "reject"}', "/kind"),
        ('{"kind": "approve", "seconds": NaN}', ""),
        ('{"kind": "approve", "seconds": Infinity}', ""),
        ('{"kind": "approve", "seconds": 1e999}', None),
        ('{"answer": ' + "[" * 80 + "]" * 80 + "}", None),
        ('{"answer": ' + "[" * 100_000 + "]" * 100_000 + "}", ""),
        ('{"reason": "\\ud800"}', "/reason"),
        ('{"kind": ', ""),
        (b"\xff\xfe\x00", ""),
        ("[]", ""),
        ("null", ""),
        ("7", ""),
    ],
)
def test_json_that_could_be_read_two_ways_is_refused(
    desk: Desk, client: TestClient, raw: str | bytes, pointer: str | None
) -> None:
    review = desk.propose()
    headers = {**desk.voter(), "Content-Type": "application/json"}
    answer = client.post(f"{API}/reviews/{review.id}/votes", content=raw, headers=headers)
    assert answer.status_code == 422
    body = problem(answer, 422, answer.json()["code"])
    if pointer is not None:
        assert pointer in [error["pointer"] for error in body["errors"]]
    assert desk.file(review).votes == ()


@pytest.mark.parametrize("stated", [True, False])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(
    desk: Desk, client: TestClient, stated: bool
) -> None:
    review = desk.propose()
    raw = json.dumps({"kind": "reject", "digest": review.digest, "reason": "x" * 5_000_000}).encode()
    content = raw if stated else iter([raw[n : n + 65_536] for n in range(0, len(raw), 65_536)])
    headers = {**desk.voter(), "Content-Type": "application/json"}
    answer = client.post(f"{API}/reviews/{review.id}/votes", content=content, headers=headers)
    body = problem(answer, 413, "too_large")
    assert "1,048,576" in body["detail"]


def test_an_edit_that_is_too_large_for_a_digest(desk_limits: Desk) -> None:
    review = desk_limits.propose()
    ballot = {"kind": "revise", "digest": review.digest, "arguments": {**EMAIL, "body": "x" * 1_100_000}}
    with desk_limits.client() as client:
        answer = client.post(f"{API}/reviews/{review.id}/votes", json=ballot, headers=desk_limits.voter())
    problem(answer, 413, "payload_too_large")


@pytest.fixture
def desk_limits(sqlite_url: str) -> Any:
    """A desk that lets large requests through to the services."""
    settings = WebSettings(base_url="http://testserver", max_body=10_000_000, graphs=("outbound_copy",))
    with open_desk(sqlite_url, settings=settings) as opened:
        yield opened


def test_a_graph_that_nobody_registered(desk_limits: Desk) -> None:
    with desk_limits.client() as client:
        answer = client.post(
            f"{API}/runs", json={"graph": "nope", "input": {}}, headers=desk_limits.key(Scope.RUNS_START)
        )
    body = problem(answer, 422, "graph_unknown")
    assert body["errors"][0]["pointer"] == "/graph"
    assert "outbound_copy" in body["detail"]


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("/reviews?limit=0", "limit"),
        ("/reviews?limit=1000000", "limit"),
        ("/reviews?state=strange", "state"),
        ("/reviews?after=nonsense", "/after"),
        ("/reviews?after=2026-01-01~x%00", "after"),
        ("/reviews?tool=%00", "tool"),
        ("/reviews?surprise=1", "surprise"),
        ("/audit?after=-1", "after"),
        ("/audit?after=99999999999999999999999", "after"),
        ("/effects?state=strange", "state"),
        ("/effects?after=nonsense", "/after"),
        ("/reviews/%00", "review_id"),
    ],
)
def test_bad_parameters_are_named(desk: Desk, client: TestClient, path: str, pointer: str) -> None:
    answer = client.get(API + path, headers=desk.key(Scope.ADMIN))
    assert answer.status_code == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/reviews/rev_none"),
        ("GET", "/reviews/rev_none/history"),
        ("POST", "/reviews/rev_none/retract"),
        ("GET", "/runs/none"),
    ],
)
def test_what_is_not_there(desk: Desk, client: TestClient, method: str, path: str) -> None:
    key = desk.key(Scope.ADMIN, person=desk.ann)
    problem(client.request(method, API + path, headers=key), 404, "not_found")


def test_an_address_and_a_method_that_do_not_exist(client: TestClient) -> None:
    problem(client.get(f"{API}/nothing"), 404, "not_found")
    answer = client.delete(f"{API}/reviews")
    problem(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


def test_a_fault_of_ours_tells_nothing_and_keeps_its_headers(
    desk: Desk, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("signoff.services.query.list_reviews", broken)
    answer = client.get(f"{API}/reviews", headers=desk.key(Scope.REVIEWS_READ))
    problem(answer, 500, "fault")
    assert "secret detail" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
