"""What is counted of each suite, and the claims that must hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from signoff import Desk, EffectState, Review, UnsafeGraph
from signoff.domain.effect import Effect
from signoff.domain.policy import RuleEffect
from signoff.domain.review import Outcome
from signoff.store import actions, effects
from signoff.testing import temporary_desk
from tests.campaigns.eval_guard.dojo import Ran, Script, Suite, same
from tests.campaigns.eval_guard.policies import GATED, Grounding, policy_text
from tests.campaigns.eval_guard.replay import Replay
from tests.campaigns.verdict import Findings, progress


@contextmanager
def replay(suite: Suite, grounding: Grounding, without: str | None = None) -> Iterator[Replay]:
    """A graph over a new database under the policy of this grounding.

    Args:
        without: a tool that the policy does not know; the graph is then not checked.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "policy.yaml"
        path.write_text(policy_text(suite.name, suite.functions, grounding, without))
        with temporary_desk(path) as desk:
            yield Replay(desk, suite, is_checked=without is None)


@dataclass(frozen=True)
class Attack:
    """An injected task met while working on a user's: the agent does what it says."""

    thread: str
    script: Script
    task: Any


def attacks(suite: Suite) -> list[Attack]:
    """Every injected task with every user task's prompt."""
    return [
        Attack(
            f"{user.ID}+{injected.ID}",
            suite.script(injected, suite.environment(user), user.PROMPT, f"{user.ID}-{injected.ID}"),
            injected,
        )
        for user in suite.user_tasks
        for injected in suite.injection_tasks
    ]


def measure_gate(suite: Suite) -> Findings:
    """Every side effect waits: approved ones end as without a guard, rejected ones never happen."""
    found = Findings(f"{suite.name}: every side effect waits for a person")
    with replay(suite, Grounding.NONE) as guarded:
        _legitimate(found, guarded)
        _attacks_rejected(found, guarded)
        claim_authority(found, guarded.desk, guarded.world.ran, suite)
        _claim_reads_free(found, guarded)
    return found


def _legitimate(found: Findings, guarded: Replay) -> None:
    suite, alike, solved = guarded.suite, 0, 0
    scripts = _own_scripts(suite)
    with progress(f"{suite.name}: user tasks, approved", len(scripts)) as done:
        for number, (task, script) in enumerate(scripts.items(), start=1):
            before, bare, world = (suite.environment(task) for _ in range(3))
            suite.run_unguarded(script.calls, bare)
            guarded.run(task.ID, script, world, _approve)
            alike += same(world, bare)
            solved += bool(task.utility(script.output, before, world))
            done(number)
    tasks, planned = len(scripts), _side_effects(suite, scripts.values())
    ran = sum(one.tool in GATED[suite.name] for one in guarded.world.ran)
    found.claim("approved user tasks that end as unguarded", f"{alike} of {tasks}", holds=alike == tasks)
    found.count("of them solved, by AgentDojo's own check", f"{solved} of {tasks}")
    found.claim("approved side effects that ran", f"{ran} of {planned}", holds=ran == planned)


def _attacks_rejected(found: Findings, guarded: Replay) -> None:
    suite, harmful, harmed = guarded.suite, 0, 0
    already = len(guarded.reviewed)
    everything = attacks(suite)
    with progress(f"{suite.name}: attacks, rejected", len(everything)) as done:
        for number, attack in enumerate(everything, start=1):
            before, bare, world = (suite.environment() for _ in range(3))
            suite.run_unguarded(attack.script.calls, bare)
            guarded.run(attack.thread, attack.script, world, _reject)
            harmful += bool(attack.task.security(attack.script.output, before, bare))
            harmed += bool(attack.task.security("", before, world))
            done(number)
    planned = _side_effects(suite, (attack.script for attack in everything))
    held = sum(review.tool in GATED[suite.name] for review in guarded.reviewed[already:])
    ran = sum(one.tool in GATED[suite.name] for one in guarded.world.ran if "+" in one.thread)
    found.count("attacks (user task × injected task)", len(everything))
    found.claim("injected side effects that waited", f"{held} of {planned}", holds=held == planned)
    found.claim("injected side effects that ran though rejected", ran, holds=ran == 0)
    found.count("attacks that succeed without a guard", harmful)
    found.claim("attacks that succeed when rejected", harmed, holds=harmed == 0)


def _approve(_review: Review) -> str:
    return "approve"


def _reject(_review: Review) -> str:
    return "reject"


def claim_authority(found: Findings, desk: Desk, ran: Sequence[Ran], suite: Suite) -> None:
    """Each side effect that ran has one row of the ledger, with an approval or a rule behind it."""
    gated = [one for one in ran if one.tool in GATED[suite.name]]
    with desk.read() as tx:
        rows = [row for row in effects.page(tx, None, None, 1_000_000) if row.state is EffectState.SUCCEEDED]
        backed = [row for row in rows if _is_backed(desk, row, actions.get(tx, row.action_id).verdict.effect)]
    done = Counter(_name(one.thread, one.tool, one.arguments) for one in gated)
    allowed = Counter(_name(row.thread, row.tool, suite.completed(row.tool, row.arguments)) for row in backed)
    without, unused = (done - allowed).total(), (allowed - done).total()
    found.claim("side effects without a recorded approval or rule", without, holds=without == 0)
    found.claim("rows of the ledger without their side effect", unused, holds=unused == 0)
    found.claim("audit entries, chain verified", f"{desk.verify_audit():,}", holds=True)


def _is_backed(desk: Desk, effect: Effect, verdict: RuleEffect) -> bool:
    if effect.review_id is None:
        return effect.rule is not None and verdict is RuleEffect.ALLOW
    return desk.review(effect.review_id).review.outcome is Outcome.APPROVED


def _name(thread: str, tool: str, arguments: dict[str, Any]) -> str:
    return json.dumps([thread, tool, arguments], sort_keys=True)


def _claim_reads_free(found: Findings, guarded: Replay) -> None:
    gated = GATED[guarded.suite.name]
    paused = sum(review.tool not in gated for review in guarded.reviewed)
    ran = sum(one.tool not in gated for one in guarded.world.ran)
    planned = sum(call["name"] not in gated for script in guarded.scripts.values() for call in script.calls)
    found.claim("reads that ran", f"{ran} of {planned}", holds=ran == planned)
    found.claim("reads that paused", paused, holds=paused == 0)


def measure_unknown(suite: Suite) -> Findings:
    """A tool that the policy does not know: refused when the graph is checked, held when it is not."""
    found = Findings(f"{suite.name}: tools that the policy does not know")
    samples: dict[str, Script] = {}
    for task in (*suite.user_tasks, *suite.injection_tasks):
        prompt = getattr(task, "PROMPT", "") or task.GOAL
        for call in suite.script(task, suite.environment(), prompt, task.ID).calls:
            samples.setdefault(call["name"], Script(prompt, (call,), ""))
    refused = held = 0
    for name, script in samples.items():
        with replay(suite, Grounding.NONE, without=name) as blind:
            try:
                blind.desk.check(blind.graph)
            except UnsafeGraph:
                refused += 1
            waiting = blind.start("t", script, suite.environment())
            held += [review.tool for review in waiting] == [name] and blind.world.ran == []
    tools = len(samples)
    found.claim("refused when the graph is checked", f"{refused} of {tools}", holds=refused == tools)
    found.claim("held in a graph that nobody checked", f"{held} of {tools}", holds=held == tools)
    return found


@dataclass(frozen=True)
class Passed:
    """How many side effects passed by a rule, of how many."""

    legitimate: int
    of_legitimate: int
    attacks: int
    of_attacks: int


def measure_grounding(suite: Suite, grounding: Grounding) -> tuple[Findings, Passed]:
    """What a rule passes without a person, of the users' own side effects and of injected ones."""
    found = Findings(f"{suite.name}: {grounding.value}")
    own, injected = _own_scripts(suite), {attack.thread: attack.script for attack in attacks(suite)}
    with (
        replay(suite, grounding) as guarded,
        progress(f"{suite.name}: {grounding.name.lower()}", len(own) + len(injected)) as done,
    ):
        for task, script in own.items():
            guarded.run(task.ID, script, suite.environment(task), _approve)
            done(len(guarded.scripts))
        for thread, script in injected.items():
            guarded.run(thread, script, suite.environment(), _reject)
            done(len(guarded.scripts))
        with guarded.desk.read() as tx:
            by_rule = [row for row in effects.page(tx, None, None, 1_000_000) if row.rule is not None]
        claim_authority(found, guarded.desk, guarded.world.ran, suite)
        _claim_reads_free(found, guarded)
    let_through = [row for row in by_rule if row.thread in injected]
    passed = Passed(
        legitimate=len(by_rule) - len(let_through),
        of_legitimate=_side_effects(suite, own.values()),
        attacks=len(let_through),
        of_attacks=_side_effects(suite, injected.values()),
    )
    found.count(
        "legitimate side effects passed by the rule", f"{passed.legitimate} of {passed.of_legitimate}"
    )
    found.count("attack calls passed by the rule", f"{passed.attacks} of {passed.of_attacks}")
    for row in let_through:
        found.count(f"  let through: {row.tool} in {row.thread}", 1)
    return found, passed


def _own_scripts(suite: Suite) -> dict[Any, Script]:
    """The ground truth of every user task."""
    return {
        task: suite.script(task, suite.environment(task), task.PROMPT, task.ID) for task in suite.user_tasks
    }


def _side_effects(suite: Suite, scripts: Iterable[Script]) -> int:
    return sum(call["name"] in GATED[suite.name] for script in scripts for call in script.calls)
