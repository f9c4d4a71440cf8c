"""From a call to a verdict: rules in order, the first match counts, any doubt goes to a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from signoff.domain.action import Action, EffectClass
from signoff.domain.errors import PolicyFault, PolicyInvalid
from signoff.domain.flag import RiskFlag
from signoff.domain.policy import Policy, Rule, RuleEffect, Verdict
from signoff.policy.celtypes import Declared
from signoff.policy.explanation import Explanation, Step, StepOutcome
from signoff.policy.expression import ExpressionFault
from signoff.policy.faults import READ_RULE
from signoff.policy.parts import Names
from signoff.policy.program import Condition, applies, compile_condition, declared_types, names_for
from signoff.policy.reasons import first_false
from signoff.policy.values import Values, read_values

NO_MATCH = "No rule of the policy matched, so a person decides."
FAILED = "The policy could not be evaluated, so a person decides."
ONLY_READS = "It only reads, so it passes straight through."
_MAX_ERROR = 300


@dataclass(frozen=True)
class _Plan:
    """The rules about one tool, compiled, and the types of what they read."""

    rules: tuple[tuple[Rule, Condition | None], ...]
    arguments: Mapping[str, Declared]
    facts: Mapping[str, Declared]


@dataclass(frozen=True)
class _Trial:
    rule: Rule
    condition: Condition | None
    matched: bool
    error: str = ""


@dataclass(frozen=True)
class _Walk:
    """The rules that were asked, until one matched or failed."""

    trials: tuple[_Trial, ...] = ()
    errors: tuple[str, ...] = ()
    values: Values | None = None

    @property
    def match(self) -> Rule | None:
        if self.errors or not self.trials or not self.trials[-1].matched:
            return None
        return self.trials[-1].rule


class PolicyEvaluator:
    """A policy compiled once; may be shared by threads.

    Raises:
        PolicyInvalid: a condition does not fit what the policy declares.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._plans = _plans(policy)

    def evaluate(
        self,
        action: Action,
        flags: Sequence[RiskFlag],
        requester: str | None = None,
        errors: Sequence[str] = (),
    ) -> Verdict:
        """What the policy says about `action`; never raises.

        Any error, and any of `errors` (what went wrong before, in detectors for example), makes
        it a review without a rule.
        """
        try:
            if not errors and self._passes(action):
                return verdict(self.policy, RuleEffect.ALLOW, ONLY_READS, rule_id=READ_RULE, tool=action.tool)
            walk = _Walk(errors=tuple(errors)) if errors else self._walk(action, flags, requester)
            return self._verdict(action, walk)
        except BaseException as error:  # noqa: BLE001 - a panic of the engine is no Exception
            _raise_if_foreign(error)
            return self._failed(action, error)

    def explain(self, action: Action, flags: Sequence[RiskFlag], requester: str | None = None) -> Explanation:
        """Every rule in order with what became of it, and the verdict that `evaluate` gives."""
        try:
            walk = _Walk() if self._passes(action) else self._walk(action, flags, requester)
        except BaseException as error:  # noqa: BLE001 - as above
            _raise_if_foreign(error)
            walk = _Walk(errors=(_text(error),))
        return Explanation(
            tool=action.tool,
            effect_class=self.policy.tool(action.tool).effect,
            steps=self._steps(action, walk),
            verdict=self.evaluate(action, flags, requester),
        )

    def _passes(self, action: Action) -> bool:
        tool = self.policy.tools.get(action.tool)
        return tool is not None and tool.effect is EffectClass.READ is action.effect_class

    def _walk(self, action: Action, flags: Sequence[RiskFlag], requester: str | None) -> _Walk:
        tool = self.policy.tools.get(action.tool)
        if tool is None:
            return _Walk(errors=(f'the policy does not classify the tool "{action.tool}"',))
        if tool.effect is not action.effect_class:
            message = f"the call is classed {action.effect_class}, but the policy says {tool.effect}"
            return _Walk(errors=(message,))
        plan = self._plans[action.tool]
        values = read_values(action, flags, requester, plan.arguments, plan.facts)
        trials: list[_Trial] = []
        for rule, condition in plan.rules:
            trial = _try(rule, condition, values, action)
            trials.append(trial)
            if trial.error:
                return _Walk(tuple(trials), (f'rule "{rule.id}": {trial.error}',), values)
            if trial.matched:
                break
        return _Walk(tuple(trials), (), values)

    def _verdict(self, action: Action, walk: _Walk) -> Verdict:
        if walk.errors:
            errors = tuple(_clean(error) for error in walk.errors)
            return verdict(self.policy, RuleEffect.REVIEW, FAILED, tool=action.tool, errors=errors)
        rule = walk.match
        if rule is None:
            return verdict(self.policy, RuleEffect.REVIEW, NO_MATCH, tool=action.tool)
        return verdict(self.policy, rule.effect, rule.summary, rule=rule, tool=action.tool)

    def _failed(self, action: Action, error: BaseException) -> Verdict:
        return verdict(self.policy, RuleEffect.REVIEW, FAILED, tool=action.tool, errors=(_text(error),))

    def _steps(self, action: Action, walk: _Walk) -> tuple[Step, ...]:
        asked = {trial.rule.id: trial for trial in walk.trials}
        tool = self.policy.tool(action.tool)
        names = names_for(self.policy, action.tool)
        return tuple(
            _asked(asked[rule.id], walk.values, names)
            if rule.id in asked and walk.values
            else _step(rule, StepOutcome.SKIPPED, _why_skipped(rule, action.tool, tool.effect, walk))
            for rule in self.policy.rules
        )


def verdict(
    policy: Policy,
    effect: RuleEffect,
    summary: str,
    *,
    rule: Rule | None = None,
    rule_id: str | None = None,
    tool: str = "",
    errors: tuple[str, ...] = (),
) -> Verdict:
    """A verdict with the policy's version, stages and clocks frozen into it."""
    return Verdict(
        effect=effect,
        rule=rule.id if rule else rule_id,
        summary=summary,
        policy=policy.name,
        policy_version=policy.version,
        policy_hash=policy.content_hash,
        stages=rule.stages if rule and rule.stages else policy.stages,
        settling=policy.settling if rule is None or rule.settling is None else rule.settling,
        due_after=policy.due_after,
        expires_after=policy.expires_after
        if rule is None or rule.expires_after is None
        else rule.expires_after,
        valid_for=policy.valid_for,
        on_changes=policy.tool(tool).on_changes,
        errors=errors,
    )


def _plans(policy: Policy) -> dict[str, _Plan]:
    faults: list[PolicyFault] = []
    plans = {name: _plan(policy, name, faults) for name in policy.tools}
    if faults:
        raise PolicyInvalid(tuple(faults))
    return plans


def _plan(policy: Policy, tool: str, faults: list[PolicyFault]) -> _Plan:
    names = names_for(policy, tool)
    rules: list[tuple[Rule, Condition | None]] = []
    for rule in policy.rules:
        if not applies(rule, tool, policy.tools[tool].effect):
            continue
        try:
            rules.append((rule, compile_condition(rule.when, names) if rule.when is not None else None))
        except ExpressionFault as fault:
            faults.append(PolicyFault(policy.name, rule.line, fault.message, rule.id))
    reads = {path for _, condition in rules if condition for path in condition.reads}
    arguments, facts = declared_types(policy.tools[tool].arguments), declared_types(policy.facts)
    return _Plan(
        tuple(rules),
        {name: declared for name, declared in arguments.items() if ("args", name) in reads},
        {name: declared for name, declared in facts.items() if ("facts", name) in reads},
    )


def _try(rule: Rule, condition: Condition | None, values: Values, action: Action) -> _Trial:
    matched = True
    if condition is not None:
        if problem := values.problem(condition.reads):
            return _Trial(rule, condition, matched=False, error=problem)
        try:
            result = condition.program.execute(values.context)
        except BaseException as error:  # noqa: BLE001 - as above
            _raise_if_foreign(error)
            return _Trial(rule, condition, matched=False, error=_text(error))
        if result is not True and result is not False:
            return _Trial(
                rule, condition, matched=False, error=f"gave a {type(result).__name__}, not true or false"
            )
        matched = result
    is_open = action.effect_class is EffectClass.IRREVERSIBLE and action.tool not in rule.tools
    if matched and rule.effect is RuleEffect.ALLOW and is_open:
        return _Trial(
            rule, condition, matched=False, error="it allows an irreversible tool that it does not name"
        )
    return _Trial(rule, condition, matched)


def _raise_if_foreign(error: BaseException) -> None:
    """Let through what is not about the evaluation: a panic of the engine is, Ctrl-C is not."""
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        raise error


def _text(error: BaseException) -> str:
    return _clean(f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}")


def _clean(text: str) -> str:
    return text[:_MAX_ERROR].encode(errors="replace").decode()


def _asked(trial: _Trial, values: Values, names: Names) -> Step:
    reads = sorted(trial.condition.reads) if trial.condition else ()
    shown = {".".join(path): values.shown(path) for path in reads}
    if trial.error:
        return _step(trial.rule, StepOutcome.ERROR, trial.error, shown)
    if trial.matched:
        return _step(trial.rule, StepOutcome.MATCHED, "", shown)
    return _step(trial.rule, StepOutcome.NOT_MATCHED, _why_not(trial.rule.when or "", names, values), shown)


def _why_not(when: str, names: Names, values: Values) -> str:
    try:
        return f"false: {first_false(when, names, values.context)}"
    except BaseException as error:  # noqa: BLE001 - as above
        _raise_if_foreign(error)
        return ""


def _step(rule: Rule, outcome: StepOutcome, detail: str, values: Mapping[str, str] | None = None) -> Step:
    return Step(
        rule=rule.id,
        line=rule.line,
        effect=rule.effect,
        when=rule.when or "always",
        outcome=outcome,
        detail=detail,
        values={name: _clean(value) for name, value in (values or {}).items()},
    )


def _why_skipped(rule: Rule, tool: str, effect: EffectClass, walk: _Walk) -> str:
    if effect is EffectClass.READ:
        return "reads pass straight through"
    if walk.errors and not walk.trials:
        return "the policy could not be evaluated"
    if not applies(rule, tool, effect):
        return "not for this tool"
    return "an earlier rule failed" if walk.errors else "an earlier rule matched"
