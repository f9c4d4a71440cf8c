from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def test_a_good_policy_is_compared_with_the_graphs_under_it(project: Path, cli: Cli) -> None:
    checked = cli("policy", "check", "policy.yaml")
    assert checked.code == 0, checked.err
    assert "1 tools, 3 rules, fits mailer" in checked.out
    assert not (project / ".signoff").exists()


def test_a_policy_of_no_graph_says_what_was_not_looked_at(project: Path, cli: Cli) -> None:
    (project / "other.yaml").write_text((project / "policy.yaml").read_text())
    checked = cli("policy", "check", "other.yaml")
    assert (checked.code, "compared with nothing" in checked.err) == (0, True)
    assert "fits mailer" in cli("policy", "check", "other.yaml", "--graph", "mailer").out


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("version: 1", "version: [1", "policy.yaml:"),
        ("args.to ==", "args.two ==", "policy.yaml:12: rule friends:"),
        ("tools: [send], when: 'args.to == \"friend\"'", "tools: [sned], when: always", "sned"),
        ("effect: allow", "effect: perhaps", "policy.yaml:12: rule friends: effect: input should be"),
        ("rules:", "flags: {spelling: {}}\nrules:", "policy.yaml:11: spelling: no such detector"),
    ],
)
def test_faults_are_named_with_file_and_line(
    project: Path, cli: Cli, before: str, after: str, message: str
) -> None:
    text = (project / "policy.yaml").read_text()
    assert before in text
    (project / "policy.yaml").write_text(text.replace(before, after, 1))
    checked = cli("policy", "check", "policy.yaml")
    assert checked.code == 1
    assert message in checked.err or message in checked.err.replace("'", "")


def test_a_condition_on_a_flag_that_no_detector_gives_is_a_fault_also_without_a_graph(
    project: Path, cli: Cli
) -> None:
    flagged = "flags: {links: {}}\nrules:\n  - {id: links, tools: [send], effect: review, summary: A link., "
    flagged += "when: 'flags.exists(f, f.code == \"link_sceme\")'}"
    text = (project / "policy.yaml").read_text().replace("rules:", flagged)
    (project / "other.yaml").write_text(text)
    checked = cli("policy", "check", "other.yaml")
    assert checked.code == 1
    assert "1 fault:" in checked.err
    assert (
        'other.yaml: the rule "links" waits for a flag "link_sceme" that no detector gives; '
        'did you mean "link_scheme"?'
    ) in " ".join(checked.err.split())
    (project / "other.yaml").write_text(text.replace("link_sceme", "link_scheme"))
    assert cli("policy", "check", "other.yaml").code == 0


def test_a_policy_for_another_tool_does_not_fit(project: Path, cli: Cli) -> None:
    text = (project / "policy.yaml").read_text()
    (project / "policy.yaml").write_text(text.replace("send", "post"))
    checked = cli("policy", "check", "policy.yaml")
    assert checked.code == 1
    assert "does not fit the graph mailer" in checked.err
    assert 'the tool "send" is not classified' in checked.err


def test_explain_says_rule_by_rule_what_became_of_a_call(project: Path, cli: Cli) -> None:
    explained = cli(
        "policy", "explain", "policy.yaml", "--call", '{"tool": "send", "args": {"to": "foe", "text": ""}}'
    )
    assert explained.code == 0, explained.err
    assert "review: The rest waits. (rule rest)" in explained.out
    steps = cli(
        "policy", "explain", "policy.yaml", "--json", "--call", '{"tool": "send", "args": {"to": "friend"}}'
    ).json
    assert steps["verdict"]["effect"] == "allow"
    assert steps["steps"][0]["outcome"] == "matched"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("{}", "tool"),
        ('{"tool": 7}', "tool"),
        ('{"tool": "send", "arguments": {}}', "A call has tool, args, facts and requester"),
        ("nowhere.json", "cannot be read"),
    ],
)
def test_a_call_that_is_none_says_what_one_is(project: Path, cli: Cli, call: str, message: str) -> None:
    refused = cli("policy", "explain", "policy.yaml", "--call", call)
    assert (refused.code, message in refused.err) == (2, True), refused.err


def test_a_missing_file_and_an_unknown_graph_are_wrong_use(project: Path, cli: Cli) -> None:
    assert "no such file" in cli("policy", "check", "nowhere.yaml").err
    refused = cli("policy", "check", "policy.yaml", "--graph", "nothing")
    assert (refused.code, "No graph named 'nothing'" in refused.err) == (2, True)
