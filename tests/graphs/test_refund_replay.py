"""The replay of recorded tasks, and that it notices whatever falls short."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphs.refund.inputs import OPTIONS, inputs
from graphs.refund.planning import CHANGES
from graphs.refund.recordings import load_recordings
from graphs.refund.replay import TraceReplay
from graphs.refund.requests import load_requests
from graphs.refund.settings import HERE
from graphs.retail import DataMissing
from signoff.testing import Answer, Line, ScriptedReviewer
from tests.support.batches import Done, run_batch
from tests.support.retail import given_data, recorded_folder

POLICY = HERE / "policy.yaml"
REQUESTS = {request.id: request for request in load_requests()}


def recorded(folder: Path, *names: str) -> TraceReplay:
    data = recorded_folder(folder / "data", [REQUESTS[name] for name in names])
    return TraceReplay(load_recordings(data), data)


def replayed(batch: TraceReplay, folder: Path) -> Done:
    (folder / "trial").mkdir()
    return run_batch(batch, folder / "trial", POLICY)


def test_all_sample_requests_end_as_they_do_unguarded(tmp_path: Path) -> None:
    names = [name for name in REQUESTS if name != "somebody-elses"]
    batch = recorded(tmp_path, *names)
    done = replayed(batch, tmp_path)
    tally = batch.tally
    assert done.problems == []
    assert (tally.tasks, tally.calls, tally.reads, tally.changes) == (6, 17, 9, 8)
    assert (tally.changes_refused, tally.by_rule, tally.by_person) == (1, 4, 3)
    assert sum("audit: ok" in line for line in done.lines) == 1
    assert any(line.endswith("paused by refunds-add-up") for line in done.lines)
    assert (tally.reads_paused, tally.rows_apart) == (0, 0)
    assert done.told[0] == "task-0: 3 calls, 1 of them accepted writes"


def test_a_rejection_shows_as_a_call_that_did_not_happen(tmp_path: Path) -> None:
    batch = recorded(tmp_path, "large-cancel")

    def reject(desk: Any, thread: str) -> None:
        ScriptedReviewer(desk, [Line(Answer.reject())]).decide(thread)

    batch.decide = reject  # type: ignore[method-assign]  # another stand-in
    problems = replayed(batch, tmp_path).problems
    assert any("is carried out unguarded, but guarded" in problem for problem in problems)
    assert any("orders ('#W8955613',) ends otherwise" in problem for problem in problems)
    assert batch.tally.rows_apart > 0


def test_another_customer_than_the_signed_in_one_shows(tmp_path: Path) -> None:
    data = recorded_folder(tmp_path / "data", [REQUESTS["small-return"]])
    [request] = load_recordings(data)
    batch = TraceReplay([request.model_copy(update={"customer_id": "mia_johansson_7000"})], data)
    problems = replayed(batch, tmp_path).problems
    assert any("but guarded the answer was: Not run. It belongs to another" in one for one in problems)


def test_what_the_shop_did_behind_the_ledger_shows(tmp_path: Path) -> None:
    batch = recorded(tmp_path, "large-cancel")
    decide = batch.decide

    def decide_and_meddle(desk: Any, thread: str) -> None:
        decide(desk, thread)
        meddled = REQUESTS["small-return"].calls[-1]
        batch._guarded.carry_out("unknown-key", meddled.name, meddled.arguments)

    batch.decide = decide_and_meddle  # type: ignore[method-assign]  # another stand-in
    problems = replayed(batch, tmp_path).problems
    assert any("the ledger holds no such effect" in problem for problem in problems)
    assert any("orders ('#W7678072',) ends otherwise" in problem for problem in problems)


def test_an_effect_without_an_authority_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = recorded(tmp_path, "large-cancel")
    prepare = batch.prepare

    def prepare_without_reviews(folder: Path) -> None:
        prepare(folder)
        monkeypatch.setattr("signoff.app.Desk.reviews", _only_live(), raising=True)

    batch.prepare = prepare_without_reviews  # type: ignore[method-assign]  # hides closed reviews
    problems = replayed(batch, tmp_path).problems
    assert problems == ["task-0: cancel_pending_order ran without a decision or a rule"]


def _only_live() -> Any:
    from signoff.app import Desk

    real = Desk.reviews

    def reviews(self: Desk, thread_id: str | None = None, *, closed: bool = False, limit: int = 100) -> Any:
        return [] if closed else real(self, thread_id, limit=limit)

    return reviews


def test_recorded_tasks_of_tau2_end_as_they_do_unguarded(tmp_path: Path) -> None:
    """Tasks with every tool, both refused writes, an idle one, and look-ups that find nothing."""
    data = given_data()
    wanted = ("26", "38", "40", "64", "105", "110")
    batch = TraceReplay(load_recordings(data, wanted), data)
    done = replayed(batch, tmp_path)
    assert done.problems == []
    tally = batch.tally
    assert (tally.tasks, tally.transfers, tally.reads_refused) == (6, 1, 1)
    assert (tally.changes_refused, tally.idle) == (2, 1)
    assert tally.by_rule > 0
    assert tally.by_person > 0
    names = {call.name for request in batch._requests.values() for call in request.calls}
    assert set(CHANGES) <= names
    assert any(line.startswith("  300 ") for line in done.lines)


def test_every_recording_names_one_customer_and_known_tools() -> None:
    recordings = load_recordings(given_data())
    assert (len(recordings), sum(len(one.calls) for one in recordings)) == (114, 550)
    assert [one.id for one in recordings if not one.customer_id and one.calls] == ["task-50"]


def test_options_and_data_are_checked_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = recorded_folder(tmp_path, [REQUESTS["small-return"], REQUESTS["other-chair"]])
    monkeypatch.setenv("SIGNOFF_DATA", str(data))
    assert set(OPTIONS) == {"traces"}
    assert [name for name, _ in inputs([], {"traces": True}).cases] == ["task-0", "task-1"]
    assert [name for name, _ in inputs([], {"traces": "1"}).cases] == ["task-1"]
    for files, options, words in (
        ([Path("x")], {"traces": True}, "no files"),
        ([], {"trace": True}, "--traces"),
        ([], {}, "--traces"),
        ([], {"traces": "1, 7"}, "no recorded task 7"),
    ):
        with pytest.raises(ValueError, match=words):
            inputs(files, options)
    (data / "tau2_retail" / "tasks.json").write_text("{}")
    with pytest.raises(DataMissing, match="holds no tasks"):
        inputs([], {"traces": True})
    monkeypatch.delenv("SIGNOFF_DATA")
    with pytest.raises(DataMissing, match="Set SIGNOFF_DATA"):
        inputs([], {"traces": True})
