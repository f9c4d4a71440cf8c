from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.cli.conftest import Cli
from tests.cli.server import Running, signed_in, until

Processes = list["subprocess.Popen[str]"]
AT = r"Signoff is at (http://\S+?),?\s"


def start(processes: Processes, *arguments: str, cwd: Path, **environment: str) -> Running:
    running = Running(*arguments, cwd=cwd, **environment)
    processes.append(running.process)
    return running


@pytest.mark.parametrize("split", [False, True], ids=["one process", "server and worker apart"])
def test_from_the_request_to_the_approved_effect_over_the_api(
    ready: Path, cli: Cli, processes: Processes, sent: Callable[[], list[str]], split: bool
) -> None:
    scopes = ("--scope", "runs:start", "--scope", "reviews:read", "--scope", "reviews:vote")
    assert cli("user", "add", "boss@example.com", "--role", "admin").code == 0
    secret = cli("key", "add", "test", "--person", "boss@example.com", *scopes).out.strip()
    server = start(processes, "serve", "--port", "0", *(["--no-worker"] if split else []), cwd=ready)
    address = server.wait_for(AT)[1]
    beside = [server]
    if split:
        beside.append(start(processes, "worker", cwd=ready))
        beside[1].wait_for("Working on mailer")
    with httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {secret}"}, timeout=30) as client:
        run = client.post("/api/v1/runs", json={"graph": "mailer", "input": {"to": ["foe"]}})
        assert run.status_code == 201, run.text
        [review] = until(lambda: client.get("/api/v1/reviews").json()["items"])
        vote = {"kind": "approve", "digest": review["digest"]}
        voted = client.post(f"/api/v1/reviews/{review['id']}/votes", json=vote)
        assert voted.status_code in (200, 201), voted.text
        assert until(sent) == ["foe: Dear foe"]
    for running in beside:
        assert running.stop() == 0, running.text
        assert "Stopped." in running.text
        assert "Traceback" not in running.text


def test_a_server_without_a_worker_never_loads_langgraph(
    ready: Path, cli: Cli, waiting: dict[str, Any], processes: Processes
) -> None:
    """Python itself reports every import of the running process, in whatever thread."""
    for role in ("lead", "auditor"):
        assert cli("user", "add", f"{role}@example.com", "--role", role).code == 0
    scopes = ("--scope", "reviews:read", "--scope", "audit:read")
    secret = cli("key", "add", "test", "--person", "auditor@example.com", *scopes).out.strip()
    server = start(processes, "serve", "--no-worker", "--port", "0", cwd=ready, PYTHONPROFILEIMPORTTIME="1")
    address = server.wait_for(AT)[1]
    link = cli("user", "link", "lead@example.com", "--url", address).out.strip()
    with signed_in(link) as client:
        page = client.get(f"/reviews/{waiting['id']}")
        assert page.status_code == 200
        assert "Mail to foe" in page.text
        assert "Dear foe" in page.text
        headers = {"Authorization": f"Bearer {secret}"}
        assert client.get(f"/api/v1/reviews/{waiting['id']}", headers=headers).status_code == 200
        assert client.get("/api/v1/openapi.json").status_code == 200
        assert "Where the run stands" in page.text
        run = client.get(f"/runs/{waiting['thread']}")
        assert run.status_code == 200
        assert 'class="graph"' in run.text
        assert "paused at review" in run.text
    assert server.stop() == 0
    lines = [line for line in server.text.splitlines() if line.startswith("import time:")]
    loaded = {line.rpartition("|")[2].strip() for line in lines}
    assert {"signoff.web.pages.review", "signoff.web.pages.run", "signoff.services.query"} <= loaded
    assert [n for n in loaded if n.partition(".")[0] in ("langgraph", "langchain_core", "langchain")] == []


def test_a_taken_port_is_named_before_anything_starts(ready: Path, cli: Cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = cli("serve", "--port", str(port))
    assert refused.code == 2
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use" in refused.err
    assert "--port" in refused.err
    assert "Traceback" not in refused.err


def test_a_second_worker_on_sqlite_is_refused(ready: Path, cli: Cli, processes: Processes) -> None:
    server = start(processes, "serve", "--port", "0", cwd=ready)
    server.wait_for(AT)
    for command in (("worker",), ("serve", "--port", "0")):
        refused = cli(*command)
        assert refused.code == 2
        assert f"Another worker (process: {server.process.pid}) already serves" in refused.err
        assert "use PostgreSQL" in refused.err
        assert "Traceback" not in refused.err
    assert server.process.poll() is None
    assert server.stop(signal.SIGINT) == 0


def test_run_wait_leaves_the_work_to_the_worker_that_is_there(
    ready: Path, cli: Cli, processes: Processes, sent: Callable[[], list[str]]
) -> None:
    worker = start(processes, "worker", cwd=ready)
    worker.wait_for("Working on mailer")
    done = cli("run", "mailer", "--input", json.dumps({"to": ["friend"]}), "--wait", "--json")
    assert done.json["status"] == "finished"
    assert sent() == ["friend: Dear friend"]
    assert worker.stop() == 0


@pytest.mark.postgres
def test_several_workers_share_a_postgres(
    ready: Path, cli: Cli, processes: Processes, sent: Callable[[], list[str]], postgres_url: str
) -> None:
    assert cli("migrate", "--database", postgres_url).code == 0
    workers = [start(processes, "worker", cwd=ready, SIGNOFF_DATABASE=postgres_url) for _ in range(2)]
    for worker in workers:
        worker.wait_for("Working on mailer")
    for number in range(6):
        queued = cli(
            "run",
            "mailer",
            "--input",
            '{"to": ["friend"]}',
            "--thread",
            f"t{number}",
            "--database",
            postgres_url,
        )
        assert queued.code == 0, queued.err
    until(lambda: len(sent()) >= 6)
    for worker in workers:
        assert worker.stop() == 0, worker.text
    assert sent() == ["friend: Dear friend"] * 6


def test_retry_goes_on_from_where_it_failed(ready: Path, cli: Cli, sent: Callable[[], list[str]]) -> None:
    text = (ready / "signoff.toml").read_text()
    (ready / "signoff.toml").write_text(text.replace("sample_flow:build", "sample_flow:build_badly"))
    assert cli("run", "mailer", "--input", '{"to": ["friend"]}', "--thread", "t1").code == 0
    refused = cli("retry", "t1", "--wait")
    assert (refused.code, "the record is not there" in refused.err) == (2, True)
    (ready / "signoff.toml").write_text(text)
    done = cli("retry", "t1", "--wait", "--json")
    assert done.json["status"] == "finished", done.err
    assert sent() == ["friend: Dear friend"]
    assert "No run 't9'" in cli("retry", "t9").err
