"""Shadow mode through the doors: nothing pauses before its end, everything after it."""

from __future__ import annotations

from pathlib import Path

import pytest
from langchain_core.tools import BaseTool, tool

from signoff.domain.shadow import ShadowMode
from tests.graphs.conftest import POLICY, Bench, call


def bench_until(day: str, url: str, directory: Path) -> Bench:
    shadow = f"title: 'Mail', shadow: {{until: {day}, acknowledge_irreversible: true}}"
    return Bench(
        url,
        directory,
        POLICY.replace('title: "Mail to {to}"', shadow).replace("  look: {effect: read}\n", ""),
    )


def sender(sent: list[str]) -> BaseTool:
    @tool
    def send(to: str) -> str:
        """Send."""
        sent.append(to)
        return "sent"

    return send


@pytest.mark.parametrize("gate", [True, False])
def test_in_shadow_mode_nothing_pauses_and_the_effect_names_it(
    sqlite_url: str, tmp_path: Path, gate: bool
) -> None:
    sent: list[str] = []
    bench = bench_until("2999-01-01", sqlite_url, tmp_path)
    with pytest.warns(ShadowMode, match="send is in shadow mode until 2999-01-01 00:00 UTC"):
        graph = bench.agent(
            [sender(sent)], [call("send", "1", to="foe"), call("send", "2", to="nobody")], gate=gate
        )
    state = bench.start(graph)
    assert state["messages"][-1].content == "done"
    assert sent == ["foe"]
    assert bench.desk.reviews() == []
    assert "Nobody gets none." in bench.tool_messages(graph)[1].content
    assert bench.desk.verify_audit() > 0
    bench.desk.close()


@pytest.mark.parametrize("gate", [True, False])
def test_after_its_end_the_gate_holds_again(sqlite_url: str, tmp_path: Path, gate: bool) -> None:
    sent: list[str] = []
    bench = bench_until("2001-01-01", sqlite_url, tmp_path)
    with pytest.warns(ShadowMode, match="its gate holds again"):
        graph = bench.agent([sender(sent)], [call("send", "1", to="foe")], gate=gate)
    bench.start(graph)
    assert sent == []
    [review] = bench.desk.reviews()
    bench.vote("approve", review)
    bench.desk.resume_due(graph)
    assert sent == ["foe"]
    bench.desk.close()
