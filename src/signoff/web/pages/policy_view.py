"""One version of a policy in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import SequenceMatcher
from typing import Any

from signoff.domain.action import EffectClass
from signoff.domain.placement import FOR_A_GATE, Level
from signoff.domain.policy import Policy, Rule, RuleEffect, ToolPolicy
from signoff.domain.shadow import day
from signoff.domain.stage import StageSpec
from signoff.domain.visibility import FieldRule, Visibility
from signoff.domain.working_hours import WorkingHours
from signoff.services.placing import Placed, placed
from signoff.services.policies import Matches
from signoff.web.pages import parts, words
from signoff.web.pages.reading import number, weekday
from signoff.web.pages.translate import N_, gettext, known, ngettext

_EFFECT = {
    RuleEffect.ALLOW: N_("passes"),
    RuleEffect.REVIEW: N_("waits for people"),
    RuleEffect.DENY: N_("is denied"),
}
_CLASS = {
    EffectClass.READ: N_("It only reads."),
    EffectClass.EGRESS: N_("It asks outside."),
    EffectClass.WRITE: N_("It changes data."),
    EffectClass.IRREVERSIBLE: N_("It cannot be undone."),
}
_QUESTIONS = {
    "latency_tolerance": N_("Can the process wait?"),
    "ambiguity": N_("Is it open to argument?"),
    "impact_radius": N_("How far does a wrong call reach?"),
    "rework_cost": N_("What does it cost to put right?"),
    "frequency": N_("How often is it called?"),
    "learning_potential": N_("What would corrections teach?"),
}
_LEVELS = {Level.LOW: N_("low"), Level.MEDIUM: N_("medium"), Level.HIGH: N_("high")}
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
    return ToolLine(
        name=one.tool,
        effect=gettext(_CLASS[one.effect_class]),
        is_final=one.effect_class is EffectClass.IRREVERSIBLE,
        summary=tool.summary,
        gating=known(one.gating),
        needs=tuple(_needs(tool)),
        fields=tuple(map(_seen_by, tool.visible)),
        advice=_advice(one.advice, speaks),
        differs=one.differs,
        answers=tuple(
            AnswerLine(
                gettext(_QUESTIONS[a.question]),
                gettext(_LEVELS[a.level]),
                a.speaks_for_a_gate,
                known(a.reason),
            )
            for a in one.answers
        ),
    )


def _advice(recommended: bool | None, speaks: int) -> str:
    if recommended is None:
        return ""
    if recommended:
        return ngettext(
            "A gate is recommended: %(n)s of 6 answers speaks for one, %(enough)s would do.",
            "A gate is recommended: %(n)s of 6 answers speak for one, %(enough)s would do.",
            speaks,
            enough=FOR_A_GATE,
        )
    return ngettext(
        "No gate is needed: %(n)s of 6 answers speaks for one, %(enough)s would do.",
        "No gate is needed: %(n)s of 6 answers speak for one, %(enough)s would do.",
        speaks,
        enough=FOR_A_GATE,
    )


def _needs(tool: ToolPolicy) -> list[str]:
    said = []
    if tool.idempotency_argument:
        said.append(
            gettext(
                "It takes a key as %(argument)s, so that attempts may repeat.",
                argument=tool.idempotency_argument,
            )
        )
    if tool.binds:
        said.append(
            ngettext(
                "It also takes %(names)s, which enters the digest.",
                "It also takes %(names)s, which enter the digest.",
                len(tool.binds),
                names=", ".join(tool.binds),
            )
        )
    if tool.shadow_until is not None:
        said.append(
            gettext("It is in shadow mode until %(day)s: nothing about it waits.", day=day(tool.shadow_until))
        )
    return said


def _seen_by(rule: FieldRule) -> str:
    """Who sees one field: "card number: shown to lead, payments; hidden from everybody else"."""
    named = ((Visibility.SHOW, rule.show), (Visibility.MASK, rule.mask), (Visibility.HIDE, rule.hide))
    said = [
        _sees(level, ", ".join(words.spaced(who.removeprefix("group:")) for who in whom))
        for level, whom in named
        if whom
    ]
    name = words.spaced(rule.field.strip("/").replace("/", " / "))
    others = _sees(rule.others, gettext("everybody else"))
    return f"{name}: {'; '.join((*said, others))}"


def _sees(level: Visibility, people: str) -> str:
    match level:
        case Visibility.SHOW:
            return gettext("shown to %(people)s", people=people)
        case Visibility.MASK:
            return gettext("masked for %(people)s", people=people)
        case Visibility.HIDE:
            return gettext("hidden from %(people)s", people=people)


def _rule(number: int, rule: Rule, policy: Policy, matches: Matches) -> RuleLine:
    asks = rule.effect is RuleEffect.REVIEW
    return RuleLine(
        number=number,
        id=rule.id,
        line=rule.line,
        summary=rule.summary,
        tools=", ".join(rule.tools) or gettext("every tool that does more than read"),
        effect=gettext(_EFFECT[rule.effect]),
        kind=rule.effect.value,
        when=" ".join((rule.when or gettext("always")).split()),
        steps=tuple(_step(spec) for spec in rule.stages or policy.stages) if asks else (),
        clocks=_own_clocks(rule),
        matched=_matched(matches),
        is_idle=matches.is_none,
    )


def _step(spec: StageSpec) -> StepLine:
    due = gettext("due in %(time)s", time=words.span_after(spec.due_after)) if spec.due_after else ""
    return StepLine(words.titled(spec.name), parts.who_decides(spec), due)


def _own_clocks(rule: Rule) -> str:
    said = []
    if rule.settling is not None:
        said.append(gettext("settles for %(time)s", time=_span(rule.settling)))
    if rule.expires_after is not None:
        said.append(gettext("expires after %(time)s", time=words.span_after(rule.expires_after)))
    return ", ".join(said)


def _matched(matches: Matches) -> str:
    counts = (
        (matches.passed, N_("%(calls)s passed")),
        (matches.held, N_("%(calls)s held")),
        (matches.denied, N_("%(calls)s denied")),
        (matches.in_shadow, N_("%(calls)s would have been held")),
    )
    return ", ".join(gettext(said, calls=number(count)) for count, said in counts if count)


def _clocks(policy: Policy) -> tuple[tuple[str, str], ...]:
    expires = gettext("after %(time)s, and then it does not run", time=words.span_after(policy.expires_after))
    settling = gettext("%(time)s in which a decision can be taken back", time=_span(policy.settling))
    return (
        (gettext("Who decides, where a rule does not say"), _steps(policy.stages)),
        (gettext("Due"), _due(policy.due_after)),
        *(
            (gettext("Working hours of %(group)s", group=who.removeprefix("group:")), _hours(h))
            for who, h in policy.working_hours.items()
        ),
        (gettext("Expires"), expires),
        (gettext("Settling"), settling),
        (gettext("An approval is good for"), words.span(policy.valid_for)),
    )


def _steps(stages: Sequence[StageSpec]) -> str:
    first, *later = [parts.who_decides(spec) for spec in stages]
    return "; ".join((first, *(gettext("then %(people)s", people=people) for people in later)))


def _due(after: timedelta | None) -> str:
    return gettext("within %(time)s", time=words.span_after(after)) if after else gettext("no deadline")


def _hours(hours: WorkingHours) -> str:
    given = {
        "days": ", ".join(weekday(day) for day in sorted(hours.days)),
        "begins": f"{hours.begins:%H:%M}",
        "ends": f"{hours.ends:%H:%M}",
        "zone": hours.zone,
    }
    if not hours.holidays:
        return gettext("%(days)s, %(begins)s to %(ends)s, %(zone)s; deadlines count in them", **given)
    return ngettext(
        "%(days)s, %(begins)s to %(ends)s, %(zone)s, but for %(n)s holiday; deadlines count in them",
        "%(days)s, %(begins)s to %(ends)s, %(zone)s, but for %(n)s holidays; deadlines count in them",
        len(hours.holidays),
        **given,
    )


def _span(duration: timedelta) -> str:
    return words.span(duration) if duration else gettext("no time")


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
    return "; ".join(said) or gettext("with its own defaults")


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
