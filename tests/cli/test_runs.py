from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Cli, Result

Run = Callable[..., Result]


def test_a_run_without_waiting_is_only_queued(ready: Path, cli: Cli) -> None:
    queued = cli("run", "mailer", "--input", '{"to": ["friend"]}', "--requester", "leo@example.com", "--json")
    assert queued.json["status"] == "queued"
    assert queued.json["requester"] == "leo@example.com"
    assert not (ready / "sent.txt").exists()


def test_the_same_dedupe_key_starts_nothing(ready: Path, cli: Cli, sent: Callable[[], list[str]]) -> None:
    arguments = ("run", "mailer", "--input", '{"to": ["friend"]}', "--dedupe-key", "k1", "--wait", "--json")
    first, second = cli(*arguments), cli(*arguments)
    assert first.json["thread"] == second.json["thread"]
    assert "used before" in second.err
    assert sent() == ["friend: Dear friend"]


def test_input_comes_from_a_file_too(ready: Path, cli: Cli, sent: Callable[[], list[str]]) -> None:
    (ready / "input.json").write_text('{"to": ["friend"]}')
    assert cli("run", "mailer", "--input", "input.json", "--wait").code == 0
    assert sent() == ["friend: Dear friend"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "No graph named 'nothing'; registered under [tool.signoff.graphs]: mailer"),
        (["mailer", "--input", "nowhere.json"], "nowhere.json cannot be read"),
        (["mailer", "--input", "{"], "not valid JSON"),
        (["mailer", "--input", "[]"], "JSON object"),
        (["mailer", "--input", '{"a": 1, "a": 2}'], "appears twice"),
        (["mailer", "--input", '{"a": Infinity}'], "Infinity"),
    ],
)
def test_wrong_use_starts_nothing(ready: Path, cli: Cli, arguments: list[str], message: str) -> None:
    refused = cli("run", *arguments)
    assert (refused.code, message in refused.err) == (2, True), refused.err
    assert cli("doctor").out.count("threads: none is stuck") == 1


def test_a_graph_that_raises_fails_the_run(run_mailer: Run, cli: Cli) -> None:
    failed = run_mailer("broken", thread="t1")
    assert failed.code == 1
    assert failed.json["error"] == "ValueError: The model is away."


def test_the_stop_switch_holds_what_was_approved(
    run_mailer: Run, cli: Cli, sent: Callable[[], list[str]]
) -> None:
    assert cli("stop", "--reason", " ").code == 2
    assert cli("stop", "--reason", "Wrong prices").code == 0
    run_mailer("friend", thread="t1")
    assert sent() == []
    assert "Wrong prices" in cli("doctor").err
    assert cli("go").code == 0
    assert cli("run", "mailer", "--input", '{"to": []}', "--wait").code == 0
    assert sent() == ["friend: Dear friend"]


def test_reconcile_finds_nothing_where_all_is_well(waiting: object, cli: Cli) -> None:
    assert "agree" in cli("reconcile").err
    assert cli("reconcile", "--json").json == {"items": []}


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        ("tests.cli.nowhere:build", "cannot import tests.cli.nowhere:build"),
        ("tests.cli.sample_flow:nothing", "cannot import tests.cli.sample_flow:nothing"),
        ("tests.cli.sample_flow:build_nothing", "returned str, but a compiled graph is needed"),
        ("tests.cli.sample_flow:build_badly", "raised LookupError: the record is not there"),
    ],
)
def test_a_factory_that_makes_no_graph_is_named(ready: Path, cli: Cli, factory: str, message: str) -> None:
    (ready / "signoff.toml").write_text(
        f'[graphs.mailer]\nfactory = "{factory}"\npolicy = "policy.yaml"\npath = "{ROOT}"\n'
    )
    refused = cli("worker")
    assert (refused.code, f"graphs.mailer: {factory}" in refused.err or message in refused.err) == (2, True)
    assert message in refused.err


def test_a_policy_for_other_tools_is_refused(ready: Path, cli: Cli) -> None:
    text = (ready / "policy.yaml").read_text().replace("send", "post")
    (ready / "policy.yaml").write_text(text)
    refused = cli("worker")
    assert refused.code == 2
    assert 'the tool "send" is not classified' in refused.err
    assert 'a tool "post" that is not there' in refused.err


def test_broken_yaml_names_file_and_line(ready: Path, cli: Cli) -> None:
    (ready / "policy.yaml").write_text("name: x\nversion: [1\n")
    refused = cli("worker")
    assert refused.code == 2
    assert "policy.yaml:" in refused.err
    assert "Traceback" not in refused.err
