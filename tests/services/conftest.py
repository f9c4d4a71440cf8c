"""A core on both databases with a clock that the test moves, and actions proposed without any graph."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from signoff.domain.action import Action, EffectClass
from signoff.domain.ids import DEFAULT_WORKSPACE, ReviewId, ThreadId, call_key
from signoff.domain.person import Actor, Person, Role, as_actor
from signoff.domain.review import Review
from signoff.domain.vote import Ballot, VoteKind
from signoff.jobs import open_queue
from signoff.policy.load import parse_policy
from signoff.services import audit, decide, people, perform
from signoff.services.core import Core, ServiceSettings
from signoff.services.judge import Judge
from signoff.services.perform import Step
from signoff.services.propose import Caller, Proposal, ToolVersion, propose
from signoff.store import reviews
from signoff.store.actions import StoredAction
from signoff.store.database import Database
from signoff.testing import FixedClock

POLICY = """\
name: desk
version: 1
defaults: {settling: 0, valid_for: 1h, expires_after: 3d}
tools:
  send:
    effect: irreversible
    title: "Mail to {to}"
    arguments: {to: string, discount: "int?"}
  pay:
    effect: irreversible
    idempotency: {argument: key}
    arguments: {amount: int}
rules:
  - {id: never, tools: [send], when: 'args.to == "nobody"', effect: deny, summary: Nobody gets none.}
  - {id: friends, tools: [send], when: 'args.to == "friend"', effect: allow, summary: Friends are fine.}
  - id: two-people
    tools: [send]
    when: 'args.to == "board"'
    effect: review
    summary: Two people look at what goes to the board.
    stages:
      - {name: lead, candidates: ["group:leads"], four_eyes: true}
      - {name: legal, candidates: ["group:legal"]}
  - {id: slow, tools: [send], when: 'args.to == "slow"', effect: review, settling: 30s, summary: Settles.}
  - {id: rest, when: always, effect: review, summary: The rest waits.}
"""

SCHEMA = {
    "type": "object",
    "properties": {"to": {"type": "string"}, "discount": {"type": "integer"}, "amount": {"type": "integer"}},
}


class Bench:
    """A core with people, and short words for what tests do with it."""

    def __init__(self, core: Core, clock: FixedClock) -> None:
        self.core = core
        self.clock = clock
        self.database = core.database
        with self.database.begin() as tx:
            add = people.add_person
            self.ana = add(tx, email="ana@example.com", name="Ana")
            self.ben = add(tx, email="ben@example.com", name="Ben")
            self.lea = add(tx, email="lea@example.com", name="Lea", groups=["leads"])
            self.leo = add(tx, email="leo@example.com", name="Leo", groups=["leads"])
            self.liz = add(tx, email="liz@example.com", name="Liz", groups=["legal"])
            self.aud = add(tx, email="aud@example.com", name="Aud", roles=[Role.AUDITOR])

    def propose(
        self,
        tool: str = "send",
        call: str = "c1",
        *,
        message: str = "m1",
        thread: str = "t1",
        requester: str | None = None,
        passed: frozenset[str] = frozenset(),
        fingerprint: str = "f1",
        **arguments: Any,
    ) -> StoredAction:
        action = Action(
            workspace=DEFAULT_WORKSPACE,
            thread=ThreadId(thread),
            key=call_key(message, call),
            pause=message,
            tool=tool,
            fingerprint=fingerprint,
            effect_class=EffectClass.IRREVERSIBLE,
            arguments=arguments,
        )
        proposal = Proposal(
            action=action,
            digest=action.digest,
            judgement=self.core.judge.judge(action, requester),
            tool=ToolVersion(
                name=tool, fingerprint=fingerprint, argument_schema=SCHEMA, retryable=tool == "pay"
            ),
            title=self.core.judge.title(tool, arguments),
            passed_messages=passed,
        )
        with self.database.begin() as tx:
            return propose(tx, self.core, proposal, Caller(graph="g", requester=requester))

    def review_of(self, stored: StoredAction) -> Review:
        with self.database.read() as tx:
            review = reviews.latest_of_action(tx, stored.id)
        assert review is not None
        return review

    def review_of_id(self, review_id: ReviewId) -> Review:
        with self.database.read() as tx:
            review = reviews.get(tx, review_id)
        assert review is not None
        return review

    @property
    def actor(self) -> Actor:
        return as_actor(self.ben)

    def vote(self, review: Review, person: Person, kind: str, **ballot: Any) -> Review:
        ballot.setdefault("digest", review.digest)
        with self.database.begin() as tx:
            cast = Ballot(kind=VoteKind(kind), **ballot)
            return decide.vote(tx, self.core, review.id, cast, person).review

    def approve(self, stored: StoredAction) -> Review:
        return self.vote(self.review_of(stored), self.ana, "approve")

    def claim(self, stored: StoredAction) -> Step:
        with self.database.begin() as tx:
            return perform.claim(tx, self.core, stored)

    def events(self) -> list[str]:
        with self.database.read() as tx:
            audit.verify_chain(tx)
            return [entry.event for entry in audit.export(tx)]


@pytest.fixture
def bench(database_url: str) -> Iterator[Bench]:
    clock = FixedClock()
    database = Database(database_url, clock)
    core = Core(
        database=database,
        queue=open_queue(database),
        judge=Judge(parse_policy(POLICY)),
        settings=ServiceSettings(lease=timedelta(seconds=30)),
    )
    yield Bench(core, clock)
    database.dispose()
