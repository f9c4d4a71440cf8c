"""Role by object by field: no answer of the server holds a value that its reader may not see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from signoff.app import Desk as AppDesk
from signoff.cli.reviews import _print_file
from signoff.domain.effect import EffectState
from signoff.domain.errors import FieldsHidden, RevisionInvalid
from signoff.domain.permission import scopes_of
from signoff.domain.person import Person, Role, Scope, as_actor
from signoff.domain.review import Outcome, Review
from signoff.domain.run import RunStatus
from signoff.domain.snapshot import RunSnapshot, StateNode
from signoff.domain.visibility import EVERYTHING, NOBODY, viewer_of
from signoff.domain.vote import Ballot, VoteKind
from signoff.notebook import card
from signoff.services import audit, decide, export, people
from signoff.services.sight import HIDDEN, Sight
from signoff.store import people as accounts
from signoff.store import runs, snapshots
from signoff.store.history import Wanted
from tests.web.desk import Desk, cheap_hash, open_desk
from tests.web.html_text import Page
from tests.web.test_headers import routes

POLICY = r"""
name: payouts
version: 1
summary: Money that leaves.
defaults: {settling: 0, due_after: 8h}
flags:
  brand_terms:
    tools: [pay_out]
    read: [card_number, memo]
    patterns: [{pattern: '\b\d{16}\b', reason: No numbers., suggestion: none}]
facts: {risk: string}
tools:
  pay_out:
    effect: irreversible
    summary: Pays the money out.
    title: "Pay {amount} to {card_number}"
    approve_label: Pay
    body: memo
    binds: [state.account]
    shows: [risk, salary]
    visible:
      /card_number:
        show: [lead]
        mask: [reviewer]
        why: a card number is personal
        ask: a lead
      /customer/phone: {show: [lead, "group:support"], why: contact data, ask: support}
      /lines/*/cost: {show: [lead, auditor], why: our costs, needed: false}
      facts/salary: {show: [lead]}
      bound/state.account: {show: [lead, admin], needed: false}
rules: []
"""
OLD_CARD, CARD, PHONE, COST = "4929000011110042", "4929000011112222", "+49 170 5550199", 73219
SALARY, ACCOUNT = "118,400 a year", "ACC-77-GOLD"
SECRETS = {
    "card": (OLD_CARD, CARD), "phone": (PHONE,), "cost": (str(COST), f"{COST:,}"), "salary": (SALARY,),
    "account": (ACCOUNT,),
}  # fmt: skip
SEES = {
    "reviewer": set(), "support": {"phone"}, "lead": set(SECRETS), "policy_editor": set(),
    "auditor": {"cost"}, "admin": {"account"}, "service": set(), "trusted service": set(SECRETS),
}  # fmt: skip
ARGUMENTS: dict[str, Any] = {
    "amount": 250,
    "card_number": OLD_CARD,
    "memo": "Refund for the kettle.\nAs agreed.",
    "customer": {"name": "Noah Brown", "phone": PHONE},
    "lines": [{"sku": "A-1", "cost": COST}, {"sku": "B-2", "cost": COST}],
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "amount": {"type": "integer"}, "card_number": {"type": "string", "pattern": "^49"},
        "memo": {"type": "string"}, "customer": {"type": "object"}, "lines": {"type": "array"},
    },
    "required": ["amount", "card_number"],
}  # fmt: skip
EVERY_SCOPE = (
    Scope.REVIEWS_READ, Scope.RUNS_START, Scope.EFFECTS_READ, Scope.AUDIT_READ, Scope.REVIEWS_WITHDRAW,
)  # fmt: skip


class Office:
    """Reviews of every state whose hidden values stand in every place they can get to."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.people: dict[str, Person] = {}
        with desk.begin() as tx:
            for role in Role:
                self.people[role.value] = self._person(tx, role.value, role)
            self.people["support"] = self._person(tx, "support", Role.REVIEWER, "support")
        self.open = self.propose()
        self.rejected = self._rejected()
        self.lost = self._lost()

    def _person(self, tx: Any, name: str, role: Role, *groups: str) -> Person:
        person = people.add_person(
            tx, email=f"{name}@example.com", name=name.title(), roles=[role], groups=groups
        )
        accounts.set_password_hash(tx, person.id, cheap_hash())
        return person

    def propose(self, **changed: Any) -> Review:
        return self.desk.propose(
            {**ARGUMENTS, **changed}, tool="pay_out", schema=SCHEMA,
            context={"salary": SALARY, "risk": "low"}, bound={"state.account": ACCOUNT},
        )  # fmt: skip

    def _rejected(self) -> Review:
        review = self.propose()
        self.vote(
            review, "lead", VoteKind.REJECT, reason=f"{OLD_CARD} is stolen, call {PHONE} about {COST:,}."
        )
        return review

    def _lost(self) -> Review:
        """Revised, approved, tried, and of unknown outcome: with a settlement, an error, and a failed run."""
        review = self.propose()
        self.vote(review, "lead", VoteKind.REVISE, arguments={**ARGUMENTS, "card_number": CARD})
        self.desk.run_effect(review, EffectState.UNKNOWN, f"no answer for {CARD} of {ACCOUNT} at {SALARY}")
        with self.desk.begin() as tx:
            runs.set_status(tx, review.thread, RunStatus.FAILED, error=f"KeyError: '{CARD}'")
        return review

    def vote(self, review: Review, who: str, kind: VoteKind, **ballot: Any) -> Any:
        digest = self.desk.file(review).review.digest
        with self.desk.begin() as tx:
            return decide.vote(
                tx, self.desk.core, review.id, Ballot(kind=kind, digest=digest, **ballot), self.people[who]
            )

    def reviews(self) -> list[str]:
        with self.desk.read() as tx:
            found = tx.connection.exec_driver_sql("select id from review").scalars()
            return list(found)


@pytest.fixture(scope="module")
def quiet_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office in which nobody does anything but read."""
    with open_desk(f"sqlite:///{tmp_path_factory.mktemp('office') / 'signoff.db'}", POLICY) as desk:
        yield Office(desk)


@pytest.fixture
def office(sqlite_url: str) -> Iterator[Office]:
    with open_desk(sqlite_url, POLICY) as desk:
        yield Office(desk)


def leaked(text: str, sees: set[str]) -> list[str]:
    """Names of hidden values that stand in `text`, however it is escaped."""
    plain = text.replace("&#43;", "+").replace("\\u002b", "+")
    return [
        name for name, looks in SECRETS.items() if name not in sees and any(look in plain for look in looks)
    ]


def addresses(office: Office, prefix: str) -> list[str]:
    """Every GET address of the app below `prefix`, with every review, run and effect in it."""
    found: set[str] = set()
    for method, path in routes(office.desk.app):
        if method != "GET" or not path.startswith(prefix) or "{version}" in path:
            continue
        ids = office.reviews() if "{review_id}" in path else [""]
        for one in ids:
            filled = path.replace("{review_id}", one).replace("{thread:path}", office.lost.thread)
            found.add(filled)
    return sorted(found - {"/sign-in/link"})


@pytest.mark.parametrize("who", [*Role, "support"])
def test_no_page_holds_what_its_reader_may_not_see(quiet_office: Office, who: str) -> None:
    paths = [path for path in addresses(quiet_office, "/") if not path.startswith("/api/")]
    queries = [
        "/reviews?tab=decided", f"/reviews?tool={CARD}", f"/reviews/{quiet_office.open.id}?edit=1",
    ]  # fmt: skip
    with quiet_office.desk.browser(quiet_office.people[who]) as browser:
        for path in [*paths, *queries]:
            answer = browser.get(path)
            typed = {"card"} if CARD in path else set()
            assert leaked(answer.text, SEES[who] | typed) == [], (path, answer.status_code)
        shown = browser.get(f"/reviews/{quiet_office.open.id}").text
    for name in SEES[who]:
        assert any(look in shown.replace("&#43;", "+") for look in SECRETS[name]), name


@pytest.mark.parametrize("who", [*Role, "support", "service", "trusted service"])
def test_no_answer_of_the_api_holds_what_its_key_may_not_show(quiet_office: Office, who: str) -> None:
    own = (Scope.FIELDS_READ,) if who == "trusted service" else ()
    person = quiet_office.people.get(who)
    carried = EVERY_SCOPE if person is None else [s for s in EVERY_SCOPE if s in scopes_of(person.roles)]
    key = quiet_office.desk.key(*carried, *own, person=person)
    with quiet_office.desk.client() as client:
        for path in addresses(quiet_office, "/api/"):
            answer = client.get(path, headers=key)
            assert answer.status_code in ((200,) if person is None else (200, 403)), (path, answer.text)
            assert leaked(answer.text, SEES[who]) == [], path
        assert not leaked(client.get("/api/v1/audit?limit=200", headers=key).text, SEES[who])
        seen = client.get(f"/api/v1/reviews/{quiet_office.open.id}", headers=key)
    assert set(leaked(seen.text, set())) == SEES[who]
    if who == "reviewer":
        assert seen.json()["title"] == "Pay 250 to ••••0042"
        assert seen.json()["current"]["arguments"]["card_number"]["fields"]["shown"] == "0042"
        assert "/card_number" in seen.json()["hidden"]
    if who == "trusted service":
        assert seen.json()["hidden"] == []


def test_refusals_hold_no_hidden_value(office: Office) -> None:
    key = office.desk.key(Scope.REVIEWS_READ, Scope.REVIEWS_VOTE, person=office.people["support"])
    digest = office.open.digest
    url = f"/api/v1/reviews/{office.open.id}/votes"
    edited = {"amount": "a lot", "memo": "x"}
    with office.desk.client() as client:
        approve = client.post(url, headers=key, json={"kind": "approve", "digest": digest})
        revise = client.post(url, headers=key, json={"kind": "revise", "digest": digest, "arguments": edited})
        reject = client.post(url, headers=key, json={"kind": "reject", "digest": digest, "reason": "No."})
    assert (approve.status_code, approve.json()["code"]) == (403, "fields_hidden")
    assert approve.json()["detail"] == (
        "You do not see all that would run (card number), so you cannot approve it. Lead can."
    )
    assert revise.status_code == 403
    assert reject.status_code == 201
    assert set(reject.json()["vote"]["hidden"]) >= {"/card_number", "/lines/0/cost", "facts/salary"}
    for answer in (approve, revise, reject):
        assert leaked(answer.text, {"phone"}) == []


def test_the_page_says_what_is_hidden_whom_to_ask_and_who_can(office: Office) -> None:
    with office.desk.browser(office.people["reviewer"]) as browser:
        page = Page(browser.get(f"/reviews/{office.open.id}").text)
        refused = browser.decide(office.open, "approve", browser.hidden(f"/reviews/{office.open.id}"))
    for words in (
        "Partly hidden: a card number is personal. Ask a lead.", "••••0042",
        "Hidden: contact data. Ask support.", "Hidden: our costs.",
        "You cannot approve this. Hidden from you: card number, customer / phone. Lead can.",
        "A check found something in a field that is hidden from you.",
    ):  # fmt: skip
        assert words in page.text, words
    assert page.all("button", value="approve") == []
    assert page.all("button", value="reject")
    assert refused.status_code == 403
    assert "Lead can." in Page(refused.text).text
    assert leaked(refused.text, set()) == []


def test_who_sees_all_approves_and_the_vote_says_that_nothing_was_hidden(office: Office) -> None:
    result = office.vote(office.open, "lead", VoteKind.APPROVE)
    assert result.vote.hidden == ()
    assert result.review.outcome is Outcome.APPROVED


def test_a_field_that_is_not_needed_does_not_stop_an_approval(sqlite_url: str) -> None:
    eased = POLICY.replace("ask: a lead", "ask: a lead\n        needed: false").replace(
        "ask: support}", "ask: support, needed: false}"
    )
    with open_desk(sqlite_url, eased) as desk:
        office = Office(desk)
        result = office.vote(office.open, "reviewer", VoteKind.APPROVE)
        assert set(result.vote.hidden) >= {"/card_number", "/customer/phone", "bound/state.account"}
        assert desk.file(office.open).votes[0].hidden == result.vote.hidden
        with desk.read() as tx:
            entries = Sight(tx, desk.core, EVERYTHING).review(office.open.id).file.votes
        assert entries[0].hidden == result.vote.hidden


def test_what_one_does_not_see_one_does_not_change(sqlite_url: str) -> None:
    eased = POLICY.replace("ask: a lead", "ask: a lead\n        needed: false").replace(
        "ask: support}", "ask: support, needed: false}"
    )
    with open_desk(sqlite_url, eased) as desk:
        office = Office(desk)
        mine = {
            "amount": 200,
            "memo": "Less.",
            "customer": {"name": "N."},
            "lines": [{"sku": "A-1"}, {"sku": "C"}],
        }
        office.vote(office.open, "reviewer", VoteKind.REVISE, arguments=mine)
        assert desk.file(office.open).current.arguments == {
            "amount": 200, "memo": "Less.", "card_number": OLD_CARD,
            "customer": {"name": "N.", "phone": PHONE},
            "lines": [{"sku": "A-1", "cost": COST}, {"sku": "C", "cost": COST}],
        }  # fmt: skip
        other = office.propose()
        shorter = {**mine, "lines": [{"sku": "A-1"}]}
        with pytest.raises(RevisionInvalid, match="its items cannot be added or taken away"):
            office.vote(other, "reviewer", VoteKind.REVISE, arguments=shorter)
        bad = {**mine, "amount": "much", "memo": 7}
        with pytest.raises(RevisionInvalid) as refused:
            office.vote(other, "reviewer", VoteKind.REVISE, arguments=bad)
        assert leaked(str(refused.value), set()) == []
        with desk.browser(office.people["reviewer"]) as browser:
            answer = browser.decide(other, "revise", **{"arg/memo": "Less."})
        assert answer.status_code == 303
        assert desk.file(other).current.arguments == {**ARGUMENTS, "memo": "Less."}


def test_audit_content_that_loses_something_loses_its_salt(quiet_office: Office) -> None:
    with quiet_office.desk.read() as tx:
        raw = list(Sight(tx, quiet_office.desk.core, EVERYTHING).entries(_audit(tx)))
        seen = Sight(tx, quiet_office.desk.core, viewer_of(quiet_office.people["auditor"])).entries(
            _audit(tx)
        )
    changed = [(was, now) for was, now in zip(raw, seen, strict=True) if was != now]
    assert {was.event for was, _ in changed} >= {"review.opened", "vote.cast", "review.revised_draft"}
    assert all(now.salt is None and now.commitment == was.commitment for was, now in changed)


def _audit(tx: Any) -> Any:
    return audit.export(tx)


def test_somebody_excluded_by_group_is_told_nothing_in_lists_either(quiet_office: Office) -> None:
    with quiet_office.desk.read() as tx:
        [head] = Sight(tx, quiet_office.desk.core, NOBODY).heads([quiet_office.open])
        assert head.title == f"Pay 250 to {HIDDEN}"


def test_a_refused_approval_names_nobody_where_nobody_sees_all(office: Office) -> None:
    with office.desk.begin() as tx:
        lead = office.people["lead"]
        people.change_person(tx, lead.id, active=False, actor=as_actor(lead))
    with pytest.raises(FieldsHidden, match="Nobody who may decide it now sees all of it"):
        office.vote(office.open, "reviewer", VoteKind.APPROVE)


def test_card_export_and_command_line_hide_as_much(
    quiet_office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = quiet_office.desk
    review_id = quiet_office.lost.id
    card_ = card(AppDesk(desk.core), review_id)
    with desk.read() as tx:
        exported = [record.model_dump_json() for record in export.decisions(tx, desk.core, Wanted())]
        seen = Sight(tx, desk.core, NOBODY).review(review_id).file
    _print_file(seen, seen.review.opened_at)
    said = [card_._repr_html_(), repr(card_), capsys.readouterr().out, *exported]
    assert len(said) > 4
    for text in said:
        assert leaked(text, set()) == [], text[:200]


@pytest.mark.parametrize("who", ["reviewer", "auditor", "lead"])
def test_a_search_finds_no_title_by_a_value_that_is_hidden(office: Office, who: str) -> None:
    paths = [f"/reviews?tab={tab}&q={OLD_CARD[:9]}" for tab in ("mine", "others", "decided")]
    with office.desk.browser(office.people[who]) as browser:
        hits = sum(len(Page(browser.get(path).text).all("a", **{"class": "row"})) for path in paths)
    assert (hits > 0) == (who == "lead")


def test_a_run_shows_its_state_to_those_who_see_all_of_it(office: Office) -> None:
    with office.desk.begin() as tx:
        state = (StateNode(name="call", kind="str", text=f"pay {CARD}"),)
        snapshots.keep(tx, office.lost.thread, RunSnapshot(state=state))
    shown = {}
    for who in ("lead", "auditor"):
        with office.desk.browser(office.people[who]) as browser:
            shown[who] = browser.get(f"/runs/{office.lost.thread}").text
    assert f"pay {CARD}" in shown["lead"]
    assert leaked(shown["auditor"], SEES["auditor"]) == []
    assert "The state holds fields that are hidden from you." in shown["auditor"]


def test_the_trail_and_the_policy_say_who_sees_what_is_hidden(quiet_office: Office) -> None:
    with quiet_office.desk.browser(quiet_office.people[Role.AUDITOR]) as browser:
        trail = Page(browser.get("/audit").text).text
        assert "Not in full for you: card number (seen by lead)" in trail
        policy = quiet_office.desk.core.judge.policy.content_hash
        told = Page(browser.get(f"/policies/{policy}").text).text
    assert "card number: shown to lead; masked for reviewer; hidden from everybody else" in told
    assert "facts / salary: shown to lead; hidden from everybody else" in told


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_exported_trail_holds_no_more_than_its_reader_sees(office: Office, form: str) -> None:
    with office.desk.browser(office.people["auditor"]) as browser:
        csrf = browser.hidden("/audit")["csrf"]
        taken = browser.post("/audit/export", csrf=csrf, format=form, personal="yes")
    assert taken.status_code == 200
    assert "review.opened" in taken.text
    assert leaked(taken.text, SEES["auditor"]) == []


def test_an_edit_is_checked_whole_and_shown_without_what_is_hidden(sqlite_url: str) -> None:
    eased = POLICY.replace("ask: a lead", "ask: a lead\n        needed: false").replace(
        "ask: support}", "ask: support, needed: false}"
    )
    eased = eased.replace("reason: No numbers.,", "reason: No numbers., severity: high,")
    with open_desk(sqlite_url, eased) as desk:
        office = Office(desk)
        path = f"/reviews/{office.open.id}"
        with desk.browser(office.people["reviewer"]) as browser:
            fields = browser.hidden(f"{path}?edit=1") | {"arg/memo": f"Less.\nCard {CARD}."}
            preview = browser.post(f"{path}/preview", **fields)
            ticks = sorted(set(re.findall(r'name="(ack/[^"]*)"', preview.text)))
            unticked = browser.post(f"{path}/decide", **fields, choice="revise")
            edited = browser.post(f"{path}/decide", **fields, choice="revise", **dict.fromkeys(ticks, "on"))
        assert len(ticks) == 2, "one for the memo, one for the field that is hidden"
        assert leaked(preview.text.replace(CARD, ""), set()) == []
        assert "A check found something in a field that is hidden from you." in preview.text
        assert unticked.status_code == 422
        assert edited.status_code == 303
        assert desk.file(office.open).current.arguments["card_number"] == OLD_CARD
