"""Ways around the guard that were found by trying, and stay closed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import InjectedState, InjectedStore

from signoff import Desk, Review
from signoff.domain.action import action_digest
from signoff.domain.errors import NotEligible, UnsafeGraph, VoteInvalid
from signoff.domain.ids import ReviewId
from signoff.domain.person import SYSTEM, Role
from signoff.domain.policy import RuleEffect
from signoff.domain.review import ReviewKind
from signoff.langgraph import leases
from signoff.langgraph.guard import Guard, Prepared
from signoff.services import decide, query
from signoff.services.core import ServiceSettings
from signoff.services.perform import heartbeat
from signoff.services.propose import Proposal, propose_or_plan
from signoff.services.sweep import sweep
from signoff.store import effects
from signoff.store.database import Tx
from signoff.store.wire import Mode
from signoff.testing.clock import FixedClock
from tests.graphs.conftest import POLICY, Bench, call


@tool
def look(query: str) -> str:
    """Look something up."""
    return f"found {query}"


class Account(MessagesState):
    account: dict[str, Any]


class ClassTool(BaseTool):
    """A tool whose injected input only its `_run` shows."""

    name: str = "send"
    description: str = "Send."

    def _run(self, to: str, account: Annotated[dict[str, Any], InjectedState("account")]) -> str:
        return f"{to} {account}"


@tool("send")
def send_by_runtime(to: str, runtime: Any = None) -> str:
    """Send."""
    return f"{to} {runtime}"


@tool("send")
def send_by_config(to: str, config: RunnableConfig) -> str:
    """Send."""
    return f"{to} {config}"


@tool("send")
def send_by_store(to: str, store: Annotated[Any, InjectedStore()]) -> str:
    """Send."""
    return f"{to} {store}"


@tool("send")
def send_by_optional(
    to: str, account: Annotated[dict[str, Any], InjectedState("account")] | None = None
) -> str:
    """Send."""
    return f"{to} {account}"


def sender(sent: list[str]) -> BaseTool:
    @tool
    def send(to: str) -> str:
        """Send."""
        sent.append(to)
        return "ok"

    return send


OpenBench = Callable[..., Bench]


@pytest.fixture
def open_bench(sqlite_url: str, tmp_path: Path) -> Iterator[OpenBench]:
    """Opens a bench under a policy and settings of the test's own."""
    desks: list[Desk] = []

    def opened(policy: str = POLICY, **settings: Any) -> Bench:
        made = Bench(sqlite_url, tmp_path, policy)
        made.desk.close()
        made.desk = Desk.open(sqlite_url, policy=tmp_path / "policy.yaml", **settings)
        desks.append(made.desk)
        return made

    yield opened
    for desk in desks:
        desk.close()


@pytest.mark.parametrize(
    "unbound", [ClassTool(), send_by_runtime, send_by_config, send_by_store, send_by_optional]
)
def test_no_way_in_beside_the_arguments_goes_unseen(bench: Bench, unbound: BaseTool) -> None:
    with pytest.raises(UnsafeGraph, match="beside its arguments"):
        bench.agent([unbound, look], [call("send", "c1", to="x")], state=Account)


def test_binding_a_part_of_a_field_does_not_bind_the_field(open_bench: OpenBench) -> None:
    policy = POLICY.replace("send: {effect:", "send: {binds: [state.account.id], effect:")
    bench = open_bench(policy)
    with pytest.raises(UnsafeGraph, match=r"state\.account"):
        bench.agent([ClassTool(), look], [call("send", "c1", to="x")], state=Account)


def test_a_tool_reads_of_the_state_only_the_parts_that_are_bound(open_bench: OpenBench) -> None:
    policy = POLICY.replace("send: {effect:", "send: {binds: [state.account.id], effect:")
    bench = open_bench(policy)
    seen: list[Any] = []

    @tool
    def send(to: str, state: Annotated[dict[str, Any], InjectedState()]) -> str:
        """Send."""
        seen.append(state)
        return to

    graph = bench.agent([send, look], [call("send", "c1", to="x")], state=Account, gate=False)
    bench.start(graph, account={"id": 1, "iban": "approved"})
    bench.vote("approve")
    graph.update_state(bench.config(), {"account": {"id": 1, "iban": "swapped"}}, as_node="model")
    graph.invoke(None, bench.config(), durability="sync")
    assert seen == [{"account": {"id": 1}}]


@pytest.mark.parametrize(("bound", "later", "ran"), [("small", "huge", []), ("small", "small", ["small"])])
def test_an_approval_covers_the_config_that_the_tool_reads(
    open_bench: OpenBench, bound: str, later: str, ran: list[str]
) -> None:
    policy = POLICY.replace("send: {effect:", "send: {binds: [config.account], effect:")
    bench = open_bench(policy)
    seen: list[Any] = []

    @tool
    def send(to: str, config: RunnableConfig) -> str:
        """Send."""
        seen.append(config["configurable"]["account"])
        assert "secret" not in config["configurable"]
        return to

    graph = bench.agent([send, look], [call("send", "c1", to="x")])

    def config(account: str) -> Any:
        return {"configurable": {"thread_id": "t1", "account": account, "secret": "s"}}

    graph.invoke({"messages": [("user", "go")]}, config(bound), durability="sync")
    bench.vote("approve")
    graph.invoke(None, config(later), durability="sync")
    assert seen == ran


def test_facts_cannot_change_what_was_digested(open_bench: OpenBench) -> None:
    bench = open_bench(POLICY.replace("{to: string}", "{to: string, items: list}"))
    ran: list[list[str]] = []

    @tool
    def send(to: str, items: list[str]) -> str:
        """Send."""
        ran.append(items)
        return to

    def facts(given: Any) -> dict[str, Any]:
        given.arguments["items"].append("slipped in")
        return {}

    graph = bench.agent([send, look], [call("send", "c1", to="x", items=["a"])], facts=facts)
    bench.start(graph)
    [review] = bench.desk.reviews()
    file = bench.desk.review(review.id)
    assert action_digest(file.action, file.current.arguments) == review.digest
    assert file.current.arguments["items"] == ["a"]
    bench.vote("approve")
    graph.invoke(None, bench.config(), durability="sync")
    assert ran == [["a"]]


def test_a_graph_runs_in_the_workspace_of_its_desk(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(POLICY)
    desk = Desk.open(sqlite_url, policy=tmp_path / "policy.yaml", workspace="acme")
    sent: list[str] = []
    builder: Any = StateGraph(MessagesState)
    asked = AIMessage("", tool_calls=[{**call("send", "c1", to="friend"), "type": "tool_call"}])
    builder.add_node("model", lambda _: {"messages": [asked]})
    builder.add_node("tools", desk.tool_node([sender(sent), look]))
    builder.add_edge(START, "model")
    builder.add_edge("model", "tools")
    graph = desk.check(builder.compile(checkpointer=desk.saver()), name="agent")
    desk.stop(SYSTEM, "halt")
    graph.invoke({"messages": [("user", "go")]}, {"configurable": {"thread_id": "t1"}}, durability="sync")
    assert sent == []
    desk.go(SYSTEM)
    desk.resume_due(graph)
    assert sent == ["friend"]
    desk.close()


def test_one_missed_heartbeat_does_not_end_the_lease(
    open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = open_bench(settings=ServiceSettings(lease=timedelta(seconds=1.2)))
    beats: list[str] = []

    def flaky(tx: Tx, *rest: Any, beat: Callable[..., bool] = heartbeat) -> bool:
        beats.append("beat")
        if len(beats) == 1:
            raise RuntimeError("the database was away")
        return beat(tx, *rest)

    monkeypatch.setattr(leases, "heartbeat", flaky)
    states: list[str] = []

    @tool
    def send(to: str) -> str:
        """Send."""
        time.sleep(2.5)
        sweep(bench.desk.core)
        with bench.desk.read() as tx:
            states.extend(e.state.value for e in query.list_effects(tx, None, after=None, limit=5).items)
        return to

    bench.start(bench.agent([send, look], [call("send", "c1", to="friend")]))
    assert len(beats) > 1
    assert states == ["started"]


def test_a_late_result_takes_the_question_about_it_back(open_bench: OpenBench) -> None:
    clock = FixedClock()
    bench = open_bench(clock=clock)
    asked: list[Review] = []

    @tool
    def send(to: str) -> str:
        """Send."""
        clock.advance(minutes=5)
        sweep(bench.desk.core)
        asked.extend(bench.desk.reviews())
        return to

    bench.start(bench.agent([send, look], [call("send", "c1", to="friend")]))
    assert [review.kind for review in asked] == [ReviewKind.SETTLEMENT]
    assert bench.desk.reviews() == []


@pytest.mark.parametrize(
    ("found", "state", "told"), [(False, "failed", "did not"), (True, "succeeded", "Done")]
)
def test_a_failed_call_that_can_be_looked_up_leaves_nothing_planned(
    bench: Bench, found: bool, state: str, told: str
) -> None:
    @tool
    def send(to: str) -> str:
        """Send."""
        raise ConnectionError(to)

    bench.desk.lookup("send", lambda _id, _arguments: found)
    graph = bench.agent([send, look], [call("send", "c1", to="friend")])
    bench.start(graph)
    with bench.desk.read() as tx:
        [effect] = query.list_effects(tx, None, after=None, limit=5).items
    assert effect.state.value == state
    assert told in bench.tool_messages(graph)[0].text
    assert bench.desk.reviews() == []


def test_requested_changes_stay_open_beside_an_approved_sibling(bench: Bench) -> None:
    sent: list[str] = []
    turns = [[call("send", "c1", to="x"), call("send", "c2", to="y")], [call("send", "c3", to="friend")]]
    graph = bench.agent([sender(sent), look], *turns)
    bench.start(graph)
    asked = {bench.desk.review(r.id).current.arguments["to"]: r for r in bench.desk.reviews()}
    bench.vote("request_changes", asked["x"], reason="not to them")
    bench.vote("approve", asked["y"])
    bench.desk.resume_due(graph)
    assert sent == ["y"]
    assert bench.desk.reviews()[0].follows == asked["x"].id


def test_a_call_of_the_same_turn_is_no_redraft(bench: Bench) -> None:
    sent: list[str] = []
    turn = [call("send", "c1", to="x"), call("send", "c2", to="friend")]
    graph = bench.agent([sender(sent), look], turn)
    bench.start(graph)
    bench.vote("request_changes", reason="not to them")
    bench.desk.resume_due(graph)
    assert sent == ["friend"]
    assert bench.desk.reviews() == []


def test_each_of_several_redrafts_follows_the_review_with_its_title(bench: Bench) -> None:
    turns = [[call("send", f"c{n}{to}", to=to) for to in ("x", "y")] for n in (1, 2)]
    graph = bench.agent([sender([]), look], *turns)
    bench.start(graph)
    first = {r.title: r for r in bench.desk.reviews()}
    for review in first.values():
        bench.vote("request_changes", review, reason="say it kindly")
    bench.desk.resume_due(graph)
    assert {r.title: r.follows for r in bench.desk.reviews()} == {t: r.id for t, r in first.items()}


def test_a_superseded_redraft_answers_nothing(bench: Bench) -> None:
    sent: list[str] = []
    turns = [[call("send", f"c{n}", to=to)] for n, to in enumerate(("x", "y", "friend"))]
    graph = bench.agent([sender(sent), look], *turns)
    bench.start(graph)
    [first] = bench.desk.reviews()
    bench.vote("request_changes", reason="not to them")
    bench.desk.resume_due(graph)
    bench.start(graph)
    assert sent == []
    assert bench.desk.reviews()[0].follows == first.id


def test_nobody_takes_a_thread_over_to_approve_their_own_request(bench: Bench) -> None:
    bench.desk.start("agent", {"messages": []}, thread_id="t1", requester="ana@example.com")
    with pytest.raises(VoteInvalid, match="another requester"):
        bench.desk.start("agent", {"messages": []}, thread_id="t1", requester="mal@example.com")
    again = bench.desk.start("agent", {"messages": []}, thread_id="t1", requester="Ana@example.com")
    assert again.requester == "ana@example.com"


def test_whoever_first_asks_by_name_on_a_nameless_thread_is_its_requester(bench: Bench) -> None:
    bench.desk.start("agent", {"messages": []}, thread_id="t1")
    run = bench.desk.start("agent", {"messages": []}, thread_id="t1", requester="mal@example.com")
    assert run.requester == "mal@example.com"
    with pytest.raises(VoteInvalid, match="'agent'"):
        bench.desk.start("other", {"messages": []}, thread_id="t1", requester="mal@example.com")


def test_a_thread_of_another_workspace_cannot_be_started(
    sqlite_url: str, tmp_path: Path, bench: Bench
) -> None:
    bench.desk.start("agent", {"messages": []}, thread_id="t1")
    other = Desk.open(sqlite_url, policy=tmp_path / "policy.yaml", workspace="other")
    with pytest.raises(VoteInvalid, match="another workspace"):
        other.start("agent", {"messages": []}, thread_id="t1")
    other.close()


def test_a_new_draft_gets_a_settling_window_of_its_own(open_bench: OpenBench) -> None:
    clock = FixedClock()
    bench = open_bench(POLICY.replace("settling: 0", "settling: 30s"), clock=clock)
    bench.start(bench.agent([sender([]), look], [call("send", "c1", to="x")]))
    bench.vote("revise", arguments={"to": "y"})
    [settling] = bench.desk.reviews()
    clock.advance(seconds=29)
    again = bench.vote("revise", settling, arguments={"to": "z"})
    assert again.settles_at == clock.now() + timedelta(seconds=30)


def test_only_those_with_a_say_extend_the_settling_window(open_bench: OpenBench) -> None:
    bench = open_bench(POLICY.replace("settling: 0", "settling: 30s"))
    auditor = bench.desk.add_person("aud@example.com", "Aud", roles=[Role.AUDITOR])
    bench.start(bench.agent([sender([]), look], [call("send", "c1", to="x")]))
    bench.vote("approve")
    [settling] = bench.desk.reviews()
    with bench.desk.begin() as tx, pytest.raises(NotEligible):
        decide.extend_settling(tx, bench.desk.core, ReviewId(settling.id), auditor, timedelta(minutes=1))


def test_one_person_may_pass_two_stages_but_not_by_a_double_click(open_bench: OpenBench) -> None:
    policy = POLICY.replace("rules:\n", "stages: [{name: one}, {name: two}]\nrules:\n")
    bench = open_bench(policy)
    bench.start(bench.agent([sender([]), look], [call("send", "c1", to="x")]))
    [review] = bench.desk.reviews()
    assert bench.vote("approve", review, client_token="a").stage == 2
    assert bench.vote("approve", review, client_token="a").is_live
    assert bench.vote("approve", review).is_live
    assert not bench.vote("approve", review, client_token="b").is_live


def test_what_another_worker_passed_meanwhile_starts_only_when_that_is_on_disk(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge, begin = Guard.proposal, effects.start
    modes: list[Mode] = []
    sent: list[str] = []

    def judged_while_another_passes_it(guard: Guard, prepared: Prepared) -> Proposal:
        proposal = judge(guard, prepared)
        verdict = proposal.judgement.verdict
        passes = verdict.model_copy(update={"effect": RuleEffect.ALLOW, "rule": "friends"})
        judgement = proposal.judgement.model_copy(update={"verdict": passes})
        with bench.desk.begin() as tx:
            other = proposal.model_copy(update={"judgement": judgement})
            propose_or_plan(tx, bench.desk.core, other, prepared.site.caller)
        return proposal

    def started(tx: Tx, *given: Any) -> Any:
        modes.append(tx.wire.mode)
        return begin(tx, *given)

    monkeypatch.setattr(Guard, "proposal", judged_while_another_passes_it)
    monkeypatch.setattr(effects, "start", started)

    bench.start(bench.agent([sender(sent), look], [call("send", "c1", to="foe")], gate=False))

    assert sent == ["foe"]
    assert modes == [Mode.WRITE]
