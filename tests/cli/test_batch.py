"""`signoff run GRAPH FILE…`, on the contract flow and on a flow that takes neither files nor options."""

from __future__ import annotations

import re
from pathlib import Path

import docx
import pytest

from tests.cli.conftest import ROOT, Cli
from tests.support.contracts import SHORT, as_docx, as_pdf, rejected

CONTRACTS = "graphs.contract_review"


@pytest.fixture
def contracts(empty: Path) -> Path:
    """A working directory with the contract flow, a contract, and no database yet."""
    (empty / "signoff.toml").write_text(
        f'[graphs.contracts]\nfactory = "{CONTRACTS}.graph:build"\ninputs = "{CONTRACTS}.inputs:inputs"\n'
        f'policy = "{ROOT}/graphs/contract_review/policy.yaml"\npath = "{ROOT}"\n'
    )
    (empty / "short.txt").write_text(SHORT)
    return empty


def lawyers(cli: Cli) -> None:
    assert cli("migrate").code == 0
    for email, groups in (("ana@example.com", ["legal"]), ("bea@example.com", ["legal", "legal-lead"])):
        assert cli("user", "add", email, *(part for g in groups for part in ("--group", g))).code == 0


def test_a_contract_is_run_to_its_pause_and_told_with_its_proposal(contracts: Path, cli: Cli) -> None:
    lawyers(cli)
    told = cli("run", "contracts", "short.txt", "--to=them@example.com", "--flags")
    assert told.code == 0, told.err
    assert re.search(r"clauses +5 ", told.out)
    assert re.search(r"flags +3 ", told.out)
    assert re.search(r"reviews +3 ", told.out)
    assert "walk_away: Governing law: Kazakhstan" in told.out
    assert re.search(r"time +\d+\.\d\d s +to the pause", told.out)
    assert "stand-in without a language model" in told.out
    assert len(cli("reviews", "--json").json["items"]) == 3
    proposal = docx.Document(str(contracts / ".signoff/contracts/short (from txt) - proposal.docx"))
    assert rejected(proposal) == SHORT.strip().split("\n\n")


def test_a_trial_goes_to_the_end_in_every_format_and_touches_no_real_database(
    contracts: Path, cli: Cli
) -> None:
    files = [str(make(contracts / "short.txt", contracts)) for make in (as_docx, as_pdf)]
    told = cli("run", "contracts", *files, "--sample", "--trial")
    assert told.code == 0, told.err
    assert told.out.count("to its end") == 3
    assert "Decided by: scripted stand-in for two lawyers" in told.out
    for way in ("approve", "revise", "request changes"):
        assert f": {way} by Trial lawyer" in told.out
    sent = list((contracts / ".signoff/try/contracts/maildir/new").iterdir())
    assert len(sent) == 3
    assert not (contracts / ".signoff/signoff.db").exists()


def test_a_database_that_is_not_there_is_made_and_missing_lawyers_are_named(
    contracts: Path, cli: Cli
) -> None:
    told = cli("run", "contracts", "short.txt")
    assert told.code == 1
    assert "Made the database" in told.err
    assert "3 reviews wait at the stage “lawyer”, which too few people may decide (group:legal)" in told.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.txt"], "nowhere.txt: No such file"),
        (["short.rtf"], "short.rtf: .rtf cannot be read"),
        (["short.txt", "--tu=x@example.com"], "There is no option --tu. Options of contracts"),
        (["short.txt", "--to"], "--to needs an address"),
        (["short.txt", "--input", "{}"], "leave out --input"),
        ([], "name the contracts to review, or take --sample"),
    ],
)
def test_what_does_not_fit_starts_nothing(
    contracts: Path, cli: Cli, arguments: list[str], message: str
) -> None:
    (contracts / "short.rtf").write_text("x")
    refused = cli("run", "contracts", *arguments)
    assert (refused.code, message in refused.err) == (2, True), refused.err
    assert "Traceback" not in refused.err
    assert not (contracts / ".signoff").exists()


def test_a_broken_playbook_is_refused_with_file_and_line(
    contracts: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    (contracts / "book.yaml").write_text("name: x\nversion: 1\nclauses: {}\n")
    monkeypatch.setenv("SIGNOFF_PLAYBOOK", str(contracts / "book.yaml"))
    refused = cli("run", "contracts", "short.txt")
    assert refused.code == 2
    assert "book.yaml:3: clauses:" in refused.err
    assert "book.yaml:1: author: field required" in refused.err


def test_a_flow_without_files_says_so(ready: Path, cli: Cli) -> None:
    refused = cli("run", "mailer", "contract.docx", "--fast")
    assert refused.code == 2
    assert "mailer takes no files and no options of its own (contract.docx, --fast)" in refused.err


@pytest.mark.parametrize("place", ["tests.nowhere:inputs", "graphs.contract_review.inputs:nothing"])
def test_inputs_that_cannot_be_imported_are_named(contracts: Path, cli: Cli, place: str) -> None:
    text = (contracts / "signoff.toml").read_text().replace(f"{CONTRACTS}.inputs:inputs", place)
    (contracts / "signoff.toml").write_text(text)
    refused = cli("run", "contracts", "short.txt")
    assert refused.code == 2
    assert f"graphs.contracts: cannot import {place}" in refused.err
