"""The services over a real database, without any graph: reviews are proposed directly."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from fastapi.testclient import TestClient
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select

from signoff.domain import canonical
from signoff.domain.action import Action, EffectClass
from signoff.domain.effect import EffectState
from signoff.domain.errors import NotFound
from signoff.domain.ids import DEFAULT_WORKSPACE, ReviewId, ThreadId
from signoff.domain.permission import scopes_of
from signoff.domain.person import Person, Role, Scope
from signoff.domain.review import Review, ReviewFile, ReviewKind
from signoff.jobs.distributed import DistributedQueue
from signoff.jobs.embedded import EmbeddedQueue
from signoff.policy.load import parse_policy
from signoff.services import decide, people, perform, query
from signoff.services.core import Core
from signoff.services.judge import Judge
from signoff.services.propose import Caller, Proposal, ToolVersion, propose
from signoff.store import actions, reviews
from signoff.store import people as accounts
from signoff.store.database import Database
from signoff.store.rows import Row
from signoff.web import WebSettings, create_app
from tests.web.samples import EMAIL, SCHEMA

PASSWORD = "correct horse battery"
SAME_SITE = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}

POLICY = """\
name: outbound-copy
version: 3
summary: Outbound e-mail.
defaults: {settling: 30s, due_after: 8h, expires_after: 3d}
flags:
  brand_terms: {terms: [guaranteed]}
  hidden_characters: {}
tools:
  send_email:
    effect: irreversible
    summary: Sends this e-mail from your company's address.
    title: "Mail to {to}"
    approve_label: Approve and send
    body: body
    binds: []
    arguments: {to: string, subject: string, body: string, discount_percent: "int?"}
rules:
  - id: never_to_rival
    when: args.to.endsWith("@rival.example")
    tools: [send_email]
    effect: deny
    summary: Nothing is ever sent to a rival.
  - id: read_it
    when: always
    effect: review
    summary: A person reads every e-mail before it goes out.
"""

FLAGGING = POLICY.replace(
    "brand_terms: {terms: [guaranteed]}",
    """brand_terms:
    terms:
      - {term: guaranteed, severity: high, suggestion: known}
      - {term: SSO, severity: high}
      - {term: webinar, severity: low}""",
)
"""The same policy with two high flags and a low one on the usual draft."""


@cache
def cheap_hash() -> str:
    """A hash of `PASSWORD` that takes no time to make or to check."""
    return Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


class Desk:
    """A database with one policy, two people, and reviews made on demand."""

    def __init__(self, core: Core, settings: WebSettings) -> None:
        self.core = core
        self.settings = settings
        self.app = create_app(core, settings)
        self._made = 0
        with self.begin() as tx:
            self.ann = people.add_person(tx, email="ann@example.com", name="Ann Keller")
            self.lee = people.add_person(tx, email="lee@example.com", name="Lee Park")
            for person in (self.ann, self.lee):
                accounts.set_password_hash(tx, person.id, cheap_hash())

    def begin(self) -> Any:
        return self.core.database.begin(DEFAULT_WORKSPACE)

    def read(self) -> Any:
        return self.core.database.read(DEFAULT_WORKSPACE)

    def key(self, *scopes: Scope, person: Person | None = None) -> dict[str, str]:
        """The header of a new API key; a person gets the role that its scopes need."""
        with self.begin() as tx:
            if person is not None and not scopes_of(person.roles).issuperset(scopes):
                people.change_person(tx, person.id, roles=[*person.roles, Role.ADMIN])
                person = people.get_person(tx, person.id)
            _, secret = people.add_key(tx, name="test", scopes=scopes, person=person)
        return {"Authorization": f"Bearer {secret}"}

    def admin(self) -> Person:
        """Somebody who may do everything, added when first asked for."""
        with self.begin() as tx:
            try:
                return people.find_person(tx, "ada@example.com")
            except NotFound:
                ada = people.add_person(tx, email="ada@example.com", name="Ada Moor", roles=[Role.ADMIN])
                accounts.set_password_hash(tx, ada.id, cheap_hash())
                return ada

    def voter(self, person: Person | None = None) -> dict[str, str]:
        return self.key(Scope.REVIEWS_READ, Scope.REVIEWS_VOTE, person=person or self.ann)

    def propose(
        self,
        arguments: dict[str, Any] | None = None,
        *,
        tool: str = "send_email",
        kind: ReviewKind = ReviewKind.TOOL_CALL,
        schema: dict[str, Any] | None = None,
        thread: str | None = None,
        requester: str | None = "sam@example.com",
        context: dict[str, Any] | None = None,
        bound: dict[str, Any] | None = None,
        title: str | None = None,
    ) -> Review:
        """A review of one call, as the guard would open it."""
        self._made += 1
        arguments = EMAIL if arguments is None else arguments
        schema = SCHEMA if schema is None else schema
        policy = self.core.judge.policy
        action = Action(
            workspace=DEFAULT_WORKSPACE,
            thread=ThreadId(thread or f"thread-{self._made}"),
            key=f"call:m{self._made}/c1",
            pause=f"m{self._made}",
            tool=tool,
            fingerprint=canonical.digest("tool", [tool, schema]),
            effect_class=EffectClass.READ if kind is ReviewKind.QUESTION else policy.tool(tool).effect,
            arguments=arguments,
            context=context or {},
            bound=bound or {},
        )
        proposal = Proposal(
            action=action,
            digest=action.digest,
            judgement=self.core.judge.judge(action, requester),
            tool=ToolVersion(name=tool, fingerprint=action.fingerprint, argument_schema=schema),
            kind=kind,
            title=title or self.core.judge.title(tool, arguments),
        )
        with self.begin() as tx:
            stored = propose(tx, self.core, proposal, Caller(graph="outbound_copy", requester=requester))
            opened = reviews.latest_of_action(tx, stored.id)
        assert opened is not None, stored.verdict
        return opened

    def file(self, review: Review) -> ReviewFile:
        with self.read() as tx:
            return query.review_file(tx, review.id)

    def close(self, review: Review) -> None:
        """End the settling window now."""
        with self.begin() as tx:
            decide._close_decided(tx, self.core, query.review_file(tx, ReviewId(review.id)))

    def run_effect(self, review: Review, end: EffectState, error: str = "") -> None:
        """Carry out what a closed review authorised, with this end."""
        with self.begin() as tx:
            action_id = query.review_file(tx, review.id).review.action_id
            step = perform.claim(tx, self.core, actions.get(tx, action_id))
            assert isinstance(step, perform.Start), step
            perform.record(tx, self.core, step.effect, step.fence, end, "{}", error)

    def counts(self) -> dict[str, int]:
        """Rows of every table, to show that nothing changed."""
        with self.read() as tx:
            return {
                table: tx.connection.exec_driver_sql(f"select count(*) from {table}").scalar_one()
                for table in (
                    "review",
                    "revision",
                    "vote",
                    "audit_entry",
                    "job",
                    "login_session",
                    "login_token",
                )
            }

    def digests(self) -> dict[str, str]:
        """A digest of every table there is, all but when sessions were last seen."""
        found: dict[str, str] = {}
        with self.read() as tx:
            for name, table in Row.metadata.tables.items():
                columns = [column for column in table.columns if column.name != "seen_at"]
                rows = sorted(map(repr, tx.execute(select(*columns))))
                found[name] = canonical.digest("table", rows)
        return found

    @contextmanager
    def client(self) -> Iterator[TestClient]:
        """A browser that follows no redirect by itself."""
        with TestClient(self.app, follow_redirects=False, raise_server_exceptions=False) as opened:
            yield opened

    @contextmanager
    def browser(self, person: Person | None = None) -> Iterator[Browser]:
        """A signed-in browser."""
        with self.client() as opened:
            browser = Browser(opened)
            browser.sign_in((person or self.ann).email)
            yield browser


class Browser:
    """Reads forms off pages and sends them, as a browser without script does."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def sign_in(self, email: str, password: str = PASSWORD, next: str = "/reviews") -> Any:
        fields = {"email": email, "password": password, "next": next}
        return self.client.post("/sign-in", data=fields, headers=SAME_SITE)

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def hidden(self, path: str) -> dict[str, str]:
        """Hidden fields of a page's first decision form."""
        page = self.get(path).text
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
        return {name: html.unescape(value) for name, value in found}

    def acks(self, review: Review) -> list[str]:
        """Names of the boxes that a person ticks before approving, on the editing page."""
        page = self.get(f"/reviews/{review.id}?edit=1").text
        return sorted(set(re.findall(r'name="(ack/[^"]*)"', page)))

    def decide(self, review: Review, choice: str, hidden: Any = None, **fields: str) -> Any:
        path = f"/reviews/{review.id}"
        data = {**(self.hidden(path) if hidden is None else hidden), "choice": choice, **fields}
        return self.client.post(f"{path}/decide", data=data, headers=SAME_SITE)

    def post(self, path: str, **fields: str) -> Any:
        return self.client.post(path, data=fields, headers=SAME_SITE)


@contextmanager
def open_desk(url: str, policy: str = POLICY, settings: WebSettings | None = None) -> Iterator[Desk]:
    """A fresh desk on an empty database."""
    database = Database(url)
    database.migrate()
    queue: EmbeddedQueue | DistributedQueue
    if database.dialect == "sqlite":
        queue = EmbeddedQueue(database)
    else:
        queue = DistributedQueue(database)
        queue.install()
    core = Core(database=database, queue=queue, judge=Judge(parse_policy(policy, "policy.yaml")))
    try:
        yield Desk(core, settings or WebSettings(base_url="http://testserver", live_seconds=0))
    finally:
        database.dispose()
