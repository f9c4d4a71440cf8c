from __future__ import annotations

import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Result, run_process
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


@pytest.mark.postgres
@pytest.mark.timeout(180)
def test_headless_on_postgres(empty: Path, postgres_url: str) -> None:
    check(run_process("demo", "--headless", "--database", postgres_url, cwd=empty))


@pytest.mark.timeout(180)
def test_headless_fails_when_the_mail_is_not_what_was_allowed(empty: Path, processes: Processes) -> None:
    """A Maildir that somebody else writes to while the demo runs."""
    running = Running("demo", "--headless", cwd=empty)
    processes.append(running.process)
    new = empty / ".signoff" / "demo" / "maildir" / "new"
    until(lambda: new.is_dir() and any(new.iterdir()))
    (new / "eff_forged").write_text("To: somebody@example.com\n\nHello\n")
    assert running.wait() == 1
    running.wait_for("eff_forged was sent without an effect in the ledger")
    running.wait_for("sent, but")


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
        refused = run_process("demo", *options, cwd=empty)
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
    check(run_process("demo", "--headless", cwd=empty))
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
def test_wrong_use_says_what_is_needed(empty: Path, arguments: list[str], message: str) -> None:
    refused = run_process("demo", "--headless", *arguments, cwd=empty)
    assert (refused.code, message in refused.err) == (2, True), refused.err


def test_a_data_folder_without_the_record_says_what_is_needed(empty: Path) -> None:
    refused = run_process("demo", "--headless", "--data", "whole", cwd=empty, SIGNOFF_DATA=str(empty))
    assert (refused.code, "tau2_retail/db.json" in refused.err) == (2, True), refused.err


def test_a_named_port_that_is_taken_is_an_error(empty: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = run_process("demo", "--port", str(taken.getsockname()[1]), cwd=empty)
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
