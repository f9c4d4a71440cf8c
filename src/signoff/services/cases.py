"""Trying a policy on the cases beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from signoff.domain.action import Action
from signoff.domain.ids import DEFAULT_WORKSPACE, ThreadId
from signoff.domain.policy import Policy
from signoff.domain.value import Value
from signoff.policy.cases import NO_RULE, Case, Expected
from signoff.services.judge import Judge, Judgement


class Difference(Value):
    """Something that a case expects and the policy does not say."""

    what: str
    expected: str
    got: str


class Tried(Value):
    """A case with what the policy says about it."""

    case: Case
    judgement: Judgement
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


def action_of(policy: Policy, case: Case) -> Action:
    """The call of a case, classified as the policy says."""
    return sample_action(policy, case.tool, case.arguments, case.facts)


def sample_action(
    policy: Policy, tool: str, arguments: dict[str, object], facts: dict[str, object]
) -> Action:
    """A call that no agent made."""
    return Action(
        workspace=DEFAULT_WORKSPACE,
        thread=ThreadId("sample"),
        key="sample",
        pause="sample",
        tool=tool,
        fingerprint="sample",
        effect_class=policy.tool(tool).effect,
        arguments=arguments,
        context=facts,
    )


def judged(judge: Judge, case: Case) -> Judgement:
    """What the policy says about a case, by its own flags or the detectors'."""
    action = action_of(judge.policy, case)
    if case.flags is None:
        return judge.judge(action, case.requester)
    return judge.judge_with(action, case.flags, case.requester)


def try_case(judge: Judge, case: Case) -> Tried:
    judgement = judged(judge, case)
    return Tried(case=case, judgement=judgement, differences=tuple(_differences(case.expected, judgement)))


def rules_without_a_case(policy: Policy, tried: Sequence[Tried]) -> tuple[str, ...]:
    """Rules that spoke in none of the cases."""
    spoken = {one.judgement.verdict.rule for one in tried}
    return tuple(rule.id for rule in policy.rules if rule.id not in spoken)


class Changed(Value):
    """A case about which two policies say different things."""

    case: Case
    before: Judgement
    after: Judgement


def changed_cases(old: Judge, new: Judge, cases: Sequence[Case]) -> tuple[Changed, ...]:
    """The cases that another effect, rule or stages await under `new`."""
    pairs = ((case, judged(old, case), judged(new, case)) for case in cases)
    return tuple(
        Changed(case=case, before=before, after=after)
        for case, before, after in pairs
        if _outcome(before) != _outcome(after)
    )


def _outcome(judgement: Judgement) -> tuple[object, ...]:
    verdict = judgement.verdict
    return verdict.effect, verdict.rule, verdict.stages


def _differences(expected: Expected, judgement: Judgement) -> Iterator[Difference]:
    verdict = judgement.verdict
    if verdict.effect is not expected.effect:
        yield Difference(what="effect", expected=expected.effect.value, got=verdict.effect.value)
    rule = verdict.rule or NO_RULE
    if expected.rule is not None and rule != expected.rule:
        yield Difference(what="rule", expected=expected.rule, got=rule)
    stages = [stage.name for stage in verdict.stages]
    if expected.stages is not None and stages != list(expected.stages):
        yield Difference(what="stages", expected=_listed(expected.stages), got=_listed(stages))
    codes = sorted({flag.code for flag in judgement.flags})
    if expected.flags is not None and codes != sorted(set(expected.flags)):
        yield Difference(what="flags", expected=_listed(sorted(set(expected.flags))), got=_listed(codes))
    errors = "; ".join(verdict.errors)
    if expected.error is not None and expected.error not in errors:
        yield Difference(what="error", expected=expected.error, got=errors or NO_RULE)
    elif expected.error is None and errors:
        yield Difference(what="error", expected=NO_RULE, got=errors)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or NO_RULE
