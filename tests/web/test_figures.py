"""The figures beside a plain recount of the same rows, on both databases."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from signoff.domain.review import Outcome, ReviewState
from signoff.domain.stage import Stage
from signoff.services import measure, shadow
from signoff.services.measure import Figures
from signoff.services.policies import matches
from signoff.store.database import Tx
from signoff.store.history import Wanted
from signoff.store.reviews import HASTY
from signoff.store.rows import ActionRow, ReviewRow, StageRow, VoteRow
from tests.web.desk import open_desk
from tests.web.history import POLICY, add_team, seed


def rows(tx: Tx, of: Any) -> list[Any]:
    return list(tx.execute(select(of.__table__)))


def nearest(values: Iterable[int], share: float) -> int:
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1]


class Recount:
    """The same figures from the rows, by loops."""

    def __init__(self, tx: Tx, since: datetime, tool: str | None) -> None:
        reviews = [r for r in rows(tx, ReviewRow) if tool in (None, r.tool)]
        self.reviews = reviews
        self.closed = [r for r in reviews if r.state == ReviewState.CLOSED and r.closed_at >= since]
        ids = {r.id for r in self.closed}
        self.votes = [v for v in rows(tx, VoteRow) if v.review_id in ids and v.retracted_at is None]
        self.actions = [a for a in rows(tx, ActionRow) if tool in (None, a.tool) and a.created_at >= since]
        self.stages = {
            (s.review_id, s.revision, s.number): Stage.model_validate_json(s.content).spec.name
            for s in rows(tx, StageRow)
        }
        self.now = tx.now

    def waits(self) -> dict[tuple[str, int, str], list[int]]:
        taken = defaultdict(list)
        reviews = {r.id: r for r in self.closed if r.outcome not in ("expired", "withdrawn", "superseded")}
        for vote in self.votes:
            review = reviews.get(vote.review_id)
            if review is None:
                continue
            before = [v.cast_at for v in self.votes if v.review_id == review.id and v.stage < vote.stage]
            name = self.stages[review.id, review.revision, vote.stage]
            start = max(before, default=review.opened_at)
            taken[review.tool, vote.stage, name].append(int((vote.cast_at - start).total_seconds()))
        return taken


@pytest.mark.parametrize("tool", [None, "send_email"])
@pytest.mark.parametrize("days", [7, 30])
def test_figures_are_those_of_a_plain_recount(figures_desk: Any, days: int, tool: str | None) -> None:
    with figures_desk.read() as tx:
        found = measure.measure(tx, days, tool)
        plain = Recount(tx, found.since, tool)
    assert found.waiting.live == sum(r.state != "closed" for r in plain.reviews)
    assert found.waiting.late == sum(r.state == "open" and r.due_at < plain.now for r in plain.reviews)
    assert found.outcomes == Counter(Outcome(r.outcome) for r in plain.closed)
    by_day = Counter(f"{r.closed_at:%Y-%m-%d}" for r in plain.closed)
    assert {day: n for day, n in found.closed_by_day if n} == by_day
    assert {t.tool: t.closed for t in found.tools} == Counter(r.tool for r in plain.closed)
    check_paces(found, plain)
    check_rules(found, plain)
    check_loads(found, plain)


def check_paces(found: Figures, plain: Recount) -> None:
    waits = plain.waits()
    assert [(p.tool, p.step, p.count, p.median, p.p90) for p in found.paces] == [
        (tool, name, len(taken), nearest(taken, 0.5), nearest(taken, 0.9))
        for (tool, _, name), taken in sorted(waits.items())
    ]
    every = [seconds for taken in waits.values() for seconds in taken]
    if found.pace is not None:
        assert (found.pace.count, found.pace.median) == (len(every), nearest(every, 0.5))


def check_rules(found: Figures, plain: Recount) -> None:
    said = Counter((a.rule, a.ruling) for a in plain.actions)
    outcomes = Counter((r.rule, r.outcome) for r in plain.closed if r.kind == "tool_call")
    assert {r.rule for r in found.rules} == {rule for rule, _ in (said | outcomes)}
    for record in found.rules:
        assert (record.passed, record.held, record.denied) == tuple(
            said[record.rule, ruling] for ruling in ("allow", "review", "deny")
        )
        assert (record.approved, record.revised, record.changes_requested, record.rejected) == tuple(
            outcomes[record.rule, outcome]
            for outcome in ("approved", "revised", "changes_requested", "rejected")
        )


def check_loads(found: Figures, plain: Recount) -> None:
    high = {r.id for r in plain.closed if r.severity == "high"}
    assert {load.person for load in found.loads} == {v.person for v in plain.votes}
    for load in found.loads:
        mine = [v for v in plain.votes if v.person == load.person]
        assert load.reviews == len({v.review_id for v in mine})
        days = defaultdict(set)
        for vote in mine:
            days[vote.cast_at.date()].add(vote.review_id)
        assert load.busiest_day == max(len(ids) for ids in days.values())
        timed = [
            v
            for v in mine
            if v.review_id in high and v.kind in ("approve", "revise") and v.seconds is not None
        ]
        assert load.high == len({v.review_id for v in timed})
        assert load.hasty == len({v.review_id for v in timed if v.seconds < HASTY})


def test_what_shadow_mode_let_pass_and_which_rules_spoke(figures_desk: Any) -> None:
    with figures_desk.read() as tx:
        since = measure.period(tx.now, 30)
        volumes = shadow.volumes(tx, Wanted(since=since, in_shadow=True))
        spoke = matches(tx, figures_desk.core.judge.policy, since)
        plain = [a for a in rows(tx, ActionRow) if a.rule == "shadow:update_record"]
    assert [(v.tool, v.rule, v.calls, v.failed) for v in volumes] == [
        ("update_record", "record-change", len(plain), 0)
    ]
    assert volumes[0].first_at == min(a.created_at for a in plain)
    assert spoke["record-change"].in_shadow == len(plain)
    assert spoke["huge-refund"].is_none
    assert not spoke["small-refund"].is_none


def test_a_period_begins_with_a_day() -> None:
    now = datetime.fromisoformat("2026-11-22T17:40:00+00:00")
    assert measure.period(now, 7) == datetime.fromisoformat("2026-11-16T00:00:00+00:00")
    assert measure.period(now, 1) + timedelta(days=1) > now


def test_an_empty_desk_has_empty_figures(desk: Any) -> None:
    with desk.read() as tx:
        found = measure.measure(tx, 30)
    assert (found.closed, found.pace, found.rules, found.loads, found.hints) == (0, None, (), (), ())


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def figures_desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A desk with a short past, seeded once for each database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('figures') / 'signoff.db'}"
    else:
        url = request.getfixturevalue("postgres").create_database()
    with open_desk(url, POLICY) as opened:
        seed(opened, add_team(opened), calls=90)
        yield opened
