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


@pytest.mark.timeout(180)
def test_headless_adds_up_and_may_be_repeated(empty: Path, cli: Cli) -> None:
    first = run_process("demo", "--headless", cwd=empty)
    check(first)
    sent = counts(first)["sent"]
    maildir = empty / ".signoff" / "demo" / "maildir"
    assert len(list((maildir / "new").iterdir())) == sent
    check(run_process("demo", "--headless", cwd=empty))
    assert len(list((maildir / "new").iterdir())) == 2 * sent
    url = f"sqlite:///{empty}/.signoff/demo/signoff.db"
    assert "audit: ok" in cli("audit", "verify", "--database", url).out


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


@pytest.mark.timeout(180)
def test_a_person_decides_and_the_message_lands_in_the_maildir(empty: Path, processes: Processes) -> None:
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
    with signed_in(link) as client:
        listed = client.get("/reviews").text
        review = next(
            part for part in re.findall(r"/reviews/(rev_\w+)", listed)
            if "How are we doing" in client.get(f"/reviews/{part}").text
        )  # fmt: skip
        page = client.get(f"/reviews/{review}").text
        fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
        decided = client.post(_action(page), data={**fields, "choice": "approve"})
        assert decided.status_code == 200, decided.text
    where = demo.wait_for(r"sent to (\S+): (\S+)")[2]
    assert "How are we doing" in (empty / where).read_text()
    assert "Mia Marketing says approve: Mail to" in demo.text
    assert demo.stop(signal.SIGINT) == 0
    assert "Stopped." in demo.text
    assert "Traceback" not in demo.text


@pytest.mark.timeout(180)
def test_the_demo_goes_on_where_it_was_stopped(empty: Path, cli: Cli, processes: Processes) -> None:
    for options in ((), (), ("--fresh",)):
        demo = Running("demo", "--port", "0", *options, cwd=empty)
        processes.append(demo.process)
        demo.wait_for("9 wait for a decision")
        assert demo.stop(signal.SIGINT) == 0
        url = f"sqlite:///{empty}/.signoff/demo/signoff.db"
        runs = cli("reviews", "list", "--state", "all", "--limit", "200", "--json", "--database", url).json
        assert len(runs["items"]) == 9
        assert len(list((empty / ".signoff" / "demo" / "maildir" / "new").iterdir())) == 4


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


def test_a_second_demo_on_the_same_files_is_refused(empty: Path, processes: Processes) -> None:
    demo = Running("demo", "--port", "0", cwd=empty)
    processes.append(demo.process)
    demo.wait_for("wait for a decision")
    for options in ((), ("--fresh",), ("--headless",)):
        refused = run_process("demo", "--port", "0", *options, cwd=empty)
        assert (refused.code, "Another worker" in refused.err) == (2, True), refused.err
    assert demo.process.poll() is None


def _action(page: str) -> str:
    found = re.search(r'<form[^>]*action="(/reviews/[^"]+/decide)"', page)
    assert found is not None
    return found[1]
