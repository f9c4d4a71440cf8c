"""What the runner writes down about a thread, and the drawings that the picture's tests keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langchain_core.messages import AIMessage
from langgraph.graph import END, START, StateGraph

from signoff import Desk, Question
from signoff.domain.ids import ThreadId
from signoff.domain.run import RunStatus
from signoff.domain.snapshot import RunSnapshot, StateNode, found_in, looks_secret
from signoff.langgraph.plain import BUDGET, Plain
from signoff.langgraph.snapshot import drawing_of
from signoff.registry import Registry
from signoff.services.drive import drive
from signoff.settings import read_settings
from signoff.store import snapshots
from tests.graphs.conftest import POLICY
from tests.web.graphs import SHIPPED


class State(TypedDict, total=False):
    text: str
    api_key: str
    big: str
    notes: list[Any]


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "policy.yaml").write_text(POLICY)
    opened = Desk.open(database_url, policy=tmp_path / "policy.yaml")
    yield opened
    opened.close()


def inner(desk: Desk) -> Any:
    builder: Any = StateGraph(State)
    builder.add_node("ask", lambda _: {"text": desk.ask(Question("Which?", choices=["a", "b"]), key="q")})
    builder.add_edge(START, "ask")
    return builder.compile()


def flow(desk: Desk, fails: list[bool]) -> Any:
    def last(_: State) -> dict[str, Any]:
        if fails[0]:
            raise ValueError("The model\0 is away.")
        return {}

    builder: Any = StateGraph(State)
    builder.add_node("draft", lambda _: {"text": "Dear", "notes": [AIMessage("hello")]})
    builder.add_node("team", inner(desk))
    builder.add_node("last", last)
    builder.add_edge(START, "draft")
    builder.add_edge("draft", "team")
    builder.add_edge("team", "last")
    builder.add_edge("last", END)
    return desk.check(builder.compile(checkpointer=desk.saver()), name="flow")


def taken(desk: Desk, thread: str) -> RunSnapshot:
    with desk.read() as tx:
        stored = snapshots.get(tx, ThreadId(thread))
    assert stored is not None
    return stored.snapshot


def test_paused_failed_and_ended_runs_leave_what_they_hold(desk: Desk) -> None:
    fails = [True]
    graph = flow(desk, fails)
    given = {"text": "x", "api_key": "sk-1", "big": "y" * 900_000}
    desk.start("flow", given, thread_id="t/1")
    assert desk.resume(graph, "t/1") is RunStatus.PAUSED

    paused = taken(desk, "t/1")
    assert paused.waiting == ("team:ask",)
    assert paused.waiting[0] in {node["id"] for node in drawing_of(graph)["nodes"]}
    by_name = {node.name: node for node in paused.state}
    assert by_name["text"].text == "Dear"
    assert (by_name["api_key"].text, by_name["api_key"].note[:6]) == (None, "hidden")
    assert by_name["big"].note == "cut: 4,000 of 900,000 characters shown"
    [message] = by_name["notes"].items
    assert (message.kind, message.items[0].text) == ("AIMessage", "hello")
    assert len(paused.tasks[0].interrupts) == 1
    assert [note.wrote for note in paused.checkpoints] == [("draft",), ("__start__",), ()]

    [review] = desk.reviews("t/1")
    ana = desk.add_person("ana@example.com")
    desk.vote(review.id, "answer", by=ana.id, digest=review.digest, answer="a")
    assert desk.resume(graph, "t/1") is RunStatus.FAILED
    failed = taken(desk, "t/1")
    assert failed.waiting == ("last",)
    assert "The model" in failed.tasks[0].error
    assert "Traceback" in failed.trace
    assert 'raise ValueError("The model' in failed.trace

    fails[0] = False
    assert desk.resume(graph, "t/1") is RunStatus.FINISHED
    ended = taken(desk, "t/1")
    assert (ended.tasks, ended.waiting, ended.trace) == ((), (), "")
    assert ended.checkpoints[0].wrote == ("last",)


def test_a_saver_that_fails_takes_no_snapshot_and_fails_no_run(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = flow(desk, [False])

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no history")

    desk.start("flow", {"text": "x"}, thread_id="t1")
    monkeypatch.setattr(type(graph), "get_state_history", broken)
    assert drive(desk.core, desk._runner(graph, "flow"), desk.workspace, ThreadId("t1")) is RunStatus.PAUSED
    with desk.read() as tx:
        assert snapshots.get(tx, ThreadId("t1")) is None


@dataclass
class Told:
    token: str
    total_tokens: int


def test_values_become_trees_that_hide_secrets_and_end() -> None:
    endless: list[Any] = []
    endless.append(endless)
    plain = Plain()
    told = plain.node("told", Told("abc", 7))
    assert [(node.name, node.text, bool(node.note)) for node in told.items] == [
        ("token", None, True),
        ("total_tokens", "7", False),
    ]
    assert plain.node("password", None).text == "None"
    assert plain.node("handle", object()).note == "not shown: no plain value"
    assert plain.node("half", "a\ud800b").text == "a?b"
    assert plain.node("endless", endless).items
    assert len(plain.node("many", list(range(1000))).items) == 200
    full = Plain().node("all", {str(n): "ä" * 5000 for n in range(300)})
    dumped = RunSnapshot(state=(full,)).model_dump_json(exclude_defaults=True)
    assert BUDGET / 2 < len(dumped.encode()) < snapshots.LIMIT
    assert "cut" in full.note


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("password", True), ("dbPassword", True), ("API-Key", True), ("apikey", True), ("access_token", True),
        ("Authorization", True), ("client_secret", True), ("set-cookie", True), ("private_key", True),
        ("total_tokens", False), ("author", False), ("key", False), ("secretary", False), ("passed", False),
    ],
)  # fmt: skip
def test_names_of_secrets(name: str, secret: bool) -> None:
    assert looks_secret(name) is secret


def test_branches_are_found_by_name_and_by_value() -> None:
    tree = (
        StateNode(name="order", kind="dict", items=(StateNode(name="id", kind="str", text="A-17"),)),
        StateNode(name="other", kind="str", text="nothing"),
    )
    [order] = found_in(tree, "a-17")
    assert order.items[0].text == "A-17"
    assert found_in(tree, "ORDER") == (tree[0],)
    assert found_in(tree, "absent") == ()


def test_the_drawings_that_the_picture_is_tested_with_are_those_of_the_shipped_graphs(tmp_path: Path) -> None:
    settings = read_settings(Path(__file__).parents[2] / "pyproject.toml")
    desk = Desk.open(f"sqlite:///{tmp_path / 'desk.db'}")
    registry = Registry(desk, settings.graphs)
    assert {name: drawing_of(registry.graph(name)) for name in registry.names} == SHIPPED
    desk.close()
