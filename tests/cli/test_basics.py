from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Cli

COMMANDS = [
    tuple(command.split())
    for command in """
demo | conformance | migrate | serve | worker | run | retry | reviews | reviews list | reviews show | decide
| effects | effects list | effects settle | stop | go | doctor | policy check | policy explain | audit verify
| audit export | audit head | user add | user list | user link | key add | key list | key revoke | reconcile
""".split("|")
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_says_what_it_does_and_shows_how(
    empty: Path, cli: Cli, command: tuple[str, ...]
) -> None:
    helped = cli(*command, "--help")
    assert helped.code == 0
    assert "Examples" in helped.out
    assert f"signoff {' '.join(command)}" in helped.out


def test_the_help_names_every_command(empty: Path, cli: Cli) -> None:
    text = cli("--help").out
    assert {command[0] for command in COMMANDS} <= set(text.replace("│", " ").split())


_LOADED = """
import json, sys
from signoff.cli import main
for command in json.loads(sys.argv[1]):
    assert main(command) == 0, command
graphs = ("langgraph", "langchain_core")
sys.exit(", ".join(name for name in sys.modules if name.partition(".")[0] in graphs) or 0)
"""


def test_commands_that_need_no_graph_load_none(ready: Path) -> None:
    commands = [
        ["--help"], ["migrate"], ["reviews"], ["effects"], ["audit", "verify"], ["user", "list"],
        ["run", "mailer"], ["stop", "--reason", "x"], ["go"],
    ]  # fmt: skip
    done = _loaded_by(commands, ready)
    assert (done.returncode, done.stderr.splitlines()[-1:]) == (0, ["No effects yet."]), done.stderr
    assert (
        "langgraph.graph" in _loaded_by([["run", "mailer", "--input", '{"to": []}', "--wait"]], ready).stderr
    )


def _loaded_by(commands: list[list[str]], project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _LOADED, json.dumps(commands)],
        cwd=project,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:///nowhere.db", "does not exist. Create or upgrade it with `signoff migrate`."),
        ("sqlite:///", "name a file"),
        ("mysql://localhost/x", "'mysql' is not supported"),
        ("nonsense", "cannot be read; use sqlite:///file.db or postgresql://"),
        ("sqlite:///noise.db", "file is not a database"),
        ("postgresql://me:secret@127.0.0.1:1/x", "cannot be reached: connection"),
    ],
)
@pytest.mark.parametrize("command", [("reviews",), ("serve",), ("worker",), ("run", "mailer")], ids=" ".join)
def test_a_database_that_cannot_be_used_is_one_clear_message(
    project: Path, cli: Cli, command: tuple[str, ...], url: str, message: str
) -> None:
    (project / "noise.db").write_bytes(b"no database at all, but long enough to be read as one" * 99)
    refused = cli(*command, "--database", url)
    assert refused.code == 2
    assert message in refused.err
    assert "secret" not in refused.err
    assert "Traceback" not in refused.err
    assert not (project / "nowhere.db").exists()


def test_migrate_makes_the_database_and_may_be_repeated(project: Path, cli: Cli) -> None:
    for _ in range(2):
        done = cli("migrate")
        assert (done.code, "is ready" in done.out) == (0, True)
    assert (project / ".signoff" / "signoff.db").exists()


@pytest.mark.postgres
def test_migrate_makes_postgres_ready_for_every_command(
    project: Path, cli: Cli, bare_postgres_url: str
) -> None:
    refused = cli("reviews", "--database", bare_postgres_url)
    assert (refused.code, "is empty" in refused.err) == (2, True)
    assert cli("migrate", "--database", bare_postgres_url).code == 0
    started = cli(
        "run",
        "mailer",
        "--input",
        '{"to": ["friend", "foe"]}',
        "--wait",
        "--json",
        "--database",
        bare_postgres_url,
    )
    assert started.json["status"] == "paused", started.json
    assert "Mail to foe" in cli("reviews", "--database", bare_postgres_url).out
    assert "ok" in cli("audit", "verify", "--database", bare_postgres_url).out


def test_a_broken_settings_file_is_one_clear_message(project: Path, cli: Cli) -> None:
    (project / "signoff.toml").write_text("prot = 1\n")
    refused = cli("reviews")
    assert (refused.code, "there is no such setting" in refused.err) == (2, True)
    assert "signoff.toml" in refused.err
    (project / "good.toml").write_text("")
    assert "does not exist" in cli("--settings", "good.toml", "reviews").err


def test_an_unknown_command_is_wrong_use(empty: Path, cli: Cli) -> None:
    assert cli("revues").code == 2


def test_conformance_runs_the_suite_and_gives_its_exit_code(
    empty: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []

    def suite(against: str | None = None, postgres: bool = True, verbose: bool = False) -> int:
        asked.append((against, postgres, verbose))
        return len(asked) - 1

    monkeypatch.setattr("signoff.testing.conformance.run_command", suite)
    assert cli("conformance").code == 0
    assert cli("conformance", "--against", "langchain", "--no-postgres", "-v").code == 1
    assert asked == [(None, True, False), ("langchain", False, True)]
    assert cli("conformance", "--against", "magic").code == 2
