"""One version of a policy in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import SequenceMatcher
from typing import Any

from signoff.domain.action import EffectClass
from signoff.domain.placement import FOR_A_GATE
from signoff.domain.policy import Policy, Rule, RuleEffect, ToolPolicy
from signoff.domain.shadow import day
from signoff.domain.stage import StageSpec
from signoff.domain.visibility import FieldRule, Visibility
from signoff.domain.working_hours import WorkingHours
from signoff.services.placing import Placed, placed
from signoff.services.policies import Matches
from signoff.web.pages import parts, words

EFFECT = {RuleEffect.ALLOW: "passes", RuleEffect.REVIEW: "waits for people", RuleEffect.DENY: "is denied"}
_CLASS = {
    EffectClass.READ: "only reads",
    EffectClass.EGRESS: "asks outside",
    EffectClass.WRITE: "changes data",
    EffectClass.IRREVERSIBLE: "cannot be undone",
}
_QUESTIONS = {
    "latency_tolerance": "Can the process wait?",
    "ambiguity": "Is it open to argument?",
    "impact_radius": "How far does a wrong call reach?",
    "rework_cost": "What does it cost to put right?",
    "frequency": "How often is it called?",
    "learning_potential": "What would corrections teach?",
}
_AROUND = 3
"""Unchanged lines shown around a changed one."""


@dataclass(frozen=True)
class AnswerLine:
    question: str
    level: str
    is_for: bool
    reason: str


@dataclass(frozen=True)
class ToolLine:
    """What the policy says about a tool."""

    name: str
    effect: str
    is_final: bool
    summary: str
    gating: str
    needs: tuple[str, ...]
    fields: tuple[str, ...]
    """Who sees which field."""
    advice: str
    differs: bool
    answers: tuple[AnswerLine, ...]


@dataclass(frozen=True)
class StepLine:
    name: str
    who: str
    due: str


@dataclass(frozen=True)
class RuleLine:
    """A rule as it is asked, and how often it spoke."""

    number: int
    id: str
    line: int
    summary: str
    tools: str
    effect: str
    kind: str
    when: str
    steps: tuple[StepLine, ...]
    clocks: str
    matched: str
    is_idle: bool


@dataclass(frozen=True)
class TextLine:
    """A line of a policy's text, in one version or between two."""

    kind: str
    """same, removed, added, or gap for lines left out."""
    number: int | None
    text: str


@dataclass(frozen=True)
class PolicyView:
    policy: Policy
    tools: tuple[ToolLine, ...]
    rules: tuple[RuleLine, ...]
    clocks: tuple[tuple[str, str], ...]
    detectors: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    questions: tuple[str, ...]
    """Who sees which field of a question."""

    @property
    def idle(self) -> tuple[str, ...]:
        """Rules that spoke about nothing in the period."""
        return tuple(rule.id for rule in self.rules if rule.is_idle)


def policy_view(policy: Policy, matches: Mapping[str, Matches]) -> PolicyView:
    """What stands on the page of a version."""
    return PolicyView(
        policy=policy,
        tools=tuple(_tool(one, policy.tools[one.tool]) for one in placed(policy)),
        rules=tuple(_rule(n, rule, policy, matches[rule.id]) for n, rule in enumerate(policy.rules, 1)),
        clocks=_clocks(policy),
        detectors=tuple((words.titled(name), _settings(given)) for name, given in policy.flags.items()),
        facts=tuple(policy.facts.items()),
        questions=tuple(map(_seen_by, policy.questions)),
    )


def _tool(one: Placed, tool: ToolPolicy) -> ToolLine:
    speaks = sum(answer.speaks_for_a_gate for answer in one.answers)
    advice = {True: "A gate is recommended", False: "No gate is needed", None: ""}[one.advice]
    return ToolLine(
        name=one.tool,
        effect=_CLASS[one.effect_class],
        is_final=one.effect_class is EffectClass.IRREVERSIBLE,
        summary=tool.summary,
        gating=one.gating,
        needs=tuple(_needs(tool)),
        fields=tuple(map(_seen_by, tool.visible)),
        advice=f"{advice}: {speaks} of 6 answers speak for one, {FOR_A_GATE} would do." if advice else "",
        differs=one.differs,
        answers=tuple(
            AnswerLine(_QUESTIONS[a.question], a.level.value, a.speaks_for_a_gate, a.reason)
            for a in one.answers
        ),
    )


def _needs(tool: ToolPolicy) -> list[str]:
    said = []
    if tool.idempotency_argument:
        said.append(f"takes a key as {tool.idempotency_argument}, so that attempts may repeat")
    if tool.binds:
        said.append(f"also takes {', '.join(tool.binds)}, which enter the digest")
    if tool.shadow_until is not None:
        said.append(f"in shadow mode until {day(tool.shadow_until)}: nothing about it waits")
    return said


_SEES: dict[Visibility, str] = {
    Visibility.SHOW: "shown to",
    Visibility.MASK: "masked for",
    Visibility.HIDE: "hidden from",
}


def _seen_by(rule: FieldRule) -> str:
    """Who sees one field: "card number: shown to lead, payments; hidden from everybody else"."""
    named = ((Visibility.SHOW, rule.show), (Visibility.MASK, rule.mask), (Visibility.HIDE, rule.hide))
    said = [
        f"{_SEES[level]} {', '.join(words.spaced(who.removeprefix('group:')) for who in whom)}"
        for level, whom in named
        if whom
    ]
    name = words.spaced(rule.field.strip("/").replace("/", " / "))
    return f"{name}: {'; '.join((*said, f'{_SEES[rule.others]} everybody else'))}"


def _rule(number: int, rule: Rule, policy: Policy, matches: Matches) -> RuleLine:
    asks = rule.effect is RuleEffect.REVIEW
    return RuleLine(
        number=number,
        id=rule.id,
        line=rule.line,
        summary=rule.summary,
        tools=", ".join(rule.tools) or "every tool that does more than read",
        effect=EFFECT[rule.effect],
        kind=rule.effect.value,
        when=" ".join((rule.when or "always").split()),
        steps=tuple(_step(spec) for spec in rule.stages or policy.stages) if asks else (),
        clocks=_own_clocks(rule),
        matched=_matched(matches),
        is_idle=matches.is_none,
    )


def _step(spec: StageSpec) -> StepLine:
    due = f"due in {words.span(spec.due_after)}" if spec.due_after else ""
    return StepLine(words.titled(spec.name), parts.who_decides(spec), due)


def _own_clocks(rule: Rule) -> str:
    said = []
    if rule.settling is not None:
        said.append(f"settles for {_span(rule.settling)}")
    if rule.expires_after is not None:
        said.append(f"expires after {words.span(rule.expires_after)}")
    return ", ".join(said)


def _matched(matches: Matches) -> str:
    counts = (
        (matches.passed, "passed"),
        (matches.held, "held"),
        (matches.denied, "denied"),
        (matches.in_shadow, "would have been held"),
    )
    return ", ".join(f"{count:,} {said}" for count, said in counts if count)


def _clocks(policy: Policy) -> tuple[tuple[str, str], ...]:
    due = "no deadline" if policy.due_after is None else f"within {words.span(policy.due_after)}"
    decides = "; then ".join(parts.who_decides(spec) for spec in policy.stages)
    return (
        ("Who decides, where a rule does not say", decides),
        ("Due", due),
        *(
            (f"Working hours of {who.removeprefix('group:')}", _hours(h))
            for who, h in policy.working_hours.items()
        ),
        ("Expires", f"after {words.span(policy.expires_after)}, and then it does not run"),
        ("Settling", f"{_span(policy.settling)} in which a decision can be taken back"),
        ("An approval is good for", words.span(policy.valid_for)),
    )


def _hours(hours: WorkingHours) -> str:
    days = ", ".join(_DAYS[day] for day in sorted(hours.days))
    free = f", but for {len(hours.holidays)} holidays" if hours.holidays else ""
    return f"{days}, {hours.begins:%H:%M} to {hours.ends:%H:%M}, {hours.zone}{free}; deadlines count in them"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _span(duration: timedelta) -> str:
    return words.span(duration) if duration else "no time"


def _settings(given: Mapping[str, Any]) -> str:
    """A detector's settings in short: what is a list of records is only counted."""
    said = []
    for name, value in given.items():
        records = isinstance(value, list) and any(isinstance(item, dict | list) for item in value)
        if records:
            said.append(f"{len(value)} {words.spaced(name)}")
        else:
            held = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
            said.append(f"{words.spaced(name)}: {held}")
    return "; ".join(said) or "with its own defaults"


def text_lines(source: str) -> tuple[TextLine, ...]:
    """The text of a version, numbered."""
    return tuple(TextLine("same", n, line) for n, line in enumerate(source.splitlines(), 1))


def changed_lines(before: str, after: str) -> tuple[TextLine, ...]:
    """What became of the text, line by line; long unchanged stretches are left out."""
    old, new = before.splitlines(), after.splitlines()
    result: list[TextLine] = []
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_AROUND):
        if result or group[0][3] > 0:
            result.append(TextLine("gap", None, ""))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                result += _numbered("same", new[j1:j2], j1)
            else:
                result += _numbered("removed", old[i1:i2], None)
                result += _numbered("added", new[j1:j2], j1)
    return tuple(result)


def _numbered(kind: str, lines: Sequence[str], start: int | None) -> list[TextLine]:
    return [TextLine(kind, None if start is None else start + n, line) for n, line in enumerate(lines, 1)]
