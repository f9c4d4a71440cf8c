"""Requests generated from the OpenAPI document, sent to a server, each answer held against the document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from signoff.domain.effect import EffectState
from signoff.domain.person import Scope
from signoff.services import query
from signoff.web import WebSettings
from tests.support.serving import free_port, listening
from tests.web.desk import Desk, open_desk
from tests.web.samples import EMAIL

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
DOCUMENT = "/api/v1/openapi.json"


@dataclass(frozen=True)
class Known:
    """What is really there, for requests that get past the first check."""

    review_id: str
    digest: str
    thread: str
    effect_id: str
    arguments: dict[str, Any]


@dataclass
class Fuzz:
    """Generates requests for every operation of one server."""

    url: str
    headers: dict[str, str]
    known: Callable[[], Known]
    """Called before each operation, as an earlier one may have closed what was open."""
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    """How many answers an operation gave with a status."""

    def run(self, total: int, tell: Callable[[int], None] = lambda done: None) -> None:
        """Send at least `total` requests to all operations alike, half of them against the document.

        Raises:
            Failure: an answer is a server error or not what the document says; with the request.
            FailureGroup: several of these in one answer.
        """
        schema = schemathesis.openapi.from_url(self.url + DOCUMENT)
        operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
        with requests.Session() as session:
            while self.sent < total:
                share = max(1, (total - self.sent) // (2 * len(operations)))
                before = self.sent
                for operation in operations:
                    for mode in GenerationMode:
                        self._try(session, operation, mode, share)
                        tell(self.sent)
                assert self.sent > before, "nothing could be generated"

    @property
    def sent(self) -> int:
        return self.answers.total()

    def _try(self, session: requests.Session, operation: Any, mode: GenerationMode, count: int) -> None:
        if mode is GenerationMode.NEGATIVE and not (
            operation.body or operation.query or operation.path_parameters
        ):
            return  # there is nothing that could be wrong

        known = self.known()

        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), aim=st.integers(0, 3))
        def send(case: Any, aim: int) -> None:
            if aim:
                _aim(case, aim, known)
            answer = case.call(session=session, headers=self.headers)
            self.answers[operation.label, answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        send()


def _aim(case: Any, aim: int, known: Known) -> None:
    """Make the request be about something that is there: its address, then its content too."""
    for name in case.path_parameters or {}:
        case.path_parameters[name] = getattr(known, name)
    if aim > 1 and isinstance(case.body, dict) and "digest" in case.body:
        case.body["digest"] = known.digest
        if aim == 3:
            case.body["arguments"] = dict(known.arguments)


@contextmanager
def fuzzing(database_url: str) -> Iterator[Fuzz]:
    """A server on an empty database, with a key that may do everything."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    # Within the limits nearly all answers would be 429.
    no_limit = WebSettings(base_url=url, requests_per_address=1_000_000, requests_per_person=1_000_000)
    with open_desk(database_url, settings=no_limit) as desk:
        unknown = _unknown_effect(desk)

        def known() -> Known:
            review = desk.propose()
            return Known(review.id, review.digest, review.thread, unknown, dict(EMAIL))

        with listening(desk.app, port):
            yield Fuzz(url, desk.key(Scope.ADMIN, person=desk.ann), known)


def _unknown_effect(desk: Desk) -> str:
    """An effect that somebody has to settle."""
    review = desk.propose()
    with desk.browser(desk.lee) as browser:
        browser.decide(review, "approve")
    desk.close(review)
    desk.run_effect(review, EffectState.UNKNOWN, "the connection broke")
    with desk.read() as tx:
        effect = query.effect_of(tx, review.id)
    assert effect is not None
    return effect.id
