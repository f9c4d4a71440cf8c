from __future__ import annotations

import re
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from signoff.cli import demo_ground
from signoff.settings import Settings
from tests.cli.conftest import Cli, Result
from tests.cli.server import Running, signed_in, until

Processes = list["subprocess.Popen[str]"]


def counts(done: Result) -> dict[str, int]:
    found = re.findall(r"^([a-z ]+?) +(\d+)(?:   .*)?$", done.out, re.MULTILINE)
    return {name: int(number) for name, number in found}


def check(done: Result) -> None:
    assert done.code == 0, done.err
    number = counts(done)
    assert number["paused"] == sum(
        number[way] for way in ("approved", "revised", "changes requested", "rejected")
    )
    assert number["sent"] == number["passed"] + number["approved"] + number["revised"]
    assert min(number.values()) >= 1
    assert "audit: ok" in done.out
    assert "scripted stand-in" in done.err


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch, empty: Path) -> None:
    """A second to take a decision back instead of ten: nobody does here."""
    usual = demo_ground._settings

    def settings(*arguments: Any) -> Settings:
        found = usual(*arguments)
        graph = found.graphs[demo_ground.FLOW]
        text = graph.policy.read_text()
        assert "settling: 10s" in text
        policy = empty / "hurried.yaml"
        policy.write_text(text.replace("settling: 10s", "settling: 1s"))
        return found.model_copy(
            update={"graphs": {demo_ground.FLOW: graph.model_copy(update={"policy": policy})}}
        )

    monkeypatch.setattr(demo_ground, "_settings", settings)


@pytest.mark.postgres
@pytest.mark.usefixtures("hurried")
def test_headless_on_postgres(empty: Path, cli: Cli, bare_postgres_url: str) -> None:
    check(cli("demo", "--headless", "--database", bare_postgres_url))


@pytest.mark.usefixtures("hurried")
def test_headless_fails_when_the_mail_is_not_what_was_allowed(empty: Path, cli: Cli) -> None:
    """A Maildir that somebody else writes to while the demo runs."""
    new = empty / ".signoff" / "demo" / "maildir" / "new"

    def forge() -> None:
        until(lambda: new.is_dir() and any(new.iterdir()))
        (new / "eff_forged").write_text("To: somebody@example.com\n\nHello\n")

    forger = threading.Thread(target=forge)
    forger.start()
    done = cli("demo", "--headless")
    forger.join()
    assert done.code == 1
    assert "eff_forged was sent without an effect in the ledger" in done.err
    assert "sent, but" in done.err


@pytest.mark.usefixtures("hurried")
@pytest.mark.timeout(300)
def test_a_person_decides_stops_goes_on_and_starts_over(empty: Path, cli: Cli, processes: Processes) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        usual = str(taken.getsockname()[1])
        demo = Running("demo", cwd=empty, SIGNOFF_PORT=usual)
        processes.append(demo.process)
        link = demo.wait_for(r"http://\S+/sign-in/link\?token=\S+")[0]
        assert f"Port {usual} is taken" in demo.text
    assert "9 wait for a decision" in demo.text
    assert "scripted stand-in" in demo.text
    for options in (("--fresh",), ("--headless",)):
        refused = cli("demo", *options)
        assert (refused.code, "Another worker" in refused.err) == (2, True), refused.err
    _approve(link, "How are we doing")
    where = demo.wait_for(r"sent to (\S+): (\S+)")[2]
    assert "How are we doing" in (empty / where).read_text()
    assert "Mia Marketing says approve: Mail to" in demo.text
    assert demo.stop(signal.SIGINT) == 0
    assert "Stopped." in demo.text
    assert "Traceback" not in demo.text

    again = Running("demo", "--port", "0", cwd=empty)
    processes.append(again.process)
    again.wait_for("8 wait for a decision")
    assert again.stop() == 0
    maildir = empty / ".signoff" / "demo" / "maildir" / "new"
    assert len(list(maildir.iterdir())) == 5
    check(cli("demo", "--headless"))
    assert len(list(maildir.iterdir())) == 5 + 11

    fresh = Running("demo", "--port", "0", "--fresh", cwd=empty)
    processes.append(fresh.process)
    fresh.wait_for("9 wait for a decision")
    assert fresh.stop() == 0
    assert len(list(maildir.iterdir())) == 4
    url = f"sqlite:///{empty}/.signoff/demo/signoff.db"
    assert "audit: ok" in cli("audit", "verify", "--database", url).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "whole"], "needs SIGNOFF_DATA"),
        (["--fresh", "--database", "sqlite:///x.db"], "--fresh removes the demo's own"),
        (["--data", "half"], "'half'"),
    ],
)
def test_wrong_use_says_what_is_needed(empty: Path, cli: Cli, arguments: list[str], message: str) -> None:
    refused = cli("demo", "--headless", *arguments)
    assert (refused.code, message in refused.err) == (2, True), refused.err


def test_a_data_folder_without_the_record_says_what_is_needed(
    empty: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNOFF_DATA", str(empty))
    refused = cli("demo", "--headless", "--data", "whole")
    assert (refused.code, "tau2_retail/db.json" in refused.err) == (2, True), refused.err


def test_a_named_port_that_is_taken_is_an_error(empty: Path, cli: Cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = cli("demo", "--port", str(taken.getsockname()[1]))
    assert (refused.code, "Choose another port with --port" in refused.err) == (2, True), refused.err


def _approve(link: str, subject: str) -> None:
    """Sign in, open the review of that mail, and press the button."""
    with signed_in(link) as client:
        pages = [
            client.get(f"/reviews/{id}").text
            for id in re.findall(r"/reviews/(rev_\w+)", client.get("/reviews").text)
        ]
        page = next(page for page in pages if subject in page)
        fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
        decided = client.post(_action(page), data={**fields, "choice": "approve"})
        assert decided.status_code == 200, decided.text


def _action(page: str) -> str:
    found = re.search(r'<form[^>]*action="(/reviews/[^"]+/decide)"', page)
    assert found is not None
    return found[1]
