"""A policy over the record, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signoff.domain.policy import RuleEffect
from signoff.policy.load import parse_policy
from signoff.services.backtest import Backtest, Demands, Happened, backtest
from signoff.services.export import decisions
from signoff.services.judge import Judge
from signoff.store import history
from signoff.store.history import Wanted
from tests.services.conftest import POLICY, Bench

WIDER = POLICY.replace('args.to == "friend"', 'args.to in ["friend", "ann", "eve"]')


def tried(bench: Bench, policy: str = WIDER, wanted: Wanted | None = None, **demands: float) -> Backtest:
    with bench.database.read() as tx:
        asked = Demands.model_validate(demands)
        return backtest(tx, Judge(parse_policy(policy)), wanted or Wanted(), asked)


def happen(bench: Bench, to: str, vote: str | None, **ballot: object) -> None:
    bench.clock.advance(timedelta(hours=1))
    number = bench.clock.now().isoformat()
    stored = bench.propose(to=to, call=number, message=number, thread=f"t{number}")
    if vote is not None:
        bench.vote(bench.review_of(stored), bench.ana, vote, **ballot)


@pytest.fixture
def record(bench: Bench) -> Bench:
    happen(bench, "friend", None)
    happen(bench, "nobody", None)
    happen(bench, "ann", "approve")
    happen(bench, "ann", "approve")
    happen(bench, "eve", "reject", reason="No.")
    happen(bench, "eve", "revise", arguments={"to": "evelyn"})
    happen(bench, "ann", None)
    happen(bench, "foe", "approve")
    return bench


def cells(found: Backtest) -> dict[tuple[Happened, RuleEffect], int]:
    return {(cell.happened, cell.now): cell.calls for cell in found.cells}


def test_what_happened_stands_beside_what_would_now(record: Bench) -> None:
    found = tried(record)
    assert cells(found) == {
        (Happened.PASSED, RuleEffect.ALLOW): 1,
        (Happened.DENIED, RuleEffect.DENY): 1,
        (Happened.APPROVED, RuleEffect.ALLOW): 2,
        (Happened.APPROVED, RuleEffect.REVIEW): 1,
        (Happened.REVISED, RuleEffect.ALLOW): 1,
        (Happened.REJECTED, RuleEffect.ALLOW): 1,
        (Happened.UNDECIDED, RuleEffect.ALLOW): 1,
    }
    assert (found.calls, found.left_out, found.failed, found.newly_pausing) == (8, 0, 0, 0)
    assert [(o.happened, o.reason, o.rule) for o in found.objections] == [
        (Happened.REJECTED, "No.", "friends"),
        (Happened.REVISED, "", "friends"),
    ]


def test_with_too_few_decisions_it_refuses_to_advise(record: Bench) -> None:
    advice = tried(record).advice
    assert (advice.decided, advice.objected, advice.undecided, advice.least) == (4, 2, 1, 59)
    assert advice.speaks_for_it is None
    assert "No advice" in advice.text
    assert "59 decisions are the least" in advice.text


def test_with_enough_of_them_it_says_what_they_say(record: Bench) -> None:
    assert tried(record, least=4).advice.speaks_for_it is False
    for _ in range(5):
        happen(record, "ann", "approve")
    only_ann = POLICY.replace('args.to == "friend"', 'args.to == "ann"')
    assert tried(record, only_ann, tolerance=0.4, confidence=0.95).advice.speaks_for_it is True
    assert tried(record, only_ann, tolerance=0.3, confidence=0.95).advice.speaks_for_it is None
    assert tried(record, only_ann, tolerance=0.3, least=7).advice.speaks_for_it is False


def test_a_stricter_policy_counts_what_would_wait_and_a_broken_one_what_it_cannot_judge(
    record: Bench,
) -> None:
    assert tried(record, POLICY.replace('args.to == "friend"', 'args.to == "x"')).newly_pausing == 1
    needs_more = WIDER.replace("tools:\n", "facts: {tier: string}\ntools:\n", 1)
    needs_more = needs_more.replace("in [", "!= facts.tier && args.to in [")
    assert tried(record, needs_more).failed == 7
    assert tried(record, WIDER.replace("  send:", "  mail:").replace("[send]", "[mail]")).left_out == 8


def test_part_of_the_record_can_be_asked_for(record: Bench) -> None:
    last = record.clock.now()
    assert tried(record, wanted=Wanted(since=last)).calls == 1
    assert tried(record, wanted=Wanted(until=last)).calls == 7
    assert tried(record, wanted=Wanted(tool="pay")).calls == 0


def test_nothing_is_written(record: Bench) -> None:
    before = record.events()
    tried(record)
    assert record.events() == before


def test_pages_of_the_record_join_without_gap_or_repeat(
    record: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = cells(tried(record))
    monkeypatch.setattr(history, "_PAGE", 3)
    assert cells(tried(record)) == whole
    with record.database.read() as tx:
        exported = list(decisions(tx, record.core, Wanted()))
    assert [record.outcome.value for record in exported] == [
        "approved", "approved", "rejected", "revised", "approved",
    ]  # fmt: skip
