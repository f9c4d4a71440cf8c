"""Faults of a policy whose parts are well formed but do not fit together."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set

from signoff.domain.action import EffectClass
from signoff.domain.policy import Policy, Rule, RuleEffect
from signoff.domain.stage import StageSpec
from signoff.domain.visibility import FACTS, FieldRule, Visibility
from signoff.policy.document import Document, Path
from signoff.policy.expression import ExpressionFault
from signoff.policy.program import applies, compile_condition, names_for

READ_RULE = "read"
"""The rule that a verdict names when a read passes straight through."""


def find_faults(
    policy: Policy,
    document: Document,
    places: Sequence[Path],
    unreadable: Set[str],
    *,
    conditions: bool = True,
) -> None:
    """Add the faults of `policy` to `document`.

    Args:
        places: where each rule stands in the document.
        unreadable: tools that are there, but whose entries have faults of their own.
        conditions: whether what the conditions may read is known well enough to check them.
    """
    if ("stages",) in document.lines:
        _check_stages(policy.stages, document, ("stages",), None)
    _check_visible(policy, document)
    first_use: dict[str, int] = {}
    for n, (rule, at) in enumerate(zip(policy.rules, places, strict=True)):
        report = _Report(document, at, rule)
        if rule.id == READ_RULE:
            report("id", f'"{READ_RULE}" is the name of the built-in rule for reads; choose another id')
        if rule.id in first_use:
            report("id", f'the id "{rule.id}" is used already, on line {first_use[rule.id]}')
        first_use.setdefault(rule.id, document.line((*at, "id")))
        _check_tools(policy, rule, report, unreadable)
        _check_effect(rule, document, report)
        _check_stages(rule.stages, document, (*at, "stages"), rule.id)
        _check_reach(policy, n, report, unreadable)
        if conditions:
            _check_condition(policy, rule, report)


def _check_visible(policy: Policy, document: Document) -> None:
    """A value that runs, is needed and is seen by nobody could never be approved."""
    named: list[tuple[Path, Sequence[FieldRule]]] = [(("questions",), policy.questions)]
    named += [(("tools", name), tool.visible) for name, tool in policy.tools.items()]
    for at, rules in named:
        for rule in rules:
            is_seen = bool(rule.show) or rule.others is Visibility.SHOW
            if rule.needed and not is_seen and not rule.field.startswith(FACTS + "/"):
                document.fault(
                    (*at, "visible", rule.field),
                    f"nobody sees {rule.field} in full, so nobody could approve; name somebody under "
                    'show, or write "needed: false"',
                )


class _Report:
    def __init__(self, document: Document, at: Path, rule: Rule) -> None:
        self.document, self.at, self.rule = document, at, rule

    def __call__(self, key: str, message: str) -> None:
        self.document.fault((*self.at, key), message, self.rule.id)


def _check_tools(policy: Policy, rule: Rule, report: _Report, unreadable: Set[str]) -> None:
    known = {*policy.tools, *unreadable}
    for tool in rule.tools:
        if tool not in known:
            report("tools", f'there is no tool "{tool}" under tools{hint(tool, known)}')
        elif tool in policy.tools and policy.tools[tool].effect is EffectClass.READ:
            report("tools", f'"{tool}" only reads and passes straight through, so no rule applies to it')
    if repeated := sorted({tool for tool in rule.tools if rule.tools.count(tool) > 1}):
        report("tools", f'"{repeated[0]}" is named twice')
    if not rule.tools and not unreadable and not covered(policy, rule):
        report("tools", "it applies to no tool: all tools only read")


def _check_effect(rule: Rule, document: Document, report: _Report) -> None:
    if rule.effect is RuleEffect.ALLOW and not rule.tools:
        report("effect", 'a rule that allows must name its tools: add "tools: [...]"')
    if rule.effect is RuleEffect.REVIEW:
        return
    for key in ("stages", "settling", "expires_after"):
        if (*report.at, key) in document.lines:
            report(key, f'"{key}" belongs to rules with effect review; this one says {rule.effect.value}')


def _check_reach(policy: Policy, n: int, report: _Report, unreadable: Set[str]) -> None:
    """A rule behind one that always matches the same tools is a mistake, often a dangerous one."""
    if unreadable:
        return
    mine = covered(policy, policy.rules[n])
    for earlier in policy.rules[:n]:
        if earlier.when is None and mine and mine <= covered(policy, earlier):
            report("id", f'it can never match: the rule "{earlier.id}" before it always does')
            return


def _check_condition(policy: Policy, rule: Rule, report: _Report) -> None:
    if rule.when is None:
        return
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    tools = sorted(covered(policy, rule))
    for tool in tools:
        try:
            condition = compile_condition(rule.when, names_for(policy, tool))
        except ExpressionFault as fault:
            found[fault.position, fault.message].append(tool)
        else:
            if ("flags",) in condition.reads and not policy.flags:
                position = rule.when.find("flags")
                found[position, "it reads flags, but no detector is declared under flags"].append(tool)
    for (position, message), affected in found.items():
        which = "" if len(affected) == len(tools) else f" (for {', '.join(affected)})"
        line = report.document.line_in_text((*report.at, "when"), position)
        report.document.add(line, f"when, character {position + 1}: {message}{which}", rule.id)


def covered(policy: Policy, rule: Rule) -> set[str]:
    """The classified tools that `rule` applies to."""
    return {name for name, tool in policy.tools.items() if applies(rule, name, tool.effect)}


def _check_stages(stages: Iterable[StageSpec], document: Document, at: Path, rule: str | None) -> None:
    for n, stage in enumerate(stages):
        for key, message in _stage_faults(stage):
            document.fault((*at, n, key), f'stage "{stage.name}": {message}', rule)


def _stage_faults(stage: StageSpec) -> Iterable[tuple[str, str]]:
    if not stage.candidates or any(place.startswith("group:") for place in stage.candidates):
        return
    listed = set(stage.candidates)
    voters = listed - set(stage.excluded)
    size, quorum = len(voters), stage.quorum
    if len(listed) < len(stage.candidates):
        yield "candidates", "a person is listed twice"
    if quorum > size:
        yield "quorum", f"the quorum is {quorum}, but only {size} of the listed persons may vote"
    elif stage.refusals is not None and stage.refusals > size:
        yield (
            "refusals",
            f"it takes {stage.refusals} refusals, but only {size} of the listed persons may vote",
        )
    elif stage.refusals is not None and quorum + stage.refusals <= size:
        yield (
            "refusals",
            (
                f"{quorum} approvals and {stage.refusals} refusals among {size} persons: the first to reach "
                f"wins, so the order of votes decides; take at least {size - quorum + 1} refusals, "
                "or leave it out"
            ),
        )
    for person in stage.veto:
        if not person.startswith("group:") and person not in voters:
            yield "veto", f"{person} holds a veto but may not vote"


def hint(name: str, known: Iterable[str]) -> str:
    """Which of the `known` names may be meant."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f'; did you mean "{close[0]}"?'
    return f"; there are {', '.join(names)}" if names else ""
