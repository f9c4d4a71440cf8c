"""Nonsense on every route: never a server error, never an answer that the OpenAPI does not declare."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.domain.person import Scope
from tests.web.desk import Desk, open_desk
from tests.web.samples import EMAIL

odd_text = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "\0", "approve", "revise", "answer", "happened", "'", "%", "../..", "💥", "x" * 400]
    ),
)
odd_value = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), odd_text,
        st.sampled_from([2**63, -(2**70), {"$int": "x"}, {"$decimal": "1"}, {"$bytes": "!"}, {"$model": 1}]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(odd_text, inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip


class Target:
    """One server for all examples, with a key that may do everything."""

    def __init__(self, desk: Desk, client: TestClient) -> None:
        self.desk = desk
        self.client = client
        self.key = desk.key(Scope.ADMIN, person=desk.ann)
        self.document = client.get("/api/v1/openapi.json").json()
        self.operations = [
            (method, path, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        ]
        self.review = desk.propose()

    def fields_of(self, operation: dict[str, Any]) -> list[str]:
        """Names of the body's fields."""
        schema = json.dumps(operation.get("requestBody", {}))
        return [
            name
            for title, model in self.document["components"]["schemas"].items()
            if f"/{title}" in schema
            for name in model.get("properties", {})
        ]


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_desk(f"sqlite:///{Path(folder) / 'fuzz.db'}") as desk,
        desk.client() as client,
    ):
        yield Target(desk, client)


@settings(max_examples=400)
@given(data=st.data())
def test_no_answer_is_undeclared(target: Target, data: st.DataObject) -> None:
    method, path, operation = data.draw(st.sampled_from(target.operations))
    for part in ("review_id", "effect_id", "thread"):
        known = target.review.id if part == "review_id" else "x"
        text = data.draw(st.one_of(st.just(known), odd_text.filter(lambda t: t.strip("./") != "")))
        path = path.replace(f"{{{part}}}", "".join(f"%{byte:02x}" for byte in text.encode(errors="replace")))
    names = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
    params = {name: data.draw(odd_text) for name in names if data.draw(st.booleans())}
    fields = target.fields_of(operation)
    body: Any = None
    if fields:
        body = {name: data.draw(odd_value) for name in fields if data.draw(st.booleans())}
        if "digest" in body and data.draw(st.booleans()):
            body |= {
                "digest": target.review.digest,
                "arguments": EMAIL | {"discount_percent": body.get("answer")},
            }
    answer = target.client.request(method, path, params=params, json=body, headers=target.key)
    declared = set(operation["responses"])
    # An identifier of nothing but separators leads to another address, which answers as what it is.
    assert str(answer.status_code) in declared | {"404", "405"}, (method, path, body, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
