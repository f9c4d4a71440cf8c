"""Who has a review open: it lapses, never blocks, and leaves no trace in the record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from signoff.domain.errors import NotFound
from signoff.domain.ids import ReviewId
from signoff.domain.look import LAPSES_AFTER
from signoff.domain.person import Person
from signoff.domain.review import Review
from signoff.services import looks
from signoff.store.rows import ReviewLookRow
from signoff.store.sql import table
from tests.services.conftest import Bench


def look(bench: Bench, review: Review, person: Person) -> list[str]:
    """`person` opens the review; who else has it open."""
    with bench.database.begin(durable=False) as tx:
        return [other.name for other in looks.look(tx, review.id, person)]


def others(bench: Bench, review: Review, person: Person) -> list[str]:
    with bench.database.read() as tx:
        return [look.name for look in looks.others_at(tx, [review.id], person).get(review.id, ())]


def rows(bench: Bench) -> int:
    with bench.database.read() as tx:
        return int(tx.execute(select(func.count()).select_from(table(ReviewLookRow))).scalar_one())


def test_others_see_it_until_it_lapses(bench: Bench) -> None:
    review = bench.review_of(bench.propose(to="x"))
    assert look(bench, review, bench.ana) == []
    assert others(bench, review, bench.ana) == []
    bench.clock.advance(timedelta(seconds=90))
    assert look(bench, review, bench.ben) == ["Ana"]
    assert others(bench, review, bench.aud) == ["Ana", "Ben"]
    bench.clock.advance(LAPSES_AFTER - timedelta(seconds=90))
    assert others(bench, review, bench.aud) == ["Ben"]
    bench.clock.advance(timedelta(seconds=90))
    assert others(bench, review, bench.aud) == []


def test_it_counts_from_when_the_page_was_opened(bench: Bench) -> None:
    review = bench.review_of(bench.propose(to="x"))
    look(bench, review, bench.ana)
    for _ in range(5):
        bench.clock.advance(timedelta(minutes=1))
        look(bench, review, bench.ana)
    with bench.database.read() as tx:
        [seen] = looks.others_at(tx, [review.id], bench.ben)[review.id]
        assert tx.now - seen.since == timedelta(minutes=5)
    bench.clock.advance(LAPSES_AFTER)
    look(bench, review, bench.ana)
    with bench.database.read() as tx:
        [seen] = looks.others_at(tx, [review.id], bench.ben)[review.id]
        assert seen.since == tx.now


def test_only_whom_it_waits_for_is_shown(bench: Bench) -> None:
    review = bench.review_of(bench.propose(to="board", requester="lea@example.com"))
    for person in (bench.ana, bench.aud, bench.lea):
        look(bench, review, person)
    assert others(bench, review, bench.ben) == []
    look(bench, review, bench.leo)
    assert others(bench, review, bench.ben) == ["Leo"]


def test_it_keeps_nobody_from_deciding_and_ends_with_the_decision(bench: Bench) -> None:
    review = bench.review_of(bench.propose(to="x"))
    look(bench, review, bench.ben)
    assert bench.vote(review, bench.ana, "approve").decided_by == "Ana"
    assert look(bench, review, bench.ben) == []


def test_nothing_of_it_stays(bench: Bench) -> None:
    gone, kept = (bench.review_of(bench.propose(call=call, to="x")) for call in ("c1", "c2"))
    before = bench.events()
    look(bench, gone, bench.ana)
    bench.clock.advance(LAPSES_AFTER)
    look(bench, kept, bench.ben)
    assert rows(bench) == 1
    assert bench.events() == before


def test_a_review_that_is_not_there(bench: Bench) -> None:
    with pytest.raises(NotFound), bench.database.begin() as tx:
        looks.look(tx, ReviewId("rev_none"), bench.ana)
