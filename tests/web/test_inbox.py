"""The inbox: whom each review waits for, through votes, stages and four eyes, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from signoff.domain.errors import VoteInvalid
from signoff.domain.person import Person, Role
from signoff.domain.review import Review
from signoff.domain.vote import Ballot, VoteKind
from signoff.services import decide, people
from signoff.services.eligible import why_not
from signoff.services.inbox import LIVE, Tab, count_tabs, next_for, read_inbox, reader
from signoff.store.inbox import Sieve
from tests.web.desk import POLICY, Browser, Desk, open_desk
from tests.web.samples import EMAIL

STAGED = POLICY.replace(
    "    effect: review\n",
    """\
    effect: review
    stages:
      - {name: copy, candidates: ["group:marketing"], quorum: 2, four_eyes: true}
      - {name: legal, candidates: ["group:legal", "kim@example.com"], excluded: ["lee@example.com"]}
""",
)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Staffed:
    """A desk under a policy with two stages, with people for both."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        with desk.begin() as tx:
            people.change_person(tx, desk.ann.id, groups=["marketing"])
            people.change_person(tx, desk.lee.id, groups=["marketing", "legal"])
            self.bea, self.kim, self.sam = (
                people.add_person(tx, email=f"{name}@example.com", name=name, roles=[role], groups=groups)
                for name, role, groups in (
                    ("bea", Role.LEAD, ["marketing"]),
                    ("kim", Role.REVIEWER, []),
                    ("sam", Role.REVIEWER, ["marketing"]),
                )
            )
            self.everybody = people.everybody(tx)
        self.ann, self.lee = (
            next(p for p in self.everybody if p.id == old.id) for old in (desk.ann, desk.lee)
        )

    def tabs(self, person: Person, review: Review) -> set[Tab]:
        """Where `person` finds `review`, after the list was compared with the decision core itself."""
        with self.desk.read() as tx:
            who = reader(tx, person)
            found = {
                tab: {
                    item.review.id for item in read_inbox(tx, self.desk.core, who, tab, today=LONG_AGO).items
                }
                for tab in LIVE
            }
            counts = count_tabs(tx, who, today=LONG_AGO, cap=50)
        assert {tab: len(ids) for tab, ids in found.items()} == {tab: counts[tab] for tab in LIVE}
        assert not found[Tab.MINE] & found[Tab.OTHERS]
        if review.id in found[Tab.MINE]:
            assert why_not(self.desk.file(review), person) is None
        return {tab for tab, ids in found.items() if review.id in ids}

    def vote(self, person: Person, review: Review, kind: VoteKind, **more: object) -> None:
        file = self.desk.file(review)
        ballot = Ballot.model_validate({"kind": kind, "digest": file.current.digest, **more})
        with self.desk.begin() as tx:
            decide.vote(tx, self.desk.core, review.id, ballot, person)

    def mine(self, review: Review) -> set[str]:
        return {person.name for person in self.everybody if Tab.MINE in self.tabs(person, review)}


def test_whoever_is_in_several_groups_finds_the_reviews_of_each(database_url: str) -> None:
    with open_desk(database_url, STAGED) as desk:
        staffed = Staffed(desk)
        further, first = desk.propose(), desk.propose()
        staffed.vote(staffed.ann, further, VoteKind.APPROVE)
        staffed.vote(staffed.bea, further, VoteKind.APPROVE)
        assert Tab.GROUPS in staffed.tabs(staffed.lee, further), "waits for legal"
        assert Tab.GROUPS in staffed.tabs(staffed.lee, first), "waits for marketing"


def test_a_review_goes_from_those_who_spoke_to_those_who_have_not(database_url: str) -> None:
    with open_desk(database_url, STAGED) as desk:
        staffed = Staffed(desk)
        ann, lee, bea, sam, kim = staffed.ann, staffed.lee, staffed.bea, staffed.sam, staffed.kim
        review = desk.propose(requester="Sam@Example.com")
        assert staffed.mine(review) == {"Ann Keller", "Lee Park", "bea"}
        assert staffed.tabs(sam, review) == {Tab.GROUPS, Tab.OTHERS}
        assert staffed.tabs(kim, review) == {Tab.OTHERS}

        staffed.vote(ann, review, VoteKind.APPROVE)
        assert staffed.mine(review) == {"Lee Park", "bea"}
        assert staffed.tabs(ann, review) == {Tab.GROUPS, Tab.OTHERS}
        with desk.begin() as tx:
            decide.retract(tx, desk.core, review.id, ann)
        assert staffed.mine(review) == {"Ann Keller", "Lee Park", "bea"}

        staffed.vote(lee, review, VoteKind.REVISE, arguments={**EMAIL, "subject": "Another"})
        assert staffed.mine(review) == {"Ann Keller", "bea"}, "who wrote the draft does not approve it"
        staffed.vote(ann, review, VoteKind.APPROVE)
        staffed.vote(bea, review, VoteKind.APPROVE)
        assert staffed.mine(review) == {"kim"}, "the second step names kim, and not lee although in legal"
        assert staffed.tabs(lee, review) == {Tab.GROUPS, Tab.OTHERS}

        staffed.vote(kim, review, VoteKind.APPROVE)
        assert staffed.mine(review) == set()
        assert staffed.tabs(kim, review) == {Tab.OTHERS}, "decided, and it can be taken back"
        desk.close(review)
        assert staffed.tabs(kim, review) == set()
        with desk.read() as tx:
            who = reader(tx, kim)
            for tab in (Tab.TODAY, Tab.DECIDED):
                [item] = read_inbox(tx, desk.core, who, tab, today=tx.now - timedelta(minutes=5)).items
                assert item.review.id == review.id
            assert read_inbox(tx, desk.core, who, Tab.TODAY, today=tx.now + timedelta(minutes=5)).items == []


def test_nobody_without_the_role_finds_anything_to_decide(desk_on_both: Desk) -> None:
    review = desk_on_both.propose()
    with desk_on_both.begin() as tx:
        auditor = people.add_person(tx, email="eve@example.com", name="Eve", roles=[Role.AUDITOR])
        assert count_tabs(tx, reader(tx, auditor), today=LONG_AGO, cap=9)[Tab.MINE] == 0
        assert count_tabs(tx, reader(tx, auditor), today=LONG_AGO, cap=9)[Tab.OTHERS] == 1
        assert next_for(tx, auditor, beside=review) is None
        assert next_for(tx, desk_on_both.ann, beside=review) is None


def test_pages_go_by_deadline_then_risk_and_meet_nothing_twice(desk_on_both: Desk) -> None:
    desk = desk_on_both
    made = [
        desk.propose({**EMAIL, "body": body}) for body in ("guaranteed " * (n % 2) + "hi" for n in range(9))
    ]
    with desk.begin() as tx:
        # All due at once, as the calls of one turn are, and one before them.
        tx.connection.exec_driver_sql("update review set due_at = (select min(due_at) from review)")
        late = "update review set due_at = '2026-01-01 00:00:00.000000+00' where id = '%s'"
        if tx.dialect.name == "sqlite":
            late = late.replace("+00'", "'")
        tx.connection.exec_driver_sql(late % made[4].id)
    with desk.read() as tx:
        who, after, seen = reader(tx, desk.ann), None, []
        for _ in range(3):
            page = read_inbox(tx, desk.core, who, Tab.MINE, today=LONG_AGO, after=after, limit=4)
            seen += [item.review for item in page.items]
            after = page.next
        assert after is None
        with pytest.raises(VoteInvalid):
            read_inbox(tx, desk.core, who, Tab.MINE, today=LONG_AGO, after="no~cursor~x")
        following = next_for(tx, desk.ann, beside=made[4])
    assert seen[0].id == made[4].id
    flagged = [review.flags_count > 0 for review in seen[1:]]
    assert flagged == sorted(flagged, reverse=True)
    assert [review.id for review in seen] == list(dict.fromkeys(review.id for review in seen))
    assert {review.id for review in seen} == {review.id for review in made}
    assert following is not None
    assert following.id == seen[1].id


def test_search_and_filters(desk_on_both: Desk) -> None:
    desk = desk_on_both
    wanted = desk.propose({**EMAIL, "to": "100%_sure@example.com"}, thread="summer-7")
    desk.propose({**EMAIL, "to": "1000sure@example.com"}, requester="kim@example.com")

    def found(**sieve: object) -> list[str]:
        with desk.read() as tx:
            who = reader(tx, desk.ann)
            page = read_inbox(tx, desk.core, who, Tab.MINE, sieve=Sieve(**sieve), today=LONG_AGO)  # type: ignore[arg-type]
            return [item.review.id for item in page.items]

    assert len(found()) == 2
    for narrow in (
        {"words": ("100%_SURE",)},
        {"words": ("mail", "summer")},
        {"words": (wanted.id[:20],)},
        {"thread": "summer-7"},
        {"requester": "sam@example.com"},
        {"graph": "outbound_copy", "words": ("sam@",)},
    ):
        assert found(**narrow) == [wanted.id], narrow
    assert found(graph="refund") == found(words=("nothing",)) == found(tool="x") == []


def test_the_page_says_who_has_what(desk: Desk, browser: Browser) -> None:
    assert "Nothing waits for you." in browser.get("/reviews").text
    assert "You are in no group." in browser.get("/reviews?tab=groups").text
    assert "Nothing waits on others." in browser.get("/reviews?tab=others").text
    assert "Nothing was decided today." in browser.get("/reviews?tab=today").text
    review = desk.propose()
    text = browser.get("/reviews?q=mail").text
    for words in (
        "waits for any reviewer",
        "by outbound copy",
        "for sam@example.com",
        f'href="/reviews/{review.id}"',
    ):
        assert words in text
    browser.decide(review, "approve")
    assert "approved by Ann Keller" in browser.get("/reviews?tab=others").text
    assert browser.get("/reviews?tab=nonsense").status_code == 422
    assert browser.get("/reviews?after=nonsense").status_code == 422
