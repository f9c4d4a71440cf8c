"""The README's agent, its diff and its session are executed; its words and paths exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
_BLOCK = re.compile(r"^```(\w+) name=(\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def block(name: str) -> str:
    return next(body for _, found, body in _BLOCK.findall(README) if found == name)


def patched(source: str, diff: str) -> str:
    """`source` with every hunk of `diff` applied; each hunk's old lines must be found, in order."""
    done, rest = "", source
    for hunk in re.split(r"^@@\n", diff, flags=re.MULTILINE):
        lines = hunk.splitlines(keepends=True)
        old = "".join(line[1:] or "\n" for line in lines if not line.startswith("+"))
        new = "".join(line[1:] or "\n" for line in lines if not line.startswith("-"))
        before, found, rest = rest.partition(old)
        assert found, f"the README's diff does not fit its agent:\n{old}"
        done += before + new
    return done + rest


def test_the_unmodified_agent_sends_without_asking(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(block("agent.py"), names)
    names["graph"].invoke({"messages": [("user", "hi")]}, {"configurable": {"thread_id": "t1"}})
    assert capsys.readouterr().out == "sent to dana@example.com\n"


def test_the_guarded_agent_waits_for_the_vote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(block("policy.yaml"))
    names: dict[str, Any] = {}
    exec(patched(block("agent.py"), block("agent.diff")), names)
    start, decide = block("session.py").split("\n\n", 1)
    exec(start, names)
    assert capsys.readouterr().out == ""
    exec(decide, names)
    assert capsys.readouterr().out == "sent to dana@example.com\n"
    names["desk"].close()


def test_the_card_can_be_decided_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(block("policy.yaml"))
    names: dict[str, Any] = {}
    exec(patched(block("agent.py"), block("agent.diff")), names)
    exec(block("session.py").split("\n\n", 1)[0], names)
    exec(block("notebook.py"), names)
    assert "application/vnd.jupyter.widget-view+json" in names["shown"]._repr_mimebundle_()
    assert names["shown"].result is None
    names["desk"].close()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)\)", README))))
def test_every_file_that_is_linked_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(tests/[\w/]+\.py)", README))))
def test_every_proof_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_a_named_test_exists() -> None:
    for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", README):
        assert f"def {name}(" in (ROOT / path).read_text()


_TERMS = (
    "Workspace Run Action EffectClass RiskFlag Policy Rule Verdict Review Revision Settling Stage Vote "
    "Decision Effect AuditEntry Gate Guard Pause"
)


@pytest.mark.parametrize("term", _TERMS.split())
def test_the_glossary_explains_every_term(term: str) -> None:
    glossary = README.split("## Words", 1)[1]
    assert f"**{term}**" in glossary
