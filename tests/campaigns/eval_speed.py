"""What all flags of the flow `outbound_copy` cost on one draft, beside one evaluation of its policy."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import cel

from graphs.outbound_copy.data import load_retail
from graphs.outbound_copy.settings import HERE as FLOW
from signoff.policy.evaluate import PolicyEvaluator
from signoff.policy.load import load_policy
from signoff.risk.registry import build_detectors, run_detectors
from tests.campaigns.eval_grounding import action_of
from tests.campaigns.figures import Figure, Part, shown
from tests.campaigns.planted.engine import Templates, clean_drafts

DRAFTS, WARM_UP = 300, 20


def measure(data: Path) -> Iterator[Figure]:
    policy = load_policy(FLOW / "policy.yaml")
    detectors = build_detectors(policy.flags)
    evaluator = PolicyEvaluator(policy)
    drafts = clean_drafts(load_retail(data), Templates.read("frozen.yaml"), DRAFTS + WARM_UP, seed=1)
    actions = [action_of(one) for one in drafts]
    condition = cel.compile('known && flags.all(f, f.severity == "low")')
    flagging, working, judging, evaluating = [], [], [], []
    for action in actions:
        started = time.process_time()
        flagging.append(_seconds(partial(run_detectors, detectors, action)))
        working.append(time.process_time() - started)
        flags, _ = run_detectors(detectors, action)
        judging.append(_seconds(partial(evaluator.evaluate, action, flags, None, ())))
        names = {"known": True, "flags": [{"severity": flag.severity.value} for flag in flags]}
        evaluating.append(_seconds(partial(condition.execute, names)))
    warm, judged = list(islice(flagging, WARM_UP, None)), list(islice(judging, WARM_UP, None))
    evaluated = evaluating[WARM_UP:]
    yield shown("all flags ÷ one CEL evaluation", _ratio(warm, evaluated))
    yield shown("all flags ÷ one verdict of the policy", _ratio(warm, judged))
    yield shown("all flags, p95 in ms", _p95(warm) * 1000, target="target < 50")
    yield shown("all flags, p95 of CPU time in ms", _p95(working[WARM_UP:]) * 1000)
    yield shown("all flags, median in ms", statistics.median(warm) * 1000)
    yield shown("one verdict of the policy, p95 in ms", _p95(judged) * 1000)


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _ratio(times: list[float], others: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(times, others, strict=True))


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


PART = Part(
    "speed",
    data=f"{DRAFTS} true retail drafts",
    split=f"after {WARM_UP} to warm up",
    measure=measure,
    needs=("tau2_retail/db.json",),
)
