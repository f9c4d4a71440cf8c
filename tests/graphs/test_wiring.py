"""What `desk.check` refuses, and what reaches a tool beside its arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.tools import InjectedToolArg, tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import InjectedState, ToolNode, ToolRuntime

from signoff import Desk, UnsafeGraph
from tests.graphs.conftest import POLICY, Bench, call


@tool
def look(query: str) -> str:
    """Look something up."""
    return query


@tool
def send(to: str) -> str:
    """Send a mail."""
    return to


@tool
def launch(target: str) -> str:
    """Not in the policy."""
    return target


def graph_of(desk: Desk, node: Any, *, checkpointer: Any = "desk") -> Any:
    builder = StateGraph(MessagesState)
    builder.add_node("tools", node)
    builder.add_edge(START, "tools")
    return builder.compile(checkpointer=desk.saver() if checkpointer == "desk" else checkpointer)


def faults(bench: Bench, graph: Any) -> str:
    with pytest.raises(UnsafeGraph) as refusal:
        bench.desk.check(graph)
    return str(refusal.value)


def test_a_graph_without_a_checkpointer_is_refused(bench: Bench) -> None:
    node = bench.desk.tool_node([send, look])
    assert "no checkpointer" in faults(bench, graph_of(bench.desk, node, checkpointer=None))


def test_an_unclassified_tool_is_refused(bench: Bench) -> None:
    assert "launch" in faults(bench, graph_of(bench.desk, bench.desk.tool_node([send, look, launch])))


def test_a_policy_about_a_tool_that_is_not_there_is_refused(bench: Bench) -> None:
    assert "look" in faults(bench, graph_of(bench.desk, bench.desk.tool_node([send])))


def test_a_rule_that_waits_for_a_flag_that_no_detector_gives_is_refused(
    sqlite_url: str, tmp_path: Path
) -> None:
    flagged = "flags: {hidden_characters: {}}\nrules:\n  - {id: hidden, tools: [send], effect: deny, "
    flagged += "summary: Hidden., when: 'flags.exists(f, f.code == \"hidden_tags\")'}"
    policy = POLICY.replace("rules:", flagged)
    bench = Bench(sqlite_url, tmp_path, policy)
    said = faults(bench, graph_of(bench.desk, bench.desk.tool_node([send, look])))
    assert 'the rule "hidden" waits for a flag "hidden_tags" that no detector gives' in said
    assert 'did you mean "hidden_tag"?' in said
    bench.policy_file(policy.replace("hidden_tags", "hidden_tag"))
    other = bench.desk.with_policy(tmp_path / "policy.yaml")
    assert other.check(graph_of(other, other.tool_node([send, look]))) is not None
    bench.desk.close()


def test_a_bare_tool_node_is_refused(bench: Bench) -> None:
    assert "without the guard" in faults(bench, graph_of(bench.desk, ToolNode([send, look])))


def test_a_bare_tool_node_in_a_subgraph_is_refused(bench: Bench) -> None:
    inner = StateGraph(MessagesState)
    inner.add_node("tools", ToolNode([send, look]))
    inner.add_edge(START, "tools")
    assert "inner/tools" in faults(bench, _outer(bench, inner.compile()))


def _outer(bench: Bench, inner: Any) -> Any:
    builder = StateGraph(MessagesState)
    builder.add_node("inner", inner)
    builder.add_edge(START, "inner")
    return builder.compile(checkpointer=bench.desk.saver())


class _Model(GenericFakeChatModel):
    def bind_tools(self, tools: Any, **_: Any) -> Any:
        return self


def test_create_agent_is_safe_with_the_middleware_only(bench: Bench) -> None:
    model = _Model(messages=iter([AIMessage("done")]))
    bare = create_agent(model, [send, look], checkpointer=bench.desk.saver())
    assert "without the guard" in faults(bench, bare)
    guarded = create_agent(
        model, [send, look], middleware=[bench.desk.middleware()], checkpointer=bench.desk.saver()
    )
    assert bench.desk.check(guarded) is not None


def test_middleware_between_guard_and_tool_is_refused_at_the_call(bench: Bench) -> None:
    from langchain.agents.middleware import ToolRetryMiddleware

    turns = [AIMessage("", tool_calls=[call("send", "c1", to="friend")]), AIMessage("done")]
    agent = create_agent(
        _Model(messages=iter(turns)),
        [send, look],
        middleware=[bench.desk.middleware(), ToolRetryMiddleware()],
        checkpointer=bench.desk.saver(),
    )
    given: Any = {"messages": [("user", "go")]}
    with pytest.raises(UnsafeGraph, match="last in the list"):
        agent.invoke(given, bench.config(), durability="sync")


def test_injected_inputs_must_be_bound(bench: Bench) -> None:
    @tool("send")
    def with_state(to: str, tenant: Annotated[str, InjectedState("tenant")]) -> str:
        """Send a mail."""
        return to + tenant

    @tool("send")
    def with_runtime(to: str, runtime: ToolRuntime) -> str:
        """Send a mail."""
        return to

    for injected, named in ((with_state, "state.tenant"), (with_runtime, "the runtime")):
        assert named in faults(bench, graph_of(bench.desk, bench.desk.tool_node([injected, look])))


class TenantState(MessagesState):
    tenant: str
    secret: str


def test_a_bound_input_is_part_of_what_was_approved(sqlite_url: str, tmp_path: Path) -> None:
    bench = Bench(
        sqlite_url, tmp_path, POLICY.replace("send: {effect:", "send: {binds: [state.tenant], effect:")
    )
    sent: list[tuple[str, str]] = []

    @tool("send")
    def with_state(to: str, tenant: Annotated[str, InjectedState("tenant")]) -> str:
        """Send a mail."""
        sent.append((to, tenant))
        return "sent"

    graph = bench.agent([with_state, look], [call("send", "c1", to="enemy")], state=TenantState)
    bench.start(graph, tenant="acme", secret="s")
    bench.vote("approve")
    graph.update_state(bench.config(), {"tenant": "evil"}, as_node="model")
    graph.invoke(None, bench.config(), durability="sync")
    assert sent == []
    bench.vote("approve")
    bench.desk.resume_due(graph)
    assert sent == [("enemy", "evil")]
    bench.desk.close()


def test_a_tool_that_takes_the_whole_state_gets_only_what_is_bound(sqlite_url: str, tmp_path: Path) -> None:
    bench = Bench(
        sqlite_url, tmp_path, POLICY.replace("send: {effect:", "send: {binds: [state.tenant], effect:")
    )
    seen: list[Any] = []

    @tool("send")
    def with_runtime(to: str, runtime: ToolRuntime) -> str:
        """Send a mail."""
        seen.append(runtime.state)
        return to

    graph = bench.agent([with_runtime, look], [call("send", "c1", to="friend")], state=TenantState)
    bench.start(graph, tenant="acme", secret="hush")
    assert seen == [{"tenant": "acme"}]
    bench.desk.close()


def test_the_tool_gets_the_effect_id_as_its_key_and_the_model_cannot_set_it(
    sqlite_url: str, tmp_path: Path
) -> None:
    policy = POLICY.replace("send: {effect:", "send: {idempotency: {argument: key}, effect:")
    bench = Bench(sqlite_url, tmp_path, policy)
    keys: list[str] = []

    @tool("send")
    def keyed(to: str, key: Annotated[str, InjectedToolArg]) -> str:
        """Send a mail."""
        keys.append(key)
        return "sent"

    turns = [[call("send", "c1", to="friend")], [call("send", "c2", to="friend", key="mine")]]
    graph = bench.agent([keyed, look], *turns)
    bench.start(graph)
    first, second = bench.tool_messages(graph)
    assert keys == [first.additional_kwargs["signoff"]["effect"]]
    assert "no such argument" in second.text
    bench.desk.close()


def test_facts_reach_the_policy_and_their_failure_ends_in_a_review(bench: Bench) -> None:
    def broken(_: Any) -> dict[str, Any]:
        raise LookupError("CRM is down")

    graph = bench.agent([send, look], [call("send", "c1", to="friend")], facts=broken)
    bench.start(graph)
    [review] = bench.desk.reviews()
    assert "CRM is down" in str(bench.desk.review(review.id).current.verdict.errors)


def test_a_key_that_the_model_could_set_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    policy = POLICY.replace("send: {effect:", "send: {idempotency: {argument: to}, effect:")
    bench = Bench(sqlite_url, tmp_path, policy)
    assert "could set the key" in faults(bench, graph_of(bench.desk, bench.desk.tool_node([send, look])))
    bench.policy_file(policy.replace("argument: to", "argument: nothing"))
    other = bench.desk.with_policy(tmp_path / "policy.yaml")
    with pytest.raises(UnsafeGraph, match="no such argument"):
        other.check(graph_of(other, other.tool_node([send, look])))
    bench.desk.close()
