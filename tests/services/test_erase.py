"""After an erasure nothing that a thread said is in any table, and the chain still verifies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from signoff.domain.audit import ChainHead
from signoff.domain.effect import EffectState
from signoff.domain.errors import NotFound, NotRetryable, StillNeeded, VoteInvalid
from signoff.domain.ids import DEFAULT_WORKSPACE, ThreadId
from signoff.domain.person import SYSTEM
from signoff.domain.review import Outcome
from signoff.domain.run import RunStatus
from signoff.domain.snapshot import RunSnapshot, StateNode
from signoff.services import audit, erase, perform, remarks
from signoff.services.erase import Retention
from signoff.services.perform import Start
from signoff.services.retry import retry_run, why_no_retry
from signoff.store import runs, snapshots
from signoff.store.actions import StoredAction
from signoff.store.history import Wanted, count_actions
from signoff.store.rows import Row
from tests.services.conftest import Bench

CANARY = "Canary Wharf"
T1, T2 = ThreadId("t1"), ThreadId("t2")


def everything(bench: Bench) -> str:
    """Every value of every table."""
    with bench.database.read() as tx:
        found = [repr(tx.execute(select(table)).all()) for table in Row.metadata.tables.values()]
    return "\n".join(found)


def ended(bench: Bench, thread: ThreadId = T1, status: RunStatus = RunStatus.FINISHED) -> None:
    with bench.database.begin() as tx:
        runs.set_status(tx, thread, status, error=f"{CANARY} failed")
        node = StateNode(name="draft", kind="str", text=CANARY)
        snapshots.keep(tx, thread, RunSnapshot(state=(node,)))


def run_it(bench: Bench, stored: StoredAction) -> None:
    step = bench.claim(stored)
    assert isinstance(step, Start)
    with bench.database.begin() as tx:
        result = f'"{CANARY}"'
        perform.record(tx, bench.core, step.effect, step.fence, EffectState.SUCCEEDED, result, "")


def talk(bench: Bench, thread: ThreadId = T1) -> StoredAction:
    """A thread that says the canary wherever something can be said, until its end."""
    requester = f"{CANARY.replace(' ', '.').lower()}@example.com"
    stored = bench.propose(call="c1", thread=thread, to=CANARY, requester=requester)
    other = bench.propose(call="c2", thread=thread, to=f"To {CANARY}")
    review = bench.review_of(stored)
    with bench.database.begin() as tx:
        remarks.comment(tx, review.id, bench.aud, f"Is {CANARY} right?")
    bench.vote(review, bench.ana, "revise", arguments={"to": f"{CANARY} Pier"}, reason=f"{CANARY}, the pier")
    bench.vote(bench.review_of(other), bench.ana, "reject", reason=f"Not {CANARY}.")
    run_it(bench, stored)
    ended(bench, thread)
    return stored


def take(bench: Bench, thread: ThreadId = T1, dropped: list[ThreadId] | None = None) -> int:
    gone = [] if dropped is None else dropped
    return erase.erase_thread(bench.core, DEFAULT_WORKSPACE, thread, SYSTEM, "She asked for it.", gone.append)


def test_nothing_of_it_is_left_and_the_chain_holds(bench: Bench) -> None:
    stored = talk(bench)
    bench.propose(thread=T2, to="Somebody else")
    with bench.database.read() as tx:
        before = audit.verify_chain(tx)
        assert count_actions(tx, Wanted()) == 3
    assert isinstance(before, ChainHead)
    assert CANARY.lower() in everything(bench).lower()
    dropped: list[ThreadId] = []
    assert take(bench, dropped=dropped) == 2
    assert dropped == [T1]
    left = everything(bench).lower()
    assert CANARY.lower() not in left
    assert CANARY.replace(" ", ".").lower() not in left
    assert "somebody else" in left
    review = bench.review_of(stored)
    assert (review.outcome, review.decided_by) == (Outcome.REVISED, "Ana")
    with bench.database.read() as tx:
        after = audit.verify_chain(tx, before)
        assert after is not None
        assert after.size == before.size + 3
        assert count_actions(tx, Wanted()) == 1


def test_what_was_erased_is_not_retried(bench: Bench) -> None:
    talk(bench)
    ended(bench, status=RunStatus.FAILED)
    with bench.database.begin() as tx:
        run = runs.get(tx, T1)
        assert run is not None
        assert why_no_retry(run, tx.now) is None
    take(bench)
    with pytest.raises(NotRetryable, match="erased"), bench.database.begin() as tx:
        retry_run(tx, bench.core, T1, SYSTEM, "cli")


def test_what_goes_on_is_not_erased(bench: Bench) -> None:
    stored = bench.propose(to=CANARY)
    with pytest.raises(StillNeeded, match="a review of it is not closed"):
        take(bench)
    bench.approve(stored)
    ended(bench)
    with pytest.raises(StillNeeded, match="an effect of it is not settled"):
        take(bench)
    ended(bench, status=RunStatus.DUE)
    with pytest.raises(StillNeeded, match="driven"):
        take(bench)
    run_it(bench, stored)
    ended(bench)
    with pytest.raises(VoteInvalid), bench.database.begin() as tx:
        erase.erase_content(tx, T1, SYSTEM, " ")
    with pytest.raises(NotFound):
        take(bench, ThreadId("none"))
    assert "thread.erased" not in bench.events()
    assert take(bench) == 1


def test_settings_erase_what_ended_long_ago_and_nothing_else(bench: Bench) -> None:
    talk(bench)
    bench.clock.advance(timedelta(days=40))
    talk(bench, T2)
    dropped: list[ThreadId] = []

    def expire(**keep: timedelta) -> int:
        return erase.expire(bench.core, Retention(**keep), dropped.append)

    assert expire() == 0
    assert expire(snapshots=timedelta(days=30)) == 0
    with bench.database.read() as tx:
        assert snapshots.get(tx, T1) is None
        assert snapshots.get(tx, T2) is not None
    assert expire(content=timedelta(days=41)) == 0
    assert expire(content=timedelta(days=39)) == 1
    assert expire(content=timedelta(days=39)) == 0
    assert dropped == [T1]
    with bench.database.read() as tx:
        audit.verify_chain(tx)


def test_an_erasure_that_was_interrupted_is_done_again(bench: Bench) -> None:
    talk(bench)
    bench.clock.advance(timedelta(days=40))

    def crash(_: ThreadId) -> None:
        raise OSError("the saver is away")

    keep = Retention(content=timedelta(days=30))
    with pytest.raises(OSError, match="away"):
        erase.expire(bench.core, keep, crash)
    dropped: list[ThreadId] = []
    assert erase.expire(bench.core, keep, dropped.append) == 1
    assert dropped == [T1]


def test_a_live_thread_keeps_its_snapshot(bench: Bench) -> None:
    bench.propose(to="x")
    ended(bench, status=RunStatus.PAUSED)
    bench.clock.advance(timedelta(days=40))
    erase.expire(bench.core, Retention(snapshots=timedelta(days=1)), lambda _: None)
    with bench.database.read() as tx:
        assert snapshots.get(tx, T1) is not None
