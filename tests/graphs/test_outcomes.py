"""What each outcome does, and what the agent is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import BaseTool, tool
from langgraph.types import Command

from signoff import NotDone, SignoffError
from tests.graphs.conftest import POLICY, Bench, call


def sender(sent: list[str], fail: Exception | None = None) -> BaseTool:
    @tool
    def send(to: str) -> str:
        """Send a mail."""
        sent.append(to)
        if fail is not None:
            raise fail
        return f"sent to {to}"

    return send


@tool
def look(query: str) -> str:
    """Look something up."""
    return f"found {query}"


def test_a_passed_call_runs_without_a_pause(bench: Bench) -> None:
    sent: list[str] = []
    graph = bench.agent([sender(sent), look], [call("send", "c1", to="friend")])
    out = bench.start(graph)
    assert "__interrupt__" not in out
    assert sent == ["friend"]
    assert bench.tool_messages(graph)[0].content == "sent to friend"


@pytest.mark.parametrize("gate", [True, False])
def test_an_approved_call_runs_once(bench: Bench, gate: bool) -> None:
    sent: list[str] = []
    graph = bench.agent([sender(sent), look], [call("send", "c1", to="enemy")], gate=gate)
    assert bench.start(graph)["__interrupt__"]
    assert sent == []
    bench.vote("approve")
    bench.desk.resume_due(graph)
    graph.invoke(None, bench.config())
    assert sent == ["enemy"]
    assert graph.get_state(bench.config()).values["messages"][-1].content == "done"


def test_a_revised_call_runs_the_person_s_arguments_and_says_so(bench: Bench) -> None:
    sent: list[str] = []
    graph = bench.agent([sender(sent), look], [call("send", "c1", to="enemy")])
    bench.start(graph)
    bench.vote("revise", arguments={"to": "foe"})
    bench.desk.resume_due(graph)
    [message] = bench.tool_messages(graph)
    assert sent == ["foe"]
    assert "Ana edited the arguments" in message.text
    assert '"to": "foe"' in message.text
    assert message.text.endswith("sent to foe")


@pytest.mark.parametrize(
    ("kind", "told"),
    [("reject", "Ana rejected this call: too rude"), ("request_changes", "Ana requested changes: too rude")],
)
def test_a_refused_call_never_runs_and_the_agent_learns_why(bench: Bench, kind: str, told: str) -> None:
    sent: list[str] = []
    graph = bench.agent([sender(sent), look], [call("send", "c1", to="enemy")])
    bench.start(graph)
    bench.vote(kind, reason="too rude")
    bench.desk.resume_due(graph)
    [message] = bench.tool_messages(graph)
    assert sent == []
    assert told in message.text
    assert message.status == "error"


def test_a_denied_call_goes_back_to_the_agent_at_once(bench: Bench) -> None:
    sent: list[str] = []
    graph = bench.agent([sender(sent), look], [call("send", "c1", to="nobody")])
    bench.start(graph)
    assert sent == []
    assert "Nobody gets none." in bench.tool_messages(graph)[0].text


def test_an_answer_stands_in_for_the_tool(bench: Bench) -> None:
    sent: list[str] = []
    graph = bench.agent([sender(sent), look], [call("send", "c1", to="enemy")])
    bench.start(graph)
    bench.vote("answer", answer="I called them instead")
    bench.desk.resume_due(graph)
    [message] = bench.tool_messages(graph)
    assert sent == []
    assert message.text.endswith("I called them instead")
    assert message.status == "success"


def test_a_redraft_opens_a_review_that_follows(bench: Bench) -> None:
    sent: list[str] = []
    graph = bench.agent(
        [sender(sent), look], [call("send", "c1", to="enemy")], [call("send", "c2", to="friend")]
    )
    bench.start(graph)
    [first] = bench.desk.reviews()
    bench.vote("request_changes", reason="write to a friend")
    bench.desk.resume_due(graph)
    [second] = bench.desk.reviews()
    assert second.follows == first.id
    assert sent == []
    bench.vote("approve")
    bench.desk.resume_due(graph)
    assert sent == ["friend"]


def test_requested_changes_end_the_run_where_the_policy_says_so(sqlite_url: str, tmp_path: Path) -> None:
    bench = Bench(sqlite_url, tmp_path, POLICY.replace("send: {effect:", "send: {on_changes: stop, effect:"))
    sent: list[str] = []
    turn = [call("send", "c1", to="enemy"), call("look", "c2", query="x")]
    graph = bench.agent([sender(sent), look], turn)
    bench.start(graph)
    bench.vote("request_changes", reason="ask sales again")
    bench.desk.resume_due(graph)
    state = graph.get_state(bench.config())
    assert state.tasks == ()
    assert not any(isinstance(m, AIMessage) and m.content == "done" for m in state.values["messages"])
    assert {m.tool_call_id for m in bench.tool_messages(graph)} == {"c1", "c2"}
    assert sent == []
    bench.desk.close()


def test_all_reviews_of_a_turn_open_at_once(bench: Bench) -> None:
    sent: list[str] = []
    turn = [call("send", f"c{n}", to=f"person {n}") for n in range(3)]
    graph = bench.agent([sender(sent), look], [*turn, call("look", "c9", query="x")])
    bench.start(graph)
    one, two, three = sorted(bench.desk.reviews(), key=lambda r: r.title)
    bench.vote("approve", three)
    assert bench.desk.resume_due(graph) == {}
    bench.vote("reject", one, reason="no")
    bench.vote("revise", two, arguments={"to": "somebody"})
    bench.desk.resume_due(graph)
    assert sorted(sent) == ["person 2", "somebody"]
    assert len(bench.tool_messages(graph)) == 4


@pytest.mark.parametrize(
    ("failure", "state", "told"),
    [
        (NotDone("server said no"), "failed", "did not take effect"),
        (RuntimeError("line dropped"), "unknown", "outcome of send is unknown"),
    ],
)
def test_a_failing_tool_is_recorded_and_told(bench: Bench, failure: Exception, state: str, told: str) -> None:
    sent: list[str] = []
    graph = bench.agent([sender(sent, failure), look], [call("send", "c1", to="friend")])
    bench.start(graph)
    [message] = bench.tool_messages(graph)
    assert told in message.text
    assert message.additional_kwargs["signoff"]["state"] == state
    assert len(bench.desk.reviews()) == (1 if state == "unknown" else 0)


def test_an_error_that_the_policy_lists_is_definite(sqlite_url: str, tmp_path: Path) -> None:
    policy = POLICY.replace(
        "send: {effect:", "send: {definite_errors: [builtins.ConnectionRefusedError], effect:"
    )
    bench = Bench(sqlite_url, tmp_path, policy)
    graph = bench.agent([sender([], ConnectionRefusedError("no")), look], [call("send", "c1", to="friend")])
    bench.start(graph)
    assert bench.tool_messages(graph)[0].additional_kwargs["signoff"]["state"] == "failed"
    bench.desk.close()


@pytest.mark.parametrize(
    "arguments",
    [{"to": 7.5}, {}, {"to": "x", "bcc": "spy@example.com"}, {"to": float("nan")}, {"to": "x" * 5_000_000}],
)
def test_arguments_that_do_not_fit_are_never_shown_to_a_person(
    bench: Bench, arguments: dict[str, Any]
) -> None:
    sent: list[str] = []
    graph = bench.agent([sender(sent), look], [call("send", "c1", **arguments)])
    bench.start(graph)
    assert bench.desk.reviews() == []
    assert sent == []
    assert bench.tool_messages(graph)[0].text.startswith("Not run.")


def test_a_tool_that_is_not_there_is_never_shown_to_a_person(bench: Bench) -> None:
    graph = bench.agent([sender([]), look], [call("launch", "c1", target="moon")])
    bench.start(graph)
    assert bench.desk.reviews() == []
    assert "no tool named 'launch'" in bench.tool_messages(graph)[0].text


def test_results_are_given_again_whole(bench: Bench) -> None:
    runs: list[str] = []

    @tool(response_format="content_and_artifact")
    def send(to: str) -> tuple[str, dict[str, Any]]:
        """Send a mail."""
        runs.append(to)
        return "sent", {"receipt": [1, 2.5, "x"]}

    graph = bench.agent([send, look], [call("send", "c1", to="friend")])
    bench.start(graph)
    [first] = bench.tool_messages(graph)
    before = next(s for s in graph.get_state_history(bench.config()) if s.next == ("tools",))
    graph.invoke(None, before.config, durability="sync")
    [again] = bench.tool_messages(graph)
    assert runs == ["friend"]
    assert (again.content, again.artifact, again.id) == (first.content, first.artifact, first.id)
    assert again.artifact == {"receipt": [1, 2.5, "x"]}


def test_a_command_result_is_given_again(bench: Bench) -> None:
    runs: list[str] = []

    @tool
    def send(to: str) -> Command[Any]:
        """Send a mail."""
        runs.append(to)
        return Command(update={"messages": [ToolMessage("sent by command", tool_call_id="c1")]})

    graph = bench.agent([send, look], [call("send", "c1", to="friend")])
    bench.start(graph)
    before = next(s for s in graph.get_state_history(bench.config()) if s.next == ("tools",))
    graph.invoke(None, before.config, durability="sync")
    assert runs == ["friend"]
    assert [m.content for m in bench.tool_messages(graph)] == ["sent by command"]


def test_exit_durability_refuses_passed_calls_and_names_the_mend(bench: Bench) -> None:
    sent: list[str] = []
    graph = bench.agent([sender(sent), look], [call("send", "c1", to="friend")])
    graph.invoke({"messages": [("user", "go")]}, bench.config(), durability="exit")
    assert sent == []
    assert 'durability="sync"' in bench.tool_messages(graph)[0].text


@pytest.mark.parametrize("mode", ["sync", "async", "exit"])
def test_an_approved_call_runs_under_every_durability(bench: Bench, mode: Any) -> None:
    sent: list[str] = []
    graph = bench.agent([sender(sent), look], [call("send", "c1", to="enemy")])
    graph.invoke({"messages": [("user", "go")]}, bench.config(), durability=mode)
    bench.vote("approve")
    graph.invoke(None, bench.config(), durability=mode)
    assert sent == ["enemy"]


def test_an_edit_is_denied_by_the_facts_about_the_edit(sqlite_url: str, tmp_path: Path) -> None:
    policy = POLICY.replace("tools:\n", "facts: {blocked: bool}\ntools:\n", 1).replace(
        "rules:\n",
        "rules:\n"
        "  - {id: blocked, tools: [send], when: facts.blocked, effect: deny, summary: They are blocked.}\n",
    )
    bench = Bench(sqlite_url, tmp_path, policy)
    sent: list[str] = []

    def facts(seen: Any) -> dict[str, Any]:
        return {"blocked": seen.arguments.get("to") == "villain"}

    graph = bench.agent([sender(sent), look], [call("send", "c1", to="enemy")], facts=facts)
    bench.start(graph)
    bench.vote("revise", arguments={"to": "villain"})
    bench.desk.resume_due(graph)
    assert sent == []
    assert "They are blocked." in bench.tool_messages(graph)[0].text
    bench.desk.close()


def test_an_unknown_kind_of_vote_is_named(bench: Bench) -> None:
    bench.start(bench.agent([sender([]), look], [call("send", "c1", to="enemy")]))
    with pytest.raises(SignoffError, match="must be one of approve"):
        bench.vote("aprove")
