"""Erasing a thread by hand, and by a worker whose settings say so."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from signoff.registry import Registry, opened_desk
from signoff.settings import read_settings
from signoff.worker import Worker, WorkerThread
from tests.cli.conftest import ME, Cli, Result
from tests.cli.test_reviews import _only


def test_a_thread_is_erased_with_its_checkpoints(run_mailer: Callable[..., Result], cli: Cli) -> None:
    run_mailer("friend", thread="t1")
    shown = cli("audit", "export").out
    refused = cli("erase", "t2", "--reason", "Asked for")
    assert (refused.code, "No run 't2'" in refused.err) == (2, True), refused.err
    erased = cli("erase", "t1", "--reason", "Asked for by the customer")
    assert (erased.code, "t1: erased" in erased.out) == (0, True), erased.err
    assert cli("audit", "verify").code == 0
    left = cli("audit", "export").out
    assert '"content":null' in left
    assert '"content":null' not in shown
    assert "Asked for by the customer" in left


def test_what_waits_for_people_is_not_erased(run_mailer: Callable[..., Result], cli: Cli) -> None:
    run_mailer("board", thread="t1")
    refused = cli("erase", "t1", "--reason", "No longer needed")
    assert (refused.code, "is not closed" in refused.err) == (1, True), refused.err
    assert cli("decide", _only(cli)["id"], "reject", "--by", ME, "--reason", "No.", "--yes").code == 0


def test_a_worker_erases_what_was_kept_long_enough(run_mailer: Callable[..., Result], cli: Cli) -> None:
    run_mailer("friend", thread="t1")
    run_mailer("foe", thread="t2")
    settings = read_settings(keep_content=timedelta(0), reconcile_every=timedelta(milliseconds=100))
    with opened_desk(settings) as desk:
        worker = WorkerThread(Worker(Registry(desk, settings.graphs), settings))
        worker.start()
        for _ in range(600):
            if desk.run("t1").erased_at is not None:
                break
            time.sleep(0.05)
        worker.stop()
        assert worker.error is None
        assert desk.run("t1").erased_at is not None
        assert desk.run("t2").erased_at is None
        saver = desk.saver()
        assert saver.get({"configurable": {"thread_id": "t1"}}) is None
        assert saver.get({"configurable": {"thread_id": "t2"}}) is not None
    assert cli("audit", "verify").code == 0
