"""Rate limits: by address and by person, on the API, on forms and on sign-ins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from signoff.domain.errors import TooManyRequests
from signoff.domain.person import Scope
from signoff.web import WebSettings
from signoff.web.throttle import Buckets
from tests.web.desk import Browser, Desk, open_desk


def test_a_bucket_empties_and_fills_again() -> None:
    now = [0.0]
    bucket = Buckets(6, lambda: now[0])
    for _ in range(6):
        bucket.take("a")
    with pytest.raises(TooManyRequests) as refused:
        bucket.take("a")
    assert refused.value.retry_after == 10
    bucket.take("b")
    now[0] += 9.5
    with pytest.raises(TooManyRequests) as refused:
        bucket.take("a")
    assert refused.value.retry_after == 1
    now[0] += 1
    bucket.take("a")
    now[0] += 3600
    for _ in range(6):
        bucket.take("a")
    with pytest.raises(TooManyRequests):
        bucket.take("a")


@pytest.fixture
def limited(sqlite_url: str, request: pytest.FixtureRequest) -> Iterator[Desk]:
    with open_desk(sqlite_url, settings=WebSettings(base_url="http://testserver", **request.param)) as desk:
        yield desk


def is_limited(answer: Any) -> bool:
    if answer.status_code != 429:
        return False
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    return True


@pytest.mark.parametrize("limited", [{"requests_per_address": 5}], indirect=True)
def test_an_address_is_limited_before_anything_is_looked_at(limited: Desk) -> None:
    with limited.client() as client:
        answers = [client.get("/api/v1/reviews") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        assert is_limited(answers[-1])
        problem = answers[-1].json()
        assert (problem["code"], problem["status"]) == ("too_many_requests", 429)
        page = client.post("/reviews/rev_1/decide")
        assert is_limited(page)
        assert "Try again in" in page.text
        assert client.get("/reviews").status_code == 303, "pages are read all the same"


@pytest.mark.parametrize("limited", [{"requests_per_person": 4}], indirect=True)
def test_a_person_is_limited_over_all_their_keys_and_forms(limited: Desk) -> None:
    keys = [limited.voter(), limited.voter()]
    service = limited.key(Scope.REVIEWS_READ)
    with limited.browser() as browser:
        for n in range(4):
            assert browser.client.get("/api/v1/reviews", headers=keys[n % 2]).status_code == 200
        assert is_limited(browser.client.get("/api/v1/reviews", headers=keys[0]))
        assert is_limited(browser.post("/settings"))
        assert browser.get("/settings").status_code == 200
        assert browser.client.get("/api/v1/reviews", headers=service).status_code == 200
    with limited.browser(limited.lee) as other:
        assert other.post("/settings").status_code == 403


@pytest.mark.parametrize("limited", [{"sign_ins_per_address": 3}], indirect=True)
def test_sign_ins_of_an_address_are_limited_whatever_account_they_try(limited: Desk) -> None:
    with limited.client() as client:
        browser = Browser(client)
        answers = [browser.sign_in(f"nobody{n}@example.com") for n in range(4)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
        assert is_limited(answers[-1])
        assert is_limited(browser.post("/sign-in/link", token="x"))
        assert browser.get("/sign-in").status_code == 200


def test_every_route_of_the_api_declares_that_it_is_limited(desk: Desk) -> None:
    with desk.client() as client:
        document = client.get("/api/v1/openapi.json").json()
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len(operations) > 10
    for operation in operations:
        answer = operation["responses"]["429"]
        assert answer["headers"]["Retry-After"]["required"]
        assert "application/problem+json" in answer["content"]
