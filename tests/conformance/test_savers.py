"""The checkpoint savers, on LangGraph's own conformance suite and on what this product adds."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import psycopg
import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver, empty_checkpoint
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt

from signoff.domain.errors import DatabaseUnready, TypeNotAllowed
from signoff.langgraph.saver import Saver, open_saver

BASE = {"put", "put_writes", "get_tuple", "list", "delete_thread"}


@pytest.fixture
def saver(database_url: str) -> Iterator[Saver]:
    opened = open_saver(database_url)
    yield opened
    opened.close()


@dataclass
class Money:
    amount: int
    currency: str


class State(TypedDict, total=False):
    question: str
    answer: str
    price: Any


def paused_graph(saver: BaseCheckpointSaver[str]) -> Any:
    def ask(state: State) -> State:
        answer = interrupt({"question": state["question"]})
        return {"answer": answer or "none"}

    builder = StateGraph(State)
    builder.add_node("draft", lambda state: {"question": state["question"] + "?"})
    builder.add_node("ask", ask)
    builder.add_edge(START, "draft")
    builder.add_edge("draft", "ask")
    return builder.compile(checkpointer=saver)


def put(saver: Saver, thread: str, **values: Any) -> Any:
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = values
    checkpoint["channel_versions"] = dict.fromkeys(values, 1)
    config: Any = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    return saver.put(config, checkpoint, {"source": "input", "step": 0}, dict.fromkeys(values, 1))


def test_only_what_a_later_checkpoint_takes_in_does_not_wait_for_the_disk(database_url: str) -> None:
    met: list[tuple[str, bool]] = []
    opened: Saver = open_saver(database_url, on_commit=lambda at: met.append((at, opened.is_durable)))
    config: Any = {"configurable": {"thread_id": "t"}}

    paused_graph(opened).invoke({"question": "Which"}, config, durability="sync")

    before = [(at.removesuffix(".before"), waits) for at, waits in met if at.endswith(".before")]
    assert {waits for what, waits in before if what == "saver.put"} == {True}
    writes = [waits for what, waits in before if what == "saver.put_writes"]
    assert writes == [False, False, True], "the input's, the draft's, then the interrupt's"
    opened.close()


def test_sqlite_is_told_whether_a_commit_waits(tmp_path: Path) -> None:
    levels: list[int] = []

    def look(at: str) -> None:
        if at.endswith(".before"):
            levels.append(opened.conn.execute("PRAGMA synchronous").fetchone()[0])

    opened: Any = open_saver(f"sqlite:///{tmp_path / 'levels.db'}", on_commit=look)
    paused_graph(opened).invoke(
        {"question": "Which"}, {"configurable": {"thread_id": "t"}}, durability="sync"
    )
    opened.close()
    full, normal = 2, 1
    assert sorted(levels) == [normal] * 2 + [full] * 4


def test_langgraphs_own_suite_passes(database_url: str, request: pytest.FixtureRequest) -> None:
    @checkpointer_test(name=request.node.name)
    async def fresh_saver() -> AsyncGenerator[Saver, None]:
        opened = open_saver(database_url)
        yield opened
        opened.close()

    report = asyncio.run(validate(fresh_saver))

    detected = {name: result for name, result in report.results.items() if result.detected}
    expected = BASE | ({"prune"} if database_url.startswith("postgresql") else set())
    assert set(detected) == expected
    assert {name: result.failures for name, result in detected.items() if result.failures} == {}
    assert all(result.tests_passed for result in detected.values())


def test_one_thread_goes_through_invoke_and_ainvoke(saver: Saver) -> None:
    graph = paused_graph(saver)
    config = {"configurable": {"thread_id": "t1"}}

    graph.invoke({"question": "really"}, config)
    asyncio.run(graph.ainvoke(None, config, durability="sync"))
    [task] = asyncio.run(graph.aget_state(config)).tasks

    assert task.interrupts[0].value == {"question": "really?"}
    assert [state.next for state in graph.get_state_history(config)] == [("ask",), ("draft",), ("__start__",)]


def test_history_may_be_read_while_it_is_being_read(saver: Saver) -> None:
    graph = paused_graph(saver)
    config = {"configurable": {"thread_id": "t1"}}
    graph.invoke({"question": "really"}, config)

    seen = [graph.get_state(state.config).values for state in graph.get_state_history(config)]

    assert len(seen) == 3


def test_async_nodes_that_fill_every_thread_do_not_starve_the_saver(saver: Saver) -> None:
    """Sync nodes under `ainvoke` run in the loop's threads; here all of them wait for a checkpoint."""
    stored = threading.Event()

    def wait(state: State) -> State:
        assert stored.wait(20)
        return {}

    builder = StateGraph(State)
    builder.add_node("wait", wait)
    builder.add_edge(START, "wait")
    graph = builder.compile(checkpointer=saver)

    async def run() -> None:
        threads = 2
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads))
        runs = [
            asyncio.create_task(graph.ainvoke({"question": ""}, {"configurable": {"thread_id": str(number)}}))
            for number in range(threads)
        ]
        await asyncio.sleep(0.3)
        checkpoint = empty_checkpoint()
        config: Any = {"configurable": {"thread_id": "other", "checkpoint_ns": ""}}
        await asyncio.wait_for(saver.aput(config, checkpoint, {}, {}), 10)
        stored.set()
        await asyncio.gather(*runs)

    asyncio.run(run())


def test_writers_in_many_threads_lose_nothing(database_url: str) -> None:
    savers = [open_saver(database_url) for _ in range(3)]
    with ThreadPoolExecutor(12) as threads:
        stored = list(
            threads.map(lambda number: put(savers[number % 3], f"t{number % 5}", n=number), range(120))
        )

    assert sum(1 for _ in savers[0].list(None)) == 120
    assert all(savers[1].holds(config) for config in stored)
    for opened in savers:
        opened.close()


class TestHolds:
    def test_answers_from_memory_what_this_saver_committed(self, saver: Saver, monkeypatch) -> None:
        config = put(saver, "t1", a=1)
        monkeypatch.setattr(saver, "_is_stored", lambda place: pytest.fail(f"asked for {place}"))

        assert saver.holds(config)

    def test_asks_the_database_for_what_another_saver_committed(
        self, saver: Saver, database_url: str
    ) -> None:
        other = open_saver(database_url)
        config = put(other, "t1", a=1)
        other.close()

        assert saver.holds(config)

    @pytest.mark.parametrize(
        "change", [{"thread_id": "t2"}, {"checkpoint_ns": "sub"}, {"checkpoint_id": "x"}]
    )
    def test_says_no_to_anything_else(self, saver: Saver, change: dict[str, str]) -> None:
        config = put(saver, "t1", a=1)

        assert not saver.holds({"configurable": {**config["configurable"], **change}})
        assert not saver.holds({"configurable": {"thread_id": "t1", "checkpoint_ns": ""}})

    def test_is_false_until_the_commit_and_stays_false_if_it_fails(self, saver: Saver) -> None:
        config = put(saver, "t1", a=1)
        checkpoint = empty_checkpoint()
        new: Any = {"configurable": {**config["configurable"], "checkpoint_id": checkpoint["id"]}}
        before: list[bool] = []

        def fail(point: str) -> None:
            before.append(point == "saver.put.before")
            raise RuntimeError("no commit")

        saver.on_commit = fail
        with pytest.raises(RuntimeError, match="no commit"):
            saver.put(config, checkpoint, {}, {})
        saver.on_commit = None

        assert before == [True]
        assert not saver.holds(new)

    def test_forgets_a_deleted_thread(self, saver: Saver) -> None:
        config = put(saver, "t1", a=1)
        kept = put(saver, "t2", a=1)

        saver.delete_thread("t1")

        assert not saver.holds(config)
        assert saver.get_tuple(config) is None
        assert saver.holds(kept)

    def test_memory_is_bounded(self, saver: Saver, monkeypatch) -> None:
        monkeypatch.setattr(saver._held, "_size", 10)
        stored = [put(saver, "t1", a=number) for number in range(30)]

        assert len(saver._held) == 10
        assert all(saver.holds(config) for config in stored)


def test_commit_points_are_reached_in_order(saver: Saver) -> None:
    points: list[str] = []
    saver.on_commit = points.append

    config = put(saver, "t1", a=1)
    saver.put_writes(config, [("a", 1), ("b", 2)], "task")
    saver.get_tuple(config)

    assert points == [
        "saver.put.before",
        "saver.put.after",
        "saver.put_writes.before",
        "saver.put_writes.after",
    ]


def test_a_write_that_cannot_be_stored_leaves_nothing(saver: Saver) -> None:
    config = put(saver, "t1", a=1)

    with pytest.raises(TypeNotAllowed):
        saver.put_writes(config, [("a", 1), ("b", Money(3, "EUR"))], "task")

    found = saver.get_tuple(config)
    assert found is not None
    assert found.pending_writes == []


class TestTypes:
    def test_messages_and_plain_values_come_back(self, saver: Saver) -> None:
        values = {"messages": [HumanMessage("a", id="1"), AIMessage("b", id="2")], "set": {1, 2}, "n": 2**60}

        found = saver.get_tuple(put(saver, "t1", **values))

        assert found is not None
        assert found.checkpoint["channel_values"] == values

    def test_a_type_of_the_callers_is_refused_when_written_and_named(self, saver: Saver) -> None:
        with pytest.raises(TypeNotAllowed, match="Money") as refused:
            put(saver, "t1", price=Money(3, "EUR"))

        assert refused.value.types == (f"{Money.__module__}.Money",)
        assert list(saver.list(None)) == []

    def test_a_type_hidden_inside_another_is_refused_as_well(self, saver: Saver) -> None:
        with pytest.raises(TypeNotAllowed, match="Money"):
            put(
                saver,
                "t1",
                messages=[AIMessage("a", id="1")],
                deep={"list": [{"price": {Money: Money(1, "EUR")}[Money]}]},
            )

    def test_an_allowed_type_comes_back(self, database_url: str) -> None:
        opened = open_saver(database_url, allow=[Money])

        found = opened.get_tuple(put(opened, "t1", price=Money(3, "EUR")))

        assert found is not None
        assert found.checkpoint["channel_values"] == {"price": Money(3, "EUR")}
        opened.close()

    def test_a_stored_type_that_is_not_allowed_is_an_error_and_not_raw_data(
        self, database_url: str, saver: Saver
    ) -> None:
        generous = open_saver(database_url, allow=[Money])
        config = put(generous, "t1", price=Money(3, "EUR"))
        generous.close()

        with pytest.raises(TypeNotAllowed, match="Money"):
            saver.get_tuple(config)

    def test_a_copy_with_a_wider_list_shares_what_is_known(self, saver: Saver) -> None:
        wider: Any = saver.with_allowlist([(Money.__module__, Money.__qualname__)])

        config = put(wider, "t1", price=Money(3, "EUR"))

        found = wider.get_tuple(config)
        assert found.checkpoint["channel_values"] == {"price": Money(3, "EUR")}
        assert saver.holds(config)
        wider.close()


class TestOpening:
    @pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "signoff.db"])
    def test_an_address_of_neither_database_is_refused(self, url: str) -> None:
        with pytest.raises(DatabaseUnready):
            open_saver(url)

    def test_sqlite_commits_are_durable(self, sqlite_url: str) -> None:
        opened: Any = open_saver(sqlite_url)
        put(opened, "t1", a=1)

        pragmas = [
            opened.conn.execute(f"PRAGMA {name}").fetchone() for name in ("journal_mode", "synchronous")
        ]
        assert pragmas == [("wal",), (2,)]
        opened.close()

    @pytest.mark.postgres
    def test_a_saver_goes_on_when_its_connections_were_cut(self, postgres_url: str) -> None:
        opened = open_saver(postgres_url)
        config = put(opened, "t1", a=1)
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )

        assert opened.get_tuple(config) is not None
        opened.close()

    @pytest.mark.postgres
    def test_several_processes_may_make_the_tables_at_once(self, postgres_url: str) -> None:
        program = (
            "import sys; from signoff.langgraph.saver import open_saver\n"
            "saver = open_saver(sys.argv[1]); sys.stdin.read(1); print(list(saver.list(None))); saver.close()"
        )
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", program, postgres_url],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            for _ in range(3)
        ]  # fmt: skip
        answers = [process.communicate("x", timeout=60)[0] for process in processes]

        assert answers == ["[]\n"] * 3

    @pytest.mark.postgres
    def test_savers_of_one_address_share_a_pool_until_the_last_is_closed(self, postgres_url: str) -> None:
        first: Any = open_saver(postgres_url)
        second: Any = open_saver(postgres_url)
        assert first.conn is second.conn

        first.close()
        first.close()
        put(second, "t1", a=1)
        second.close()

        assert second.conn.closed


KILLED_WRITER = """
import os, signal, sys
from signoff.langgraph.saver import open_saver
from langgraph.checkpoint.base import empty_checkpoint

url, point, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
reached = 0

def die(at):
    global reached
    reached += at == point
    if reached == count:
        os.kill(os.getpid(), signal.SIGKILL)

saver = open_saver(url, on_commit=die)
config = {"configurable": {"thread_id": "t", "checkpoint_ns": ""}}
for step in range(100):
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {"step": step, "text": ["x" * 20_000]}
    checkpoint["channel_versions"] = {"step": step + 1, "text": step + 1}
    config = saver.put(config, checkpoint, {"step": step}, checkpoint["channel_versions"])
    saver.put_writes(config, [(f"c{number}", [step, "y" * 5_000]) for number in range(20)], f"task{step}")
"""


@pytest.mark.crash
@pytest.mark.parametrize(
    ("point", "checkpoints", "last_writes"),
    [
        ("saver.put.before", 2, 20),
        ("saver.put.after", 3, 0),
        ("saver.put_writes.before", 3, 0),
        ("saver.put_writes.after", 3, 20),
    ],
)
def test_after_sigkill_at_a_commit_nothing_half_written_is_seen(
    database_url: str, saver: Saver, point: str, checkpoints: int, last_writes: int
) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED_WRITER, database_url, point, "3"], check=False)
    assert done.returncode == -signal.SIGKILL

    found = list(saver.list({"configurable": {"thread_id": "t", "checkpoint_ns": ""}}))

    assert [entry.metadata["step"] for entry in found] == list(reversed(range(checkpoints)))
    assert [len(entry.pending_writes or ()) for entry in found] == [last_writes] + [20] * (checkpoints - 1)
    for entry in found:
        assert entry.checkpoint["channel_values"] == {"step": entry.metadata["step"], "text": ["x" * 20_000]}


@pytest.mark.crash
def test_a_writer_killed_anywhere_leaves_a_whole_sqlite_file(sqlite_url: str) -> None:
    for milliseconds in (20, 60, 110, 170, 240):
        writer = subprocess.Popen([sys.executable, "-c", KILLED_WRITER, sqlite_url, "saver.put.after", "2"])
        writer.wait(60)
        writer = subprocess.Popen([sys.executable, "-c", KILLED_WRITER, sqlite_url, "never", "1"])
        opened = open_saver(sqlite_url)
        wait_until(lambda: sum(1 for _ in opened.list(None)) > 2)  # noqa: B023 - called within this round
        threading.Event().wait(milliseconds / 1000)
        writer.kill()
        writer.wait()

        for entry in opened.list(None):
            assert len(entry.pending_writes or ()) in (0, 20)
            assert entry.checkpoint["channel_values"]["text"] == ["x" * 20_000]
        opened.delete_thread("t")
        opened.close()
        with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()


def wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        pause.wait(0.02)
    pytest.fail("it did not come about")
