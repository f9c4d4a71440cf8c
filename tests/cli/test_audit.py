from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from tests.cli.conftest import Cli


def test_the_chain_verifies_and_is_exported_whole(waiting: dict[str, Any], ready: Path, cli: Cli) -> None:
    head = cli("audit", "head")
    (ready / "head.json").write_text(head.out)
    size = head.json["size"]
    assert cli("audit", "verify").out == f"audit: ok ({size} entries)\n"
    assert "is among them" in cli("audit", "verify", "--head", "head.json").out
    assert cli("audit", "export", "--output", "audit.jsonl").code == 0
    entries = [json.loads(line) for line in (ready / "audit.jsonl").read_text().splitlines()]
    assert [entry["seq"] for entry in entries] == list(range(1, size + 1))
    assert cli("audit", "export").out.splitlines() == (ready / "audit.jsonl").read_text().splitlines()


def test_a_changed_entry_is_found(waiting: dict[str, Any], ready: Path, cli: Cli) -> None:
    _change_database(ready, "update audit_entry set event = 'review.closed' where seq = 2")
    broken = cli("audit", "verify")
    assert (broken.code, "Entry 2: the entry was changed" in broken.err) == (1, True)
    assert cli("doctor").code == 1


def test_a_cut_chain_does_not_contain_the_exported_head(
    waiting: dict[str, Any], ready: Path, cli: Cli
) -> None:
    (ready / "head.json").write_text(cli("audit", "head").out)
    size = cli("audit", "head").json["size"]
    _change_database(ready, f"delete from audit_entry where seq = {size}")
    broken = cli("audit", "verify", "--head", "head.json")
    assert (broken.code, f"shorter than the exported head ({size})" in broken.err) == (1, True)


def test_wrong_files_are_named(ready: Path, cli: Cli) -> None:
    (ready / "noise.json").write_text("{}")
    for file, message in (("noise.json", "is no head"), ("nowhere.json", "cannot be read")):
        refused = cli("audit", "verify", "--head", file)
        assert (refused.code, message in refused.err) == (2, True)
    refused = cli("audit", "export", "--output", "nowhere/audit.jsonl")
    assert (refused.code, "cannot be written" in refused.err) == (2, True)
    (ready / "other.json").write_text('{"workspace": "other", "size": 1, "hash": "' + "0" * 64 + '"}')
    refused = cli("audit", "verify", "--head", "other.json")
    assert (refused.code, "workspace 'other'" in refused.err) == (2, True)


def _change_database(project: Path, statement: str) -> None:
    connection = sqlite3.connect(project / ".signoff" / "signoff.db")
    connection.execute(statement)
    connection.commit()
    connection.close()
