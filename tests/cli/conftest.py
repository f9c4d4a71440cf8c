"""A project with one registered graph, and the command line to use on it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from signoff.cli import main
from tests.cli.sample_flow import POLICY

ROOT = Path(__file__).parents[2]
ME = "me@example.com"


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Result]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SIGNOFF_") and name != "SIGNOFF_CHROMIUM":
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """Commands set up the log of a whole process; put it back."""
    handlers, level = list(logging.root.handlers), logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run one command in this process."""

    def run(*arguments: str) -> Result:
        capsys.readouterr()
        code = main(arguments)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory without settings."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def project(empty: Path) -> Path:
    """A working directory with settings and a policy, but no database yet."""
    (empty / "policy.yaml").write_text(POLICY)
    (empty / "signoff.toml").write_text(
        'sweep_every = "200ms"\n\n[graphs.mailer]\n'
        f'factory = "tests.cli.sample_flow:build"\npolicy = "policy.yaml"\npath = "{ROOT}"\n'
    )
    return empty


@pytest.fixture
def ready(project: Path, cli: Cli) -> Path:
    """The project with a database and one person."""
    assert cli("migrate").code == 0
    assert cli("user", "add", ME, "--name", "Me").code == 0
    return project


@pytest.fixture
def run_mailer(ready: Path, cli: Cli) -> Callable[..., Result]:
    """Start the sample graph for some recipients and work until it pauses or ends."""

    def run(*to: str, thread: str | None = None) -> Result:
        more = () if thread is None else ("--thread", thread)
        return cli("run", "mailer", "--input", json.dumps({"to": to}), "--wait", "--json", *more)

    return run


@pytest.fixture
def waiting(run_mailer: Callable[..., Result], cli: Cli) -> dict[str, Any]:
    """One review that waits for a decision."""
    started = run_mailer("foe", thread="t1")
    assert started.code == 0, started.err
    [review] = cli("reviews", "--json").json["items"]
    return dict(review)


@pytest.fixture
def sent(project: Path) -> Callable[[], list[str]]:
    """What was really sent."""

    def read() -> list[str]:
        file = project / "sent.txt"
        return file.read_text().splitlines() if file.exists() else []

    return read


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that are killed at the end of the test if they still run."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
