"""Policies tried on cases and on the record, and decisions taken out of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ME, Cli, Result

CASES = """\
given: {tool: send, args: {to: friend, text: Hello}}
cases:
  - {name: Friends get mail, expect: {effect: allow, rule: friends, flags: []}}
  - {name: Nobody gets none, args: {to: nobody}, expect: {effect: deny, rule: nobody}}
  - {name: The rest waits, args: {to: foe}, expect: {effect: review, rule: rest, stages: [review]}}
  - {name: No recipient, without: [args.to], expect: {effect: review, rule: none, error: args.to is missing}}
"""


@pytest.fixture
def cases(project: Path) -> Path:
    file = project / "policy.cases.yaml"
    file.write_text(CASES)
    return file


def test_cases_of_every_registered_policy_are_tried(cases: Path, cli: Cli) -> None:
    tried = cli("policy", "test")
    assert (tried.code, tried.err) == (0, "")
    assert "policy.yaml: 4 of 4 cases as expected" in tried.out


def test_what_differs_is_said_with_line_and_reason(cases: Path, cli: Cli) -> None:
    cases.write_text(
        CASES.replace("{effect: deny, rule: nobody}", "{effect: allow, rule: friends, flags: [x]}")
    )
    tried = cli("policy", "test", "policy.yaml")
    assert tried.code == 1
    assert "policy.cases.yaml:4: Nobody gets none" in tried.out
    lines = [" ".join(line.split()) for line in tried.out.splitlines()]
    for line in (
        "effect expected allow",
        "got deny",
        "rule expected friends",
        "got nobody",
        "flags expected x",
    ):
        assert line in lines
    assert "because There is nobody." in lines
    assert "3 of 4 cases as expected, 1 not" in tried.out
    assert [d["what"] for d in cli("policy", "test", "--json").json[0]["cases"][1]["differences"]] == [
        "effect", "rule", "flags",
    ]  # fmt: skip


def test_an_error_that_no_case_expects_is_a_difference(cases: Path, cli: Cli) -> None:
    cases.write_text(CASES.replace(", rule: none, error: args.to is missing", ""))
    tried = cli("policy", "test")
    assert (tried.code, "args.to is missing" in tried.out) == (1, True)


def test_a_rule_without_a_case_is_named(cases: Path, cli: Cli) -> None:
    cases.write_text("\n".join(CASES.splitlines()[:4]))
    assert "no case shows what becomes of rest" in cli("policy", "test").err


@pytest.mark.parametrize(
    ("cases_text", "message"),
    [
        (None, "policy.cases.yaml is not there"),
        ("cases: [", "broken YAML"),
        ("cases: []", "at least 1 item"),
        ("cases:\n  - {name: a, expect: {effect: allow}}", "policy.cases.yaml:2: 'a' names no tool"),
        (
            "given: {tool: send}\ncases:\n  - {name: a, expect: {effect: maybe}}",
            ":3: 'effect': input should be",
        ),
        ("given: {tool: send}\ncases:\n  - {name: a, expects: {effect: allow}}", 'unknown key "expects"'),
        (
            "given: {tool: send}\ncases:\n  - {name: a, without: [args.to], expect: {effect: allow}}",
            "no args.to",
        ),
    ],
)
def test_cases_that_cannot_be_read_are_refused_by_line(
    project: Path, cli: Cli, cases_text: str | None, message: str
) -> None:
    if cases_text is not None:
        (project / "policy.cases.yaml").write_text(cases_text)
    tried = cli("policy", "test")
    assert tried.code == (2 if cases_text is None else 1)
    assert message in " ".join(tried.err.split())


def test_diff_says_what_changed_and_which_cases(cases: Path, cli: Cli, project: Path) -> None:
    text = (project / "policy.yaml").read_text()
    new = text.replace('"friend"', '"foe"').replace("settling: 0", "settling: 5s")
    (project / "new.yaml").write_text(new)
    compared = cli("policy", "diff", "policy.yaml", "new.yaml")
    assert compared.code == 0, compared.err
    assert 'condition is: args.to == "foe"' in compared.out
    assert "settling 0:00:00 became 0:00:05" in compared.out
    assert "2 of 4 cases in policy.cases.yaml end differently" in compared.out
    assert "Friends get mail: allow by friends became review by rest (review)" in compared.out
    same = cli("policy", "diff", "policy.yaml", "policy.yaml")
    assert "Nothing differs that matters." in same.err


def test_place_weighs_the_answers_and_names_where_rules_differ(project: Path, cli: Cli) -> None:
    answers = "placement: {latency_tolerance: high, ambiguity: high, impact_radius: high, rework_cost: high, "
    answers += "frequency: high, learning_potential: low}"
    text = (project / "policy.yaml").read_text().replace("definite_errors: []", answers)
    (project / "policy.yaml").write_text(text)
    placed = cli("policy", "place", "policy.yaml")
    assert placed.code == 0, placed.err
    assert "send (irreversible): a gate is recommended, 4 of 6 speak for one" in placed.out
    assert "+ rework cost high: putting it right is expensive" in placed.out
    assert "some calls wait (rest), some pass (friends)" in placed.out
    assert "differ from the advice for no tool" in placed.out
    rules = "rules:\n  - {id: all, tools: [send], when: always, effect: allow, summary: All pass.}\n"
    (project / "policy.yaml").write_text(text.partition("rules:")[0] + rules)
    assert "no call waits: all lets them pass   <- differs" in cli("policy", "place", "policy.yaml").out


def test_a_shadow_mode_is_warned_of(project: Path, cli: Cli) -> None:
    text = (project / "policy.yaml").read_text()
    shadowed = text.replace(
        "definite_errors: []", "shadow: {until: 2999-01-01, acknowledge_irreversible: true}"
    )
    (project / "policy.yaml").write_text(shadowed)
    checked = cli("policy", "check", "policy.yaml")
    assert checked.code == 0, checked.err
    assert "warning: send is in shadow mode until 2999-01-01 00:00 UTC" in checked.err


@pytest.fixture
def decided(run_mailer: Callable[..., Result], cli: Cli) -> None:
    """One call that passed, one approved, one rejected, one edited."""
    assert run_mailer("friend", thread="t0").code == 0
    assert run_mailer("ann", "eve", "bob", thread="t1").code == 0
    for review in cli("reviews", "--json").json["items"]:
        to = review["title"].removeprefix("Mail to ")
        edit = {"to": to, "text": "Dear Bob, call (555) 010-1234"}
        how: dict[str, tuple[str, ...]] = {
            "ann": ("approve",),
            "eve": ("reject", "--reason", "Ask eve@evil.example first"),
            "bob": ("revise", "--arguments", json.dumps(edit)),
        }
        done = cli("decide", review["id"], *how[to], "--by", ME, "--yes")
        assert done.code == 0, done.err


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.usefixtures("decided")
def test_decisions_are_exported_without_personal_data(cli: Cli, project: Path) -> None:
    exported = cli("export", "decisions")
    assert exported.code == 0, exported.err
    assert "3 decisions, personal data left out" in exported.err
    by_outcome = {record["outcome"]: record for record in lines(exported.out)}
    assert set(by_outcome) == {"approved", "rejected", "revised"}
    revised, rejected = by_outcome["revised"], by_outcome["rejected"]
    assert revised["before"] == {"to": "bob", "text": "Dear bob"}
    assert revised["after"] == {"to": "bob", "text": "Dear Bob, call [phone number 1]"}
    assert (rejected["after"], rejected["rule"]) == (None, "rest")
    assert rejected["reason"] == "Ask [e-mail address 1] first"
    assert rejected["votes"][0]["kind"] == "reject"
    assert not {"evil", "Me", "t1", "010-1234"} & set(exported.out.replace('"', " ").split())
    whole = lines(cli("export", "decisions", "--with-personal-data", "--outcome", "rejected").out)
    assert [(r["reason"], r["votes"][0]["person"], r["thread"]) for r in whole] == [
        ("Ask eve@evil.example first", "Me", "t1")
    ]
    assert cli("export", "decisions", "--until", "2001-01-01", "-o", "none.jsonl").code == 0
    assert (project / "none.jsonl").read_text() == ""
    assert "audit: ok" in cli("audit", "verify").out or cli("audit", "verify").code == 0
    assert cli("audit", "export").out.count('"decisions.exported"') == 3


@pytest.mark.usefixtures("decided")
def test_a_policy_is_tried_on_the_record(cli: Cli, project: Path) -> None:
    text = (project / "policy.yaml").read_text()
    (project / "wide.yaml").write_text(text.replace('args.to == "friend"', "size(args.text) > 0"))
    tried = cli("policy", "backtest", "wide.yaml")
    assert tried.code == 0, tried.err
    assert "wide.yaml: sample 1 on 4 recorded calls" in tried.out
    assert "2 calls would pass now that a person had rejected or changed" in tried.out
    assert "Ask eve@evil.example first" in tried.out
    assert "No advice: people decided 3 of the calls that would newly pass and objected to 2" in tried.out
    lenient = cli("policy", "backtest", "wide.yaml", "--least", "3", "--json").json
    assert lenient["advice"]["speaks_for_it"] is False
    assert lenient["advice"]["bound"] > 0.8
    (project / "narrow.yaml").write_text(text.replace('args.to == "friend"', 'args.to == "x"'))
    narrow = cli("policy", "backtest", "narrow.yaml")
    assert "1 calls that passed would wait now." in narrow.out
    assert "nothing to advise on" in narrow.out
    assert cli("policy", "backtest", "wide.yaml", "--tool", "other", "--json").json["calls"] == 0
    assert "must be a day" in cli("policy", "backtest", "wide.yaml", "--since", "soon").err


def test_a_recorded_call_is_explained_by_any_policy(waiting: dict[str, Any], cli: Cli, project: Path) -> None:
    wide = (project / "policy.yaml").read_text().replace('args.to == "friend"', "size(args.to) == 3")
    (project / "wide.yaml").write_text(wide)
    explained = cli("policy", "explain", "wide.yaml", "--review", waiting["id"])
    assert (explained.code, "Friends are fine. (rule friends)" in explained.out) == (0, True), explained.err
    now = cli("policy", "explain", "policy.yaml", "--review", waiting["id"])
    assert 'false: args.to == "friend"' in now.out
    assert "which call?" in cli("policy", "explain", "policy.yaml").err
    assert "No review 'rev_x'" in cli("policy", "explain", "policy.yaml", "--review", "rev_x").err


def test_the_shadow_report_is_empty_without_shadow_mode(ready: Path, cli: Cli) -> None:
    reported = cli("policy", "shadow")
    assert (reported.code, "No call ran in shadow mode." in reported.err) == (0, True)
