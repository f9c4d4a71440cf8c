from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.conftest import Cli, Result


def test_a_healthy_project_ends_with_ok(waiting: dict[str, Any], cli: Cli) -> None:
    found = cli("doctor")
    assert (found.code, found.err.strip()) == (0, "ok"), found.err
    for part in (
        "packages",
        "database",
        "audit",
        "graph mailer",
        "threads",
        "jobs",
        "effects",
        "people",
        "reviews",
    ):
        assert f"ok   {part}:" in found.out


def test_every_problem_is_numbered_with_its_mend(
    ready: Path, run_mailer: Callable[..., Result], cli: Cli
) -> None:
    run_mailer("broken", thread="t1")
    assert cli("stop", "--reason", "Fire").code == 0
    found = cli("doctor")
    assert found.code == 1
    assert "1. thread t1: failed" in found.err
    assert "The model is away." in found.err
    assert "2. stop switch: on since" in found.err
    assert "Mend: signoff go" in found.err


def test_a_missing_database_and_a_broken_policy_are_problems(project: Path, cli: Cli) -> None:
    found = cli("doctor")
    assert (found.code, "1. database: " in found.err, "signoff migrate" in found.err) == (1, True, True)
    assert cli("migrate").code == 0
    (project / "policy.yaml").write_text("name: [")
    found = cli("doctor")
    assert found.code == 1
    assert "graph mailer" in found.err
    assert "people: nobody can decide" in found.err


def test_a_thread_whose_review_is_gone_is_found_and_mended(
    waiting: dict[str, Any], ready: Path, cli: Cli
) -> None:
    from tests.cli.test_audit import _change_database

    _change_database(ready, "update review set state = 'closed', outcome = 'superseded'")
    found = cli("doctor")
    assert (found.code, "paused thread, no open review" in found.err) == (1, True)
    mended = cli("reconcile")
    assert (mended.code, "paused thread, no open review" in mended.out) == (0, True)
