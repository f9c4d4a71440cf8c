"""Comments and asking for a review back: in the history, and nothing more."""

from __future__ import annotations

import pytest

from signoff.domain.audit import AuditEntry
from signoff.domain.errors import AlreadyDecided, NotAllowed, NotEligible, NotFound, VoteInvalid
from signoff.domain.ids import ReviewId
from signoff.domain.person import Person, Role
from signoff.domain.review import Outcome, Review
from signoff.domain.vote import VoteKind
from signoff.services import people, query, remarks
from signoff.services.withdraw import withdraw_own
from tests.services.conftest import Bench


def say(bench: Bench, review: Review, person: Person, text: str, **more: VoteKind) -> Review:
    with bench.database.begin() as tx:
        return remarks.comment(tx, review.id, person, text, **more)


def ask(bench: Bench, review: Review, person: Person, text: str = "") -> Review:
    with bench.database.begin() as tx:
        return remarks.ask_back(tx, review.id, person, text)


def history(bench: Bench, review: Review) -> tuple[AuditEntry, ...]:
    with bench.database.read() as tx:
        return query.history(tx, review.id)


def test_a_comment_stands_in_the_history_and_decides_nothing(bench: Bench) -> None:
    review = bench.review_of(bench.propose(to="x"))
    told = say(bench, review, bench.aud, "Looks fine to me.")
    assert told.version == review.version + 1
    assert bench.review_of_id(review.id).is_live
    last = history(bench, review)[-1]
    assert (last.event, last.actor.name) == ("review.commented", "Aud")
    assert last.content == {"comment": "Looks fine to me.", "instead_of": None}
    assert bench.vote(review, bench.ana, "approve").outcome is Outcome.APPROVED


def test_a_comment_after_the_decision_and_the_same_twice(bench: Bench) -> None:
    review = bench.review_of(bench.propose(to="x"))
    closed = bench.vote(review, bench.ana, "reject", reason="No.")
    for _ in range(2):
        say(bench, closed, bench.ben, "I would have said yes.", instead_of=VoteKind.APPROVE)
    say(bench, closed, bench.ana, "I would have said yes.")
    events = [entry.event for entry in history(bench, review)]
    assert events.count("review.commented") == 2
    assert bench.review_of_id(review.id).outcome is Outcome.REJECTED


@pytest.mark.parametrize("text", ["", " \n", "x" * 10_001])
def test_a_comment_that_says_nothing_or_too_much(bench: Bench, text: str) -> None:
    review = bench.review_of(bench.propose(to="x"))
    with pytest.raises(VoteInvalid):
        say(bench, review, bench.ana, text)
    with pytest.raises(NotFound):
        say(bench, review.model_copy(update={"id": ReviewId("rev_none")}), bench.ana, "Hello?")
    assert "review.commented" not in bench.events()


def test_who_had_it_may_ask_for_it_back_and_gets_no_right_by_it(bench: Bench) -> None:
    review = bench.review_of(bench.propose(to="board"))
    with pytest.raises(NotEligible, match="not taken from you"):
        ask(bench, review, bench.lea)
    bench.vote(review, bench.lea, "approve")
    with pytest.raises(NotEligible):
        ask(bench, review, bench.ben)
    for person in (bench.lea, bench.leo):
        ask(bench, review, person, "I saw something.")
        with pytest.raises(NotEligible, match="waits for other people"):
            bench.vote(review, person, "approve", client_token=person.id)
    wish = remarks.asked_back(history(bench, review))
    assert wish is not None
    assert (wish.actor.name, wish.content) == ("Leo", {"comment": "I saw something."})
    bench.vote(review, bench.liz, "escalate", reason="Not mine.")
    assert remarks.asked_back(history(bench, review)) is None
    bench.vote(review, bench.liz, "approve")
    with pytest.raises(AlreadyDecided):
        ask(bench, review, bench.lea)


def test_a_question_is_taken_back_by_whom_it_is_asked_for(bench: Bench) -> None:
    def withdraw(review: Review, person: Person) -> Review:
        with bench.database.begin() as tx:
            return withdraw_own(tx, bench.core, review.id, person, "Not wanted any more.")

    with bench.database.begin() as tx:
        lead = people.add_person(tx, email="max@example.com", name="Max", roles=[Role.LEAD])
    first, second = (
        bench.review_of(bench.propose(call=call, to="board", requester="Lea@example.com"))
        for call in ("c1", "c2")
    )
    for person in (bench.ana, bench.leo, bench.aud):
        with pytest.raises(NotAllowed):
            withdraw(first, person)
    assert withdraw(first, bench.lea).outcome is Outcome.WITHDRAWN
    assert withdraw(second, lead).decided_by == "Max"
    with pytest.raises(AlreadyDecided):
        withdraw(second, lead)
