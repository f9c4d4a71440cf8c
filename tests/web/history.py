"""A past for a desk: some hundred reviews of three tools, decided by four people over a month.

Everything goes through the services, under instants of the past, in one transaction: it takes about a
second, and the figures come out the same every time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from signoff.domain import canonical
from signoff.domain.action import Action
from signoff.domain.effect import EffectState
from signoff.domain.errors import SignoffError
from signoff.domain.flag import flag_keys
from signoff.domain.ids import DEFAULT_WORKSPACE, ThreadId
from signoff.domain.person import Person, Role, as_actor
from signoff.domain.policy import RuleEffect
from signoff.domain.review import Review
from signoff.domain.vote import Ballot, VoteKind
from signoff.services import decide, people, perform, query
from signoff.services.perform import Start
from signoff.services.propose import Caller, Proposal, ToolVersion, propose_or_plan
from signoff.services.shadow import as_shadow
from signoff.store import people as accounts
from signoff.store.actions import StoredAction
from signoff.store.database import Tx
from tests.web.desk import Desk, cheap_hash

POLICY = """\
name: customer-desk
version: 7
summary: Mail, refunds and record changes of the customer desk.
defaults: {settling: 30s, due_after: 4h, expires_after: 3d, valid_for: 24h}
facts: {tier: string, known: bool}
flags:
  brand_terms:
    tools: [send_email]
    read: [subject, body]
    terms:
      - {term: guaranteed, severity: high, suggestion: made to last, reason: The warranty says what lasts.}
      - {term: risk-free, severity: high, suggestion: easy, reason: Nothing is without risk.}
      - {term: cheap, severity: low, suggestion: good value, reason: It is about value.}
  hidden_characters: {}
tools:
  find_customer: {effect: read}
  send_email:
    effect: irreversible
    summary: Sends this e-mail from the company's address. It cannot be recalled.
    title: "Mail to {to}: {subject}"
    approve_label: Approve and send
    body: body
    binds: []
    arguments: {to: string, subject: string, body: string, discount: "int?"}
    placement:
      {latency_tolerance: high, ambiguity: high, impact_radius: medium, rework_cost: high, frequency: high,
       learning_potential: high}
  refund:
    effect: irreversible
    summary: Pays money back to the customer.
    title: "Refund {amount} to {order}"
    approve_label: Approve refund
    binds: []
    arguments: {order: string, amount: int, reason: string}
    placement:
      {latency_tolerance: medium, ambiguity: medium, impact_radius: low, rework_cost: high, frequency: medium,
       learning_potential: low}
  update_record:
    effect: write
    summary: Changes a field of the customer's record.
    title: "Set {field} of {customer}"
    binds: []
    arguments: {customer: string, field: string, value: string}
    shadow: {until: 2999-01-01}
rules:
  - id: never-to-rivals
    tools: [send_email]
    when: args.to.endsWith("@rival.example")
    effect: deny
    summary: Nothing is ever sent to a rival.
  - id: flagged-draft
    tools: [send_email]
    when: flags.exists(f, f.severity == "high")
    effect: review
    summary: A check found something in the draft. Read the marked words before it leaves.
  - id: discount-over-limit
    tools: [send_email]
    when: has(args.discount) && args.discount > 20
    effect: review
    summary: A discount above 20 % takes a person.
    stages:
      - {name: sales lead, candidates: ["group:leads"], due_after: 2h}
      - {name: legal, candidates: ["group:legal"], four_eyes: true}
  - id: first-contact
    tools: [send_email]
    when: "!facts.known"
    effect: review
    summary: Nobody on record has this address.
  - id: routine-mail
    tools: [send_email]
    when: facts.known
    effect: allow
    summary: Mail to a known customer without findings goes out by itself.
  - id: small-refund
    tools: [refund]
    when: args.amount <= 50
    effect: allow
    summary: Up to 50 is paid back without asking.
  - id: large-refund
    tools: [refund]
    when: args.amount > 50
    effect: review
    summary: More than 50 takes somebody who looked at the order.
  - id: huge-refund
    tools: [refund]
    when: args.amount > 100000
    effect: deny
    summary: No order of ours is that large.
  - id: record-change
    tools: [update_record]
    when: always
    effect: review
    summary: Changes of records are looked at.
"""

EARLIER = POLICY.replace("version: 7", "version: 6").replace("args.discount > 20", "args.discount > 15")

_BODIES = (
    "Hello {name},\n\nthe spare part you asked about is back in stock. Shall I set one aside?\n\nBest,\nSam",
    "Hello {name},\n\nour new cutter is guaranteed to last, and it is risk-free to try.\n\nBest,\nSam",
    "Hello {name},\n\nthank you for your patience. The delivery leaves on Thursday.\n\nBest,\nSam",
    "Hello {name},\n\nas a regular customer you get a discount on the next order.\n\nBest,\nSam",
)
_NAMES = ("Dana Ortiz", "Noor Haddad", "Piet de Vries", "Ines Costa", "Tom Baker", "Aiko Mori")
_REASONS = (
    "The warranty says five years, not for good.",
    "Wrong customer: she asked about the other order.",
    "Too pushy for a first contact.",
    "The record allows 15 % at most.",
    "Please name the delivery date.",
)
_SCHEMAS: dict[str, dict[str, Any]] = {
    "send_email": {
        "type": "object",
        "properties": {
            "to": {"type": "string"}, "subject": {"type": "string"}, "body": {"type": "string"},
            "discount": {"type": "integer"},
        },
    },
    "refund": {
        "type": "object",
        "properties": {
            "order": {"type": "string"}, "amount": {"type": "integer"}, "reason": {"type": "string"},
        },
    },
    "update_record": {
        "type": "object",
        "properties": {
            "customer": {"type": "string"}, "field": {"type": "string"}, "value": {"type": "string"},
        },
    },
}  # fmt: skip


@dataclass(frozen=True)
class Team:
    """The people of the past, beside Ann and Lee."""

    priya: Person
    """Leads, and sees figures."""
    omar: Person
    """Of legal."""
    mara: Person
    """Audits; decides nothing."""


@dataclass(frozen=True)
class Past:
    """A desk with a past, and its people."""

    desk: Desk
    team: Team


def add_team(desk: Desk) -> Team:
    """People who can sign in with the password of the desk."""
    with desk.begin() as tx:
        priya = people.add_person(
            tx,
            email="priya@example.com",
            name="Priya Shah",
            roles=[Role.LEAD, Role.REVIEWER],
            groups=["leads"],
        )
        omar = people.add_person(
            tx, email="omar@example.com", name="Omar Haddad", roles=[Role.REVIEWER], groups=["legal"]
        )
        mara = people.add_person(tx, email="mara@example.com", name="Mara Lind", roles=[Role.AUDITOR])
        for person in (priya, omar, mara):
            accounts.set_password_hash(tx, person.id, cheap_hash())
    return Team(priya, omar, mara)


def seed(desk: Desk, team: Team, *, calls: int = 400, days: int = 28) -> None:
    """Let `calls` happen over the last `days`; the newest are still waiting."""
    story = _Story(desk, team)
    with desk.begin() as tx:
        end = tx.now
        step = timedelta(days=days) / calls
        for n in range(calls):
            story.call(tx, n, end - step * (calls - n), end)
        vars(tx)["now"] = end


class _Story:
    """Lets calls happen one after the other, each under its own instant."""

    def __init__(self, desk: Desk, team: Team) -> None:
        self.desk = desk
        self.team = team

    def call(self, tx: Tx, n: int, at: datetime, end: datetime) -> None:
        self._is_now(tx, at)
        tool, arguments, known = _arguments(n)
        stored, review = self._propose(tx, n, tool, arguments, known)
        if review is None:
            if stored.verdict.effect is RuleEffect.ALLOW:
                self._run(tx, n, stored)
            tx.flush()
            return
        tx.flush()
        if at > end - timedelta(hours=9):
            return
        closed = self._decide(tx, n, review, at)
        if closed is not None and closed.outcome is not None and closed.outcome.runs_the_tool:
            self._run(tx, n, stored)
        tx.flush()

    def _propose(
        self, tx: Tx, n: int, tool: str, arguments: dict[str, Any], known: bool
    ) -> tuple[StoredAction, Review | None]:
        core = self.desk.core
        action = Action(
            workspace=DEFAULT_WORKSPACE,
            thread=ThreadId(f"{'mail' if tool == 'send_email' else 'shop'}-{n:04}"),
            key=f"call:m{n}/c1",
            pause=f"m{n}",
            tool=tool,
            fingerprint=canonical.digest("tool", [tool]),
            effect_class=core.judge.policy.tool(tool).effect,
            arguments=arguments,
            context={"known": known, "tier": _pick(n, "tier", ("standard", "standard", "strategic"))},
        )
        proposal = Proposal(
            action=action,
            digest=action.digest,
            judgement=as_shadow(core, action, core.judge.judge(action, "sam@example.com")),
            tool=ToolVersion(name=tool, fingerprint=action.fingerprint, argument_schema=_SCHEMAS[tool]),
            title=core.judge.title(tool, arguments),
        )
        graph = "outbound_copy" if tool == "send_email" else "customer_service"
        done = propose_or_plan(tx, core, proposal, Caller(graph=graph, requester="sam@example.com"))
        return done.stored, done.opened

    def _decide(self, tx: Tx, n: int, review: Review, at: datetime) -> Review | None:
        """Votes until it is decided and closed; some are left to expire."""
        core = self.desk.core
        if _number(n, "expires") % 37 == 0:
            self._is_now(tx, review.expires_at + timedelta(minutes=1))
            return decide.close_settled(tx, core, review.id)
        if _number(n, "withdrawn") % 41 == 0:
            self._is_now(tx, at + timedelta(minutes=20))
            return decide.withdraw(tx, core, review.id, as_actor(self.desk.ann), "The customer called first.")
        for step in range(review.stages_total):
            at += timedelta(minutes=2 + _number(n, f"took{step}") % (9 if n % 5 else 240))
            self._is_now(tx, at)
            now = query.review_file(tx, review.id)
            checked = flag_keys(now.current.flags)
            ballot = _ballot(n, step, now.review, now.current.arguments, checked)
            try:
                review = decide.vote(tx, core, review.id, ballot, self._voter(n, now.review)).review
            except SignoffError:
                return None
            tx.flush()
            if review.settles_at is not None:
                self._is_now(tx, review.settles_at)
                return decide.close_settled(tx, core, review.id)
        return review

    def _voter(self, n: int, review: Review) -> Person:
        if review.rule == "discount-over-limit":
            return self.team.priya if review.stage == 1 else self.team.omar
        return _pick(
            n, "voter", (self.desk.ann, self.desk.ann, self.desk.ann, self.desk.lee, self.team.priya)
        )

    def _run(self, tx: Tx, n: int, stored: StoredAction) -> None:
        step = perform.claim(tx, self.desk.core, stored)
        assert isinstance(step, Start), step
        state = EffectState.FAILED if _number(n, "fails") % 53 == 0 else EffectState.SUCCEEDED
        error = "The mail server refused the address." if state is EffectState.FAILED else ""
        perform.record(tx, self.desk.core, step.effect, step.fence, state, "{}", error)

    @staticmethod
    def _is_now(tx: Tx, at: datetime) -> None:
        """Entries written so far get the instant they belong to; from here on it is `at`."""
        tx.flush()
        vars(tx)["now"] = at


def _arguments(n: int) -> tuple[str, dict[str, Any], bool]:
    tool = _pick(n, "tool", ("send_email", "send_email", "refund", "refund", "update_record"))
    name = _pick(n, "name", _NAMES)
    if tool == "refund":
        amount = 20 + _number(n, "amount") % 160
        return tool, {"order": f"A-{4000 + n}", "amount": amount, "reason": "Arrived broken."}, True
    if tool == "update_record":
        return tool, {"customer": name, "field": "phone", "value": f"+49 30 555 {n:04}"}, True
    host = "rival.example" if _number(n, "rival") % 45 == 0 else "customer.example"
    body = _number(n, "body") % len(_BODIES)
    arguments: dict[str, Any] = {
        "to": f"{name.split()[0].lower()}@{host}",
        "subject": ("Spare part in stock", "The new cutter", "Your delivery", "For your next order")[body],
        "body": _BODIES[body].format(name=name.split()[0]),
    }
    if body == 3:
        arguments["discount"] = 5 + 5 * (_number(n, "discount") % 6)
    return tool, arguments, _number(n, "known") % 4 != 0


def _ballot(
    n: int, step: int, review: Review, arguments: dict[str, Any], acknowledged: tuple[str, ...]
) -> Ballot:
    kind = VoteKind(_pick(n, f"vote{step}", _MIX.get(review.rule or "", ("approve",))))
    given: dict[str, Any] = {}
    if kind is VoteKind.REVISE:
        given["arguments"] = {
            **arguments,
            "body": arguments["body"].replace("guaranteed to last", "made to last") + "\n",
        }
    if kind in (VoteKind.REJECT, VoteKind.REQUEST_CHANGES):
        given["reason"] = _pick(n, "reason", _REASONS)
    seconds = float(
        2 + _number(n, "seconds") % 3 if _number(n, "haste") % 9 == 0 else 12 + _number(n, "s") % 160
    )
    return Ballot(
        kind=kind, digest=review.digest, channel="page", seconds=seconds, client_token=f"t{n}.{step}",
        acknowledged=acknowledged, **given,
    )  # fmt: skip


_MIX = {
    "flagged-draft": ("approve", "revise", "revise", "request_changes", "reject"),
    "discount-over-limit": ("approve", "approve", "approve", "reject"),
}


def _number(n: int, what: str) -> int:
    """A number that looks like chance and is the same every time."""
    return int.from_bytes(hashlib.sha256(f"{what}{n}".encode()).digest()[:4])


def _pick(n: int, what: str, among: tuple[Any, ...]) -> Any:
    return among[_number(n, what) % len(among)]
