from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ME, Cli, Result

Sent = Callable[[], list[str]]
Run = Callable[..., Result]


def test_a_run_passes_what_the_policy_allows_and_pauses_for_the_rest(
    run_mailer: Run, cli: Cli, sent: Sent
) -> None:
    started = run_mailer("friend", "foe", "nobody", thread="t1")
    assert started.json["status"] == "paused"
    assert started.json["trigger"] == "cli"
    listed = cli("reviews")
    assert "Mail to foe" in listed.out
    assert "friend" not in listed.out
    approved = cli("decide", _only(cli)["id"], "approve", "--by", ME, "--yes")
    assert (approved.code, "Decided: approved" in approved.out) == (0, True)
    assert _resume(cli) == "finished"
    assert sorted(sent()) == ["foe: Dear foe", "friend: Dear friend"]


def test_show_tells_everything_a_decision_needs(waiting: dict[str, Any], cli: Cli) -> None:
    shown = cli("reviews", "show", waiting["id"])
    for part in ("Mail to foe", "t1", "rule rest: The rest waits.", waiting["digest"], "Dear foe", "in 8h"):
        assert part in shown.out.replace("in 7h", "in 8h")
    assert cli("reviews", "show", waiting["id"], "--json").json["review"]["id"] == waiting["id"]


def test_deciding_shows_draft_and_digest_and_asks(
    waiting: dict[str, Any], cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typer.confirm", lambda _question: False)
    refused = cli("decide", waiting["id"], "approve", "--by", ME)
    assert refused.code == 1
    assert "Dear foe" in refused.out
    assert waiting["digest"] in refused.out
    assert "nothing was decided" in refused.err
    assert _only(cli)["version"] == waiting["version"]
    monkeypatch.setattr("typer.confirm", lambda _question: True)
    assert cli("decide", waiting["id"], "approve", "--by", ME).code == 0


def test_revise_sends_the_edited_draft(waiting: dict[str, Any], ready: Path, cli: Cli, sent: Sent) -> None:
    (ready / "edited.json").write_text('{"to": "foe", "text": "Kind regards"}')
    done = cli("decide", waiting["id"], "revise", "--by", ME, "--arguments", "edited.json", "--yes")
    assert (done.code, "Decided: revised" in done.out) == (0, True)
    assert _resume(cli) == "finished"
    assert sent() == ["foe: Kind regards"]


@pytest.mark.parametrize(
    ("answer", "options", "outcome"),
    [
        ("reject", ["--reason", "No."], "rejected"),
        ("request-changes", ["--reason", "Kinder."], "changes_requested"),
        ("answer", ["--answer", "Ask again tomorrow"], "answered"),
    ],
)
def test_other_answers_send_nothing(
    waiting: dict[str, Any], cli: Cli, sent: Sent, answer: str, options: list[str], outcome: str
) -> None:
    digest = str(waiting["digest"])[:16]
    done = cli("decide", waiting["id"], answer, "--by", ME, *options, "--digest", digest)
    assert (done.code, f"Decided: {outcome}" in done.out) == (0, True)
    assert _resume(cli) == "finished"
    assert sent() == []
    [closed] = cli("reviews", "list", "--state", "closed", "--json").json["items"]
    assert closed["outcome"] == outcome


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["approve", "--digest", "0" * 64], 1, "changed after it was shown"),
        (["reject", "--yes"], 2, "reason"),
        (["revise", "--yes"], 2, "--arguments"),
        (["approve", "--arguments", "{}", "--yes"], 2, "--arguments"),
        (["answer", "--yes"], 2, "--answer"),
        (["revise", "--yes", "--arguments", "nowhere.json"], 2, "cannot be read"),
        (["revise", "--yes", "--arguments", "[1]"], 2, "JSON object"),
        (["revise", "--yes", "--arguments", '{"to": "a", "to": "b"}'], 2, "appears twice"),
        (["revise", "--yes", "--arguments", '{"to": NaN, "text": ""}'], 2, "NaN"),
        (["revise", "--yes", "--arguments", '{"to": ' + "[" * 9000 + "]" * 9000 + "}"], 2, "deeper"),
        (["revise", "--yes", "--arguments", '{"to": "a", "text": 7}'], 2, "/text"),
        (["revise", "--yes", "--arguments", '{"to": "a", "cc": "b"}'], 2, "no such argument"),
        (["revise", "--yes", "--arguments", '{"to": "nobody", "text": ""}'], 1, "There is nobody."),
        (["revise", "--yes", "--arguments", '{"to": "foe", "text": "Dear foe"}'], 2, "nothing was changed"),
    ],
)
def test_a_vote_that_does_not_hold_up_changes_nothing(
    waiting: dict[str, Any], cli: Cli, options: list[str], code: int, message: str
) -> None:
    refused = cli("decide", waiting["id"], *options, "--by", ME)
    assert (refused.code, message in refused.err) == (code, True), refused.err
    assert "Traceback" not in refused.err
    assert _only(cli)["version"] == waiting["version"]


def test_a_draft_of_five_megabytes_is_refused(waiting: dict[str, Any], ready: Path, cli: Cli) -> None:
    (ready / "huge.json").write_text(json.dumps({"to": "foe", "text": "x" * 5_000_000}))
    refused = cli("decide", waiting["id"], "revise", "--arguments", "huge.json", "--by", ME, "--yes")
    assert refused.code == 2
    assert "huge.json: The payload has 5,000,0" in refused.err


def test_a_second_decision_is_told_who_decided(waiting: dict[str, Any], cli: Cli) -> None:
    assert cli("user", "add", "leo@example.com", "--name", "Leo").code == 0
    assert cli("decide", waiting["id"], "approve", "--by", ME, "--yes").code == 0
    late = cli("decide", waiting["id"], "reject", "--reason", "No.", "--by", "leo@example.com", "--yes")
    assert late.code == 1
    assert "Already approved by Me" in late.err
    again = cli("decide", waiting["id"], "approve", "--by", ME, "--yes")
    assert (again.code, "recorded before" in again.out) == (0, True)


def test_a_decision_after_new_input_superseded_the_review(
    waiting: dict[str, Any], run_mailer: Run, cli: Cli
) -> None:
    assert run_mailer("friend", thread="t1").code == 0
    late = cli("decide", waiting["id"], "approve", "--by", ME, "--yes")
    assert (late.code, "Already superseded" in late.err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["decide", "rev_nowhere", "approve", "--by", ME, "--yes"], "No review 'rev_nowhere'"),
        (["reviews", "show", "rev_nowhere"], "No review 'rev_nowhere'"),
        (["decide", "rev_nowhere", "maybe", "--by", ME], "'maybe'"),
        (["reviews", "list", "--limit", "0"], "--limit"),
    ],
)
def test_wrong_use_says_what_is_wrong(ready: Path, cli: Cli, arguments: list[str], message: str) -> None:
    refused = cli(*arguments)
    assert (refused.code, message in refused.err) == (2, True), refused.err


def test_an_unknown_person_cannot_decide(waiting: dict[str, Any], cli: Cli) -> None:
    refused = cli("decide", waiting["id"], "approve", "--by", "who@example.com", "--yes")
    assert (refused.code, "No person 'who@example.com'" in refused.err) == (2, True)


def test_hidden_characters_of_a_draft_are_spelled_out(run_mailer: Run, cli: Cli) -> None:
    run_mailer("foe\u202e\x1b[31m", thread="t1")
    shown = cli("reviews", "show", _only(cli)["id"]).out
    assert "\\u{202e}" in shown
    assert "\\u{1b}" in shown
    assert "\u202e" not in shown
    assert "\x1b[31m" not in shown


def test_an_empty_list_says_so(ready: Path, cli: Cli) -> None:
    assert "Nothing waits" in cli("reviews").err
    assert cli("reviews", "--json").json == {"items": [], "next": None}


def _only(cli: Cli) -> dict[str, Any]:
    [review] = cli("reviews", "--json").json["items"]
    return dict(review)


def _resume(cli: Cli) -> str:
    """Work on the queue by repeating the run of thread t1 under its key; its status."""
    from signoff.domain.ids import ThreadId
    from signoff.registry import Registry, opened_desk
    from signoff.services import runs
    from signoff.settings import read_settings
    from signoff.worker import Worker

    settings = read_settings()
    with opened_desk(settings) as desk:
        Worker(Registry(desk, settings.graphs), settings).run_due()
        with desk.read() as tx:
            return runs.get_run(tx, ThreadId("t1")).status.value
