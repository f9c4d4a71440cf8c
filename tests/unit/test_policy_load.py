from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from signoff.domain.action import EffectClass
from signoff.domain.errors import PolicyInvalid
from signoff.domain.policy import OnChanges, RuleEffect
from signoff.domain.stage import DEFAULT_SETTLING, StageSpec
from signoff.policy.load import load_policy, parse_policy
from tests.support.policies import OUTBOUND, faults_of, small_policy


def test_a_whole_policy_is_read():
    policy = load_policy(OUTBOUND)
    assert (policy.name, policy.version) == ("outbound-copy", "3")
    assert policy.summary.startswith("Routine mail")
    assert policy.settling == timedelta(seconds=30)
    assert policy.due_after == timedelta(hours=4)
    assert policy.expires_after == timedelta(days=2)
    assert policy.valid_for == timedelta(hours=12)
    assert policy.facts == {"customer_known": "bool", "tier": "string", "discount_limit": "double"}
    assert list(policy.flags) == ["discount_supported", "link_domain", "brand_terms"]
    assert policy.flags["brand_terms"] == {"terms": ["guaranteed", "risk-free"]}
    assert policy.stages[0].candidates == ("group:marketing",)
    assert policy.stop_open_reviews is False

    tool = policy.tools["send_email"]
    assert tool.effect is EffectClass.IRREVERSIBLE
    assert tool.title == "Mail to {to}: {subject}"
    assert (tool.body, tool.idempotency_argument, tool.binds) == ("body", "idempotency_key", ())
    assert tool.definite_errors == ("smtplib.SMTPRecipientsRefused",)
    assert tool.arguments["discount_percent"] == "double?"
    assert tool.on_changes is OnChanges.RETURN
    assert policy.tools["find_customer"].effect is EffectClass.READ
    assert policy.tools["find_customer"].binds is None

    assert [rule.id for rule in policy.rules] == [
        "unknown-recipient",
        "big-discount",
        "strategic-account",
        "flagged",
        "routine",
    ]
    big = policy.rules[1]
    assert big.effect is RuleEffect.REVIEW
    assert [(stage.name, stage.four_eyes) for stage in big.stages] == [("marketing", False), ("lead", True)]
    assert policy.rules[3].tools == ()
    assert policy.rules[3].expires_after == timedelta(days=1)
    lines = OUTBOUND.read_text().splitlines()
    assert all(f"id: {rule.id}" in lines[rule.line - 1] for rule in policy.rules)


def test_the_hash_is_that_of_the_bytes(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_bytes(small_policy().replace("\n", "\r\n").encode())
    expected = hashlib.sha256(b"signoff/policy\0" + file.read_bytes()).hexdigest()
    policy = load_policy(file)
    assert policy.content_hash == expected
    assert policy.source.encode() == file.read_bytes()
    assert policy.content_hash != parse_policy(small_policy()).content_hash


def test_defaults_of_a_small_policy():
    policy = parse_policy(small_policy())
    assert policy.stages == (StageSpec(),)
    assert policy.settling == DEFAULT_SETTLING
    assert policy.rules == ()


def test_always_matches_without_a_condition():
    policy = parse_policy(small_policy("[{id: a, when: always, effect: review, summary: s}]"))
    assert policy.rules[0].when is None


def test_clocks_can_be_zero_or_never():
    policy = parse_policy(small_policy(more="defaults: {settling: 0, due_after: never}\n"))
    assert policy.settling == timedelta(0)
    assert policy.due_after is None


def test_text_is_never_taken_for_something_else():
    policy = parse_policy(
        small_policy(
            "[{id: no, tools: [act], when: args.on, effect: allow, summary: s}]", arguments="{on: bool}"
        ).replace("version: 1", "version: 1.10")
    )
    assert policy.version == "1.10"
    assert policy.rules[0].id == "no"
    assert policy.tools["act"].arguments == {"on": "bool"}


RULE = "{id: a, tools: [act], when: 'true', effect: review, summary: s}"


@pytest.mark.parametrize(
    ("text", "part", "line"),
    [
        ("", "the file is empty", 1),
        ("# only a comment\n", "the file is empty", 1),
        ("- a\n- b\n", "a policy is a mapping", 1),
        ("just text", "a policy is a mapping", 1),
        ("{}", "needs name, version, tools and rules", 1),
        ("name: [a\nversion: 1\n", "broken YAML", 2),
        ("name: a\n\tversion: 1\n", "broken YAML", 2),
        ("name: 'a\n", "broken YAML", 2),
        ("name: a\n---\nname: b\n", "broken YAML", 2),
        ("a: 1\nname: \x00\n", "U+0000 may not stand in YAML", 2),
        ("a: 1\nb: &x [1]\nc: *x\n", "anchors and aliases", 2),
        ("a: 1\nc: *x\n", "anchors and aliases", 2),
        ("a: !!python/object/apply:os.system [ls]\n", "the tag", 1),
        ("a: !!binary aGk=\n", "the tag", 1),
        ("a:\n  ? [x]\n  : 1\n", "a key must be a plain text", 2),
        ("a: " + "[" * 50 + "]" * 50 + "\n", "nested deeper than", 1),
        ("a: " + "[" * 100_000 + "\n", "nested deeper than", 1),
        ('a: "\\ud800"\n', "half a surrogate pair", 1),
        ("a: " + "x" * 300_000 + "\n", "the limit is 262,144", 1),
    ],
)
def test_what_is_no_policy_at_all(text, part, line):
    [fault] = [fault for fault in faults_of(text) if part in fault.message]
    assert fault.line == line


def test_a_quote_that_is_never_closed_is_found_where_it_began():
    [fault] = faults_of('name: a\nsummary: "b\nversion: 1\nrules: []\n')
    assert "while scanning a quoted scalar that begins on line 2" in fault.message


def test_nested_aliases_cannot_grow():
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for last, name in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{name}: &{name} [{', '.join([f'*{last}'] * 9)}]\n"
    [fault] = faults_of(bomb)
    assert "anchors and aliases" in fault.message


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("name: small\n", "", '"name" is missing in the policy'),
        ("version: 1\n", "", '"version" is missing'),
        ("tools:", "tolls:", 'unknown key "tolls"; did you mean "tools"?'),
        ("tools:", "tolls:", '"tools" is missing'),
        ("rules: [", "rulez: [", '"rules" is missing'),
        ("name: small", "name: small\nname: other", "the key 'name' stands here a second time"),
        ("name: small", "name: ''", "'name'"),
        ("name: small", "name: a/b", "'name'"),
        ("version: 1", "version:", "'version' has no value"),
        ("version: 1", "version: [1]", "'version'"),
        ("facts: {}", "facts: []", "'facts'"),
        ("facts: {}", "facts: {x: strin}", "'strin' is no type"),
        ("facts: {}", "facts: {x: 5}", "'x'"),
        ("facts: {}", "facts: {x: string, x: int}", "a second time"),
        ("flags: {brand_terms: {}}", "flags: {brand_terms: }", "'brand_terms' has no value"),
        ("flags: {brand_terms: {}}", "flags: [brand_terms]", "'flags'"),
        ("effect: write", "effect: writes", "'effect'"),
        ("effect: write", "effect: ~", "'effect' has no value"),
        ("effect: write, ", "", "\"effect\" is missing in 'act'"),
        ("effect: write", "effect: write, sumary: x", 'unknown key "sumary"; did you mean "summary"?'),
        ("effect: write", "effect: write, title: '{a.__class__}'", "plain {argument} fields"),
        ("effect: write", "effect: write, title: '{a[0]}'", "plain {argument} fields"),
        ("effect: write", "effect: write, title: '{a!r}'", "plain {argument} fields"),
        ("effect: write", "effect: write, title: '{a:>99999}'", "plain {argument} fields"),
        ("effect: write", "effect: write, title: '{}'", "plain {argument} fields"),
        ("effect: write", "effect: write, title: '{a'", "'title'"),
        ("effect: write", "effect: write, idempotency: key", "'idempotency'"),
        ("effect: write", "effect: write, idempotency: {arg: key}", 'unknown key "arg"'),
        ("effect: write", "effect: write, definite_errors: [oops]", "definite_errors[1]"),
        ("effect: write", "effect: write, on_changes: retry", "'on_changes'"),
        ("effect: write", "effect: write, binds: state.x", "'binds'"),
        ("arguments: {}", "arguments: {x: money}", "'money' is no type"),
        ("act: {", "act: [], other: {", "broken YAML"),
        ("look: {effect: read}", "look: read", "'look' must be a mapping"),
        (RULE, "text", "rules[1] must be a mapping"),
        ("tools: [act]", "tools: []", "'tools'"),
        ("tools: [act]", "tools: act", "'tools'"),
        ("tools: [act]", "tools: [atc]", 'there is no tool "atc" under tools; did you mean "act"?'),
        ("tools: [act]", "tools: [act, act]", '"act" is named twice'),
        ("tools: [act]", "tools: [look]", '"look" only reads'),
        ("when: 'true', ", "", '"when" is missing in rules[1]'),
        ("when: 'true'", "when: true", "'when'"),
        ("when: 'true'", "when: ''", "'when'"),
        ("when: 'true'", "when: ", "'when' has no value"),
        ("when: 'true'", "when: args.x > 1", "args.x is not declared under tools.act.arguments"),
        ("when: 'true'", "when: 'facts.x'", "facts.x is not declared under facts; declared: none"),
        ("effect: review", "effect: maybe", "'effect'"),
        ("effect: review, ", "", '"effect" is missing in rules[1]'),
        ("summary: s", "summary: ''", "'summary'"),
        (", summary: s", "", '"summary" is missing'),
        ("id: a", "id: a b", "'id'"),
        ("id: a", "id: 5", "'id'"),
        ("id: a", "id: read", "built-in rule for reads"),
        ("effect: review", "effect: allow, settling: 1s", '"settling" belongs to rules with effect review'),
        ("effect: review", "effect: deny, stages: [{}]", '"stages" belongs to rules with effect review'),
        ("effect: review", "effect: review, stages: []", "'stages'"),
        ("effect: review", "effect: review, expires_after: 0s", "longer than 0"),
        ("effect: review", "effect: review, expires_after: 30", "is not a duration"),
        ("effect: review", "effect: review, settling: false", "is not a duration"),
        ("effect: review", "effect: review, settling: 99999999999999999d", "longer than a duration can be"),
        ("effect: review", "effect: review, settling: 9999d", "not be longer than"),
        ("effect: review", "effect: review, settling: -PT5S", "'settling'"),
        ("effect: review", "effect: review, settling: soon", "is not a duration"),
        ("tools: [act], when: 'true', effect: review", "when: 'true', effect: allow", "must name its tools"),
    ],
)
def test_a_fault_in_one_place(old, new, part):
    text = small_policy(f"[{RULE}]")
    parse_policy(text)
    assert old in text
    found = faults_of(text.replace(old, new, 1))
    assert any(part in fault.message for fault in found), found


@pytest.mark.parametrize("key", ["settling", "due_after", "expires_after", "valid_for"])
@pytest.mark.parametrize("value", ["5", "true", "{}", "1 week", "-5s", "", "1.5h"])
def test_clocks_are_durations(key, value):
    found = faults_of(small_policy(more=f"defaults:\n  {key}: {value}\n"))
    assert [fault.line for fault in found] == [9]


@pytest.mark.parametrize(
    ("stage", "part"),
    [
        ("{quorum: 3, candidates: [a@x.org, b@x.org]}", "the quorum is 3, but only 2"),
        ("{quorum: 2, candidates: [a@x.org, b@x.org], excluded: [b@x.org]}", "only 1 of the listed"),
        ("{quorum: 1, refusals: 1, candidates: [a@x.org, b@x.org]}", "the first to reach wins"),
        ("{quorum: 1, refusals: 3, candidates: [a@x.org, b@x.org]}", "it takes 3 refusals, but only 2"),
        ("{quorum: 0}", "'quorum'"),
        ("{quorum: 1.5}", "'quorum'"),
        ("{quorum: true}", "'quorum'"),
        ("{quorum: '2'}", "'quorum'"),
        ("{quorom: 2}", 'unknown key "quorom"; did you mean "quorum"?'),
        ("{candidates: [legal]}", "neither a person's e-mail nor"),
        ("{candidates: ['group:']}", "neither a person's e-mail nor"),
        ("{candidates: [a@x.org, a@x.org]}", "listed twice"),
        ("{candidates: [a@x.org], veto: [b@x.org]}", "holds a veto but may not vote"),
        ("{kind: confirm, four_eyes: true}", "confirm stage takes one person"),
        ("{kind: vote}", "'kind'"),
        ("{four_eyes: 'yes'}", "'four_eyes'"),
        ("{due_after: 0}", "longer than 0"),
        ("text", "must be a mapping"),
    ],
)
def test_stages_that_cannot_work(stage, part):
    default = faults_of(small_policy(more=f"stages:\n  - {stage}\n"))
    assert any(part in fault.message and fault.line == 9 for fault in default), default
    rule = "[{id: a, when: always, effect: review, summary: s, stages: [" + stage + "]}]"
    own = faults_of(small_policy(rule))
    assert any(fault.rule == "a" for fault in own), own


@pytest.mark.parametrize(
    "stage",
    [
        "{quorum: 2, candidates: [a@x.org, b@x.org, c@x.org]}",
        "{quorum: 2, refusals: 2, candidates: [a@x.org, b@x.org, c@x.org]}",
        "{quorum: 2, refusals: 1, candidates: ['group:legal', a@x.org]}",
        "{kind: confirm}",
        "{kind: panel, veto: ['group:legal'], candidates: [a@x.org], claim_after: 10m}",
    ],
)
def test_stages_that_work(stage):
    parse_policy(small_policy(more=f"stages: [{stage}]\n"))


def test_every_fault_is_reported_at_once():
    text = small_policy(
        "\n"
        "  - {id: a, tools: [act], when: args.x > 1, effect: allow, summary: s}\n"
        "  - {id: a, tools: [nope], when: 'true', effect: allow, summary: s}\n"
        "  - {id: c, when: always, effect: allow, summary: s, extra: 1}\n"
        "  - {id: d, when: 'facts.y', efect: deny, summary: s}\n"
        "  - {id: e, when: 'facts.y == 1', effect: deny, summary: s}\n",
        facts="{y: string}",
        more="stages: [{quorum: zero}]\n",
    ).replace("version: 1\n", "verzion: 1\n")
    found = {(fault.line, fault.rule) for fault in faults_of(text)}
    assert {(1, None), (2, None), (8, None), (10, "a"), (11, "a"), (12, "c"), (13, "d"), (14, "e")} <= found


def test_the_line_inside_a_block_is_named():
    text = (
        small_policy().removesuffix("rules: []\n")
        + "rules:\n  - id: a\n    summary: s\n    effect: deny\n    when: |\n      true &&\n      args.nope\n"
    )
    [fault] = faults_of(text)
    assert text.splitlines()[fault.line - 1].strip() == "args.nope"
    assert fault.rule == "a"


def test_a_rule_is_checked_for_each_of_its_tools():
    text = small_policy(
        "[{id: a, tools: [act, send], when: args.n > 1, effect: review, summary: s}]", arguments="{n: int}"
    ).replace("  look:", "  send: {effect: write, arguments: {n: string}}\n  look:")
    [fault] = faults_of(text)
    assert "(for send)" in fault.message


def test_a_rule_without_tools_must_fit_every_tool_that_is_no_read():
    text = small_policy(
        "[{id: a, when: args.n > 1, effect: review, summary: s}]", arguments="{n: int}"
    ).replace("  look:", "  fetch: {effect: egress}\n  look:")
    [fault] = faults_of(text)
    assert "tools.fetch.arguments" in fault.message


def test_flags_need_a_detector():
    text = small_policy("[{id: a, tools: [act], when: size(flags) == 0, effect: allow, summary: s}]")
    parse_policy(text)
    [fault] = faults_of(text.replace("flags: {brand_terms: {}}", "flags: {}"))
    assert "no detector is declared" in fault.message


def test_a_rule_behind_one_that_always_matches_is_refused():
    always = "{id: a, tools: [act], when: always, effect: allow, summary: s}"
    behind = "{id: b, when: args.x, effect: deny, summary: s}"
    [fault] = faults_of(small_policy(f"[{always}, {behind}]", arguments="{x: bool}"))
    assert (fault.rule, fault.message) == ("b", 'it can never match: the rule "a" before it always does')


def test_a_rule_about_no_tool_is_refused():
    text = small_policy("[{id: a, when: always, effect: deny, summary: s}]", effect="read")
    [fault] = faults_of(text)
    assert "applies to no tool" in fault.message


def test_files_that_cannot_be_read(tmp_path):
    for path, part in [
        (tmp_path / "nope.yaml", "cannot be read: No such file"),
        (tmp_path, "cannot be read"),
    ]:
        with pytest.raises(PolicyInvalid, match=part):
            load_policy(path)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"name: a\nsummary: caf\xe9\n")
    with pytest.raises(PolicyInvalid, match=r"latin\.yaml:2: the file is not UTF-8"):
        load_policy(latin)
    big = tmp_path / "big.yaml"
    big.write_bytes(b"# \xc3\xa9\n" * 100_000)
    with pytest.raises(PolicyInvalid, match=r"larger than|the limit is"):
        load_policy(big)


def test_a_byte_order_mark_is_harmless(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + small_policy().encode())
    assert load_policy(file).name == "small"
