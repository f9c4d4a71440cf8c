"""The REST API over both databases: what each route does and answers."""

from __future__ import annotations

import json
from decimal import Decimal

from signoff.domain.account import KeyHolder
from signoff.domain.effect import EffectState
from signoff.domain.person import Role, Scope
from signoff.domain.review import ReviewKind
from signoff.services import people
from tests.web.desk import Desk
from tests.web.samples import EMAIL

API = "/api/v1"


def test_a_run_is_queued_once_under_its_dedupe_key(desk_on_both: Desk) -> None:
    desk = desk_on_both
    key = desk.key(Scope.RUNS_START)
    body = {
        "graph": "outbound_copy",
        "input": {"brief": "x"},
        "dedupe_key": "crm-1",
        "requester": "sam@example.com",
    }
    with desk.client() as client:
        first = client.post(f"{API}/runs", json=body, headers=key)
        again = client.post(f"{API}/runs", json=body, headers=key)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        assert first.json()["status"] == "queued"
        assert first.json()["requester"] == "sam@example.com"
        thread = first.json()["thread"]
        assert client.get(f"{API}/runs/{thread}", headers=key).json() == first.json()
        listed = client.get(f"{API}/runs", headers=key).json()
    assert [run["thread"] for run in listed["items"]] == [thread]


def test_each_new_input_on_a_thread_is_queued_once_under_its_own_dedupe_key(desk_on_both: Desk) -> None:
    desk = desk_on_both
    key = desk.key(Scope.RUNS_START)
    body = {"graph": "outbound_copy", "thread": "deal-7"}
    with desk.client() as client:

        def sent(version: int) -> tuple[int, str]:
            wanted = {**body, "input": {"version": version}, "dedupe_key": f"deal-7/v{version}"}
            answer = client.post(f"{API}/runs", json=wanted, headers=key)
            return answer.status_code, answer.json()["dedupe_key"]

        assert sent(1) == (201, "deal-7/v1")
        assert sent(2) == (201, "deal-7/v2")
        assert sent(2) == (200, "deal-7/v2")
        unkeyed = client.post(f"{API}/runs", json={**body, "input": {}}, headers=key)
        assert (unkeyed.status_code, unkeyed.json()["dedupe_key"]) == (201, "deal-7/v2")


def test_a_persons_key_starts_runs_in_their_own_name(desk: Desk) -> None:
    key = desk.key(Scope.RUNS_START, person=desk.ann)
    with desk.client() as client:
        body = {"graph": "outbound_copy", "input": {}}
        assert client.post(f"{API}/runs", json=body, headers=key).json()["requester"] == "ann@example.com"
        other = client.post(f"{API}/runs", json={**body, "requester": "lee@example.com"}, headers=key)
        assert other.status_code == 403
        admin = desk.key(Scope.ADMIN, person=desk.ann)
        named = client.post(f"{API}/runs", json={**body, "requester": "lee@example.com"}, headers=admin)
        assert named.json()["requester"] == "lee@example.com"


def test_reviews_are_listed_in_keyset_pages_and_narrowed(desk_on_both: Desk) -> None:
    desk = desk_on_both
    made = [desk.propose({**EMAIL, "to": f"c{n}@example.com"}).id for n in range(5)]
    clean = desk.propose({**EMAIL, "body": "Hello."}, requester="kim@example.com").id
    reader = desk.key(Scope.REVIEWS_READ)
    with desk.client() as client:
        seen: list[str] = []
        cursor = None
        while True:
            params: dict[str, str] = {"state": "live", "limit": "2"} | ({"after": cursor} if cursor else {})
            page = client.get(f"{API}/reviews", params=params, headers=reader).json()
            seen += [item["id"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert seen == [*made, clean]

        def found(**params: str) -> list[str]:
            answer = client.get(f"{API}/reviews", params=params, headers=reader)
            return [item["id"] for item in answer.json()["items"]]

        assert found(requester="kim@example.com") == [clean]
        assert set(found(severity="medium")) == set(made)
        assert found(thread="thread-1") == made[:1]
        assert found(tool="other_tool") == found(outcome="approved") == []


def test_a_review_is_read_whole(desk: Desk) -> None:
    review = desk.propose({**EMAIL, "discount_percent": 35})
    with desk.client() as client:
        body = client.get(f"{API}/reviews/{review.id}", headers=desk.key(Scope.REVIEWS_READ)).json()
    assert body["digest"] == review.digest == body["current"]["digest"]
    assert body["current"]["arguments"]["to"] == EMAIL["to"]
    assert body["policy"]["rule"] == "read_it"
    assert body["policy"]["summary"] == "A person reads every e-mail before it goes out."
    [flag] = body["current"]["flags"]
    assert (flag["path"], flag["quote"]) == ("/body", "guaranteed")
    assert EMAIL["body"][flag["start"] : flag["end"]] == "guaranteed"
    assert body["stages"] == [
        {"number": 1, "name": "review", "status": "open", "quorum": 1, "candidates": [], "four_eyes": False}
    ]
    assert body["effect_class"] == "irreversible"
    assert body["effect"] is None


def test_values_that_json_cannot_hold_travel_with_their_type(desk: Desk) -> None:
    schema = {"type": "object", "properties": {"amount": {}, "note": {"type": "string"}}}
    review = desk.propose({"amount": Decimal("12.50"), "note": "x"}, tool="refund", schema=schema)
    key = desk.voter()
    with desk.client() as client:
        shown = client.get(f"{API}/reviews/{review.id}", headers=key).json()["current"]["arguments"]
        assert shown["amount"] == {"$decimal": "12.50"}
        ballot = {"kind": "revise", "digest": review.digest, "arguments": {**shown, "note": "y"}}
        voted = client.post(f"{API}/reviews/{review.id}/votes", json=ballot, headers=key)
        assert voted.status_code == 201, voted.text
    assert desk.file(review).current.arguments == {"amount": Decimal("12.50"), "note": "y"}


def test_a_vote_decides_and_its_repeat_is_harmless(desk_on_both: Desk) -> None:
    desk = desk_on_both
    review = desk.propose()
    key = desk.voter()
    ballot = {"kind": "approve", "digest": review.digest, "client_token": "click-1"}
    with desk.client() as client:
        first = client.post(f"{API}/reviews/{review.id}/votes", json=ballot, headers=key)
        again = client.post(f"{API}/reviews/{review.id}/votes", json=ballot, headers=key)
        assert first.status_code == again.status_code == 201
        assert first.json()["review"]["state"] == "settling"
        assert first.json()["review"]["decided_by"] == "Ann Keller"
        assert (first.json()["repeated"], again.json()["repeated"]) == (False, True)
        assert first.json()["vote"] == again.json()["vote"]
        other = client.post(
            f"{API}/reviews/{review.id}/votes", json={**ballot, "kind": "reject", "reason": "no"}, headers=key
        )
        assert (other.status_code, other.json()["code"]) == (409, "token_reused")
    assert len(desk.file(review).votes) == 1


def test_a_vote_can_be_taken_back_before_the_review_closes(desk: Desk) -> None:
    review = desk.propose()
    key = desk.voter()
    with desk.client() as client:
        client.post(
            f"{API}/reviews/{review.id}/votes", json={"kind": "approve", "digest": review.digest}, headers=key
        )
        back = client.post(f"{API}/reviews/{review.id}/retract", headers=key)
        assert (back.status_code, back.json()["state"]) == (200, "open")
        desk_history = client.get(f"{API}/reviews/{review.id}/history", headers=key).json()
    assert [entry["event"] for entry in desk_history] == ["review.opened", "vote.cast", "vote.retracted"]


def test_a_service_withdraws_and_the_reason_is_kept(desk: Desk) -> None:
    review = desk.propose()
    key = desk.key(Scope.REVIEWS_WITHDRAW)
    with desk.client() as client:
        done = client.post(
            f"{API}/reviews/{review.id}/withdraw", json={"reason": "customer called"}, headers=key
        )
    assert done.json()["outcome"] == "withdrawn"
    assert done.json()["reason"] == "customer called"
    assert done.json()["decided_by"] == "test"


def test_a_question_is_answered(desk: Desk) -> None:
    question = {"text": "Which?", "choices": ["CRM", "ERP"], "details": ""}
    review = desk.propose(question, tool="ask", kind=ReviewKind.QUESTION, schema={})
    key = desk.voter()
    with desk.client() as client:
        url = f"{API}/reviews/{review.id}/votes"
        wrong = client.post(url, json={"kind": "answer", "digest": review.digest, "answer": "X"}, headers=key)
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/answer")
        right = client.post(
            url, json={"kind": "answer", "digest": review.digest, "answer": "ERP"}, headers=key
        )
        assert right.json()["vote"]["answer"] == "ERP"


def test_an_answer_beside_the_choices_must_fit_the_question(desk: Desk) -> None:
    other = {"type": "string", "pattern": "^[0-9]{5}$", "description": "five digits"}
    question = {"text": "Which?", "choices": [{"Use CRM": "1"}], "other": other, "details": ""}
    review = desk.propose(question, tool="ask", kind=ReviewKind.QUESTION, schema={})
    key = desk.voter()
    with desk.client() as client:
        url = f"{API}/reviews/{review.id}/votes"
        for answer in ("1234", 12345, None, {"Use CRM": "2"}, ["04711"]):
            ballot = {"kind": "answer", "digest": review.digest, "answer": answer}
            wrong = client.post(url, json=ballot, headers=key)
            assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/answer")
            assert "five digits" in wrong.text
        right = client.post(url, json=ballot | {"answer": "04711"}, headers=key)
        assert right.json()["vote"]["answer"] == "04711"


def test_an_effect_of_unknown_outcome_is_settled_by_a_person(desk_on_both: Desk) -> None:
    desk = desk_on_both
    review = desk.propose()
    with desk.client() as client:
        client.post(
            f"{API}/reviews/{review.id}/votes",
            json={"kind": "approve", "digest": review.digest},
            headers=desk.voter(),
        )
        desk.close(review)
        desk.run_effect(review, EffectState.UNKNOWN, "timeout")
        reader = desk.key(Scope.EFFECTS_READ)
        [effect] = client.get(f"{API}/effects", params={"state": "unknown"}, headers=reader).json()["items"]
        assert effect["review_id"] == review.id
        url = f"{API}/effects/{effect['id']}/settle"
        body = {"settlement": "happened", "reason": "seen in the outbox"}
        assert client.post(url, json=body, headers=desk.key(Scope.EFFECTS_SETTLE)).status_code == 403
        key = desk.key(Scope.EFFECTS_SETTLE, person=desk.ann)
        settled = client.post(url, json=body, headers=key)
        assert settled.json()["state"] == "succeeded"
        again = client.post(url, json=body, headers=key)
        assert (again.status_code, again.json()["code"]) == (409, "effect_not_open")
        assert client.get(f"{API}/effects", params={"state": "unknown"}, headers=reader).json()["items"] == []


def test_the_audit_chain_is_read_in_pages_and_has_a_head(desk: Desk) -> None:
    for n in range(3):
        desk.propose({**EMAIL, "to": f"c{n}@example.com"})
    key = desk.key(Scope.AUDIT_READ)
    with desk.client() as client:
        page = client.get(f"{API}/audit", params={"limit": 2}, headers=key).json()
        assert [entry["seq"] for entry in page["items"]] == [1, 2]
        rest = client.get(f"{API}/audit", params={"after": page["next"]}, headers=key).json()
        assert rest["items"][0]["seq"] == 3
        assert rest["items"][0]["previous"] == page["items"][1]["hash"]
        head = client.get(f"{API}/audit/head", headers=key).json()
        assert head["size"] == rest["items"][-1]["seq"]
        assert head["hash"] == rest["items"][-1]["hash"]


def test_a_place_that_no_chain_can_have_is_refused(desk_on_both: Desk) -> None:
    key = desk_on_both.key(Scope.AUDIT_READ)
    with desk_on_both.client() as client:
        for after, status in ((2**31 - 1, 200), (2**31, 422)):
            answer = client.get(f"{API}/audit", params={"after": after}, headers=key)
            assert answer.status_code == status
    with desk_on_both.begin() as tx:
        people.change_person(tx, desk_on_both.ann.id, roles=[Role.AUDITOR])
    with desk_on_both.browser() as browser:
        assert browser.get(f"/audit?before={2**31 - 1}").status_code == 200
        assert browser.get(f"/audit?before={2**31}").status_code == 422


def test_stop_and_go(desk: Desk) -> None:
    admin = desk.key(Scope.ADMIN, person=desk.ann)
    with desk.client() as client:
        stopped = client.post(f"{API}/stop", json={"reason": "odd mails"}, headers=admin).json()
        assert (stopped["stopped"], stopped["by"], stopped["reason"]) == (True, "Ann Keller", "odd mails")
        with desk.browser() as browser:
            assert "Everything is stopped." in browser.get("/reviews").text
        assert client.post(f"{API}/go", headers=admin).json() == {
            "stopped": False, "at": None, "by": None, "reason": None,
        }  # fmt: skip


def test_health_needs_no_key_and_tells_of_a_missing_schema(desk: Desk) -> None:
    with desk.client() as client:
        assert client.get(f"{API}/health").json() == {"status": "ok", "database": "sqlite"}
        with desk.begin() as tx:
            tx.connection.exec_driver_sql("drop table alembic_version")
        sick = client.get(f"{API}/health")
        assert (sick.status_code, sick.json()["code"]) == (503, "database_unready")


def test_openapi_declares_every_refusal_with_the_problem_type(desk: Desk) -> None:
    with desk.client() as client:
        assert client.get(f"{API}/openapi.json").json() == client.get(f"{API}/openapi.json").json()
        document = client.get(f"{API}/openapi.json").json()
    assert "HTTPValidationError" not in json.dumps(document)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], (path, method, status)
                    assert answer["content"]["application/problem+json"]["schema"]
            if path != f"{API}/health":
                assert {"401", "403"} <= set(operation["responses"]), (path, method)
                assert operation["security"], (path, method)
    vote = document["components"]["schemas"]["VoteIn"]
    assert vote["additionalProperties"] is False
    assert len(vote["examples"]) == 3


def test_a_key_of_a_person_who_left_is_worth_nothing(desk: Desk) -> None:
    key = desk.voter(desk.lee)
    with desk.client() as client:
        assert client.get(f"{API}/reviews", headers=key).status_code == 200
        with desk.begin() as tx:
            people.change_person(tx, desk.lee.id, active=False)
        assert client.get(f"{API}/reviews", headers=key).status_code == 401


def test_whoever_may_decide_no_more_cannot_vote_with_an_old_key(desk: Desk) -> None:
    review = desk.propose()
    key = desk.voter(desk.lee)
    with desk.begin() as tx:
        people.change_person(tx, desk.lee.id, roles=[Role.AUDITOR])
    with desk.client() as client:
        answer = client.post(
            f"{API}/reviews/{review.id}/votes",
            json={"kind": "approve", "digest": review.digest},
            headers=key,
        )
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_the_admin_scope_holds_all_others_for_an_administrator(desk: Desk) -> None:
    ada = desk.admin()
    with desk.begin() as tx:
        key, secret = people.add_key(tx, name="root", scopes=[Scope.ADMIN], person=ada)
    assert all(KeyHolder(key=key, person=ada).may(scope) for scope in Scope)
    assert [scope for scope in Scope if KeyHolder(key=key, person=desk.ann).may(scope)] == [
        Scope.REVIEWS_READ,
        Scope.REVIEWS_VOTE,
    ]
    assert secret not in repr(key)


def test_a_thread_may_be_named_with_slashes(desk: Desk) -> None:
    key = desk.key(Scope.RUNS_START)
    with desk.client() as client:
        body = {"graph": "outbound_copy", "input": {}, "thread": "crm/4411/märz"}
        assert client.post(f"{API}/runs", json=body, headers=key).status_code == 201
        assert client.get(f"{API}/runs/crm/4411/märz", headers=key).json()["thread"] == "crm/4411/märz"
