"""A policy that is spoiled anywhere is refused with a line, or lets nothing more through."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.action import EffectClass
from signoff.domain.errors import PolicyInvalid
from signoff.domain.flag import Severity
from signoff.domain.policy import RuleEffect
from signoff.policy.evaluate import PolicyEvaluator
from signoff.policy.load import parse_policy
from tests.support.policies import KNOWN_CUSTOMER, OUTBOUND, ROUTINE_MAIL, action, flag

Path = tuple[str | int, ...]
DROP = object()
RENAME = object()
WRONG: tuple[Any, ...] = (
    None,
    7,
    2.5,
    True,
    "nonsense",
    "",
    [],
    ["nonsense"],
    {},
    {"nonsense": 1},
    DROP,
    RENAME,
)

ORIGINAL: dict[str, Any] = yaml.safe_load(OUTBOUND.read_text())
CALLS = [
    (action({**ROUTINE_MAIL, **arguments}, {**KNOWN_CUSTOMER, **facts}), flags)
    for arguments in ({}, {"discount_percent": 5}, {"discount_percent": 50}, {"to": "a@other.org"})
    for facts in ({}, {"tier": "strategic"}, {"customer_known": False}, {"discount_limit": "x"})
    for flags in ([], [flag()], [flag(severity=Severity.LOW)])
] + [
    (action({}, {}, tool="find_customer", effect_class=EffectClass.READ), []),
    (action({}, {}, tool="find_customer"), []),
    (action({}, {}, tool="wipe"), []),
]


def allowed(text: str) -> list[bool]:
    evaluator = PolicyEvaluator(parse_policy(text))
    verdicts = [evaluator.evaluate(call, flags) for call, flags in CALLS]
    assert all(v.effect is RuleEffect.REVIEW and v.rule is None for v in verdicts if v.errors)
    return [verdict.effect is RuleEffect.ALLOW for verdict in verdicts]


def allowed_or_lines(text: str) -> list[bool] | set[int]:
    """What the policy allows of `CALLS`, or the lines of its faults."""
    try:
        return allowed(text)
    except PolicyInvalid as invalid:
        return {fault.line for fault in invalid.faults}


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def mutated(document: Any, path: Path, change: Any) -> Any:
    """A copy of `document` spoiled at `path`; None where it has no such place any more."""
    result = copy.deepcopy(document)
    owner: Any = result
    try:
        for step in path[:-1]:
            owner = owner[step]
        owner[path[-1]]
    except (KeyError, IndexError, TypeError):
        return None
    if isinstance(owner, str):
        return None
    last = path[-1]
    if change is DROP:
        del owner[last]
    elif change is RENAME:
        if not isinstance(owner, dict):
            return None
        owner["nonsense"] = owner.pop(last)
    else:
        owner[last] = change
    return result


PLACES = list(places(ORIGINAL))
BASELINE = allowed(OUTBOUND.read_text())
A_RULE_OR_STAGE_LESS = {("rules", n) for n in range(len(ORIGINAL["rules"]))}
"""A policy without one of its rules is another policy, not a spoiled one."""


def outcome(document: Any) -> str:
    text = yaml.safe_dump(document, sort_keys=False)
    now = allowed_or_lines(text)
    if isinstance(now, set):
        assert now
        assert now <= set(range(1, text.count("\n") + 2))
        return "refused"
    wider = [n for n, (before, after) in enumerate(zip(BASELINE, now, strict=True)) if after and not before]
    assert not wider, text
    return "no wider"


def test_the_baseline_allows_something_and_not_everything():
    assert 0 < sum(BASELINE) < len(BASELINE) / 2
    assert outcome(ORIGINAL) == "no wider"


@pytest.mark.parametrize(
    "change", WRONG, ids=lambda c: {id(DROP): "drop", id(RENAME): "rename"}.get(id(c), repr(c))
)
def test_every_single_fault(change):
    outcomes: dict[str, int] = {"refused": 0, "no wider": 0}
    for path in PLACES:
        if change is DROP and path in A_RULE_OR_STAGE_LESS:
            continue
        document = mutated(ORIGINAL, path, change)
        if document is not None and document != ORIGINAL:
            outcomes[outcome(document)] += 1
    assert outcomes["refused"] > len(PLACES) // 4
    if change is None:
        assert outcomes["no wider"] == 0


@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(WRONG)), min_size=2, max_size=4))
def test_several_faults(changes):
    document: Any = ORIGINAL
    for path, change in changes:
        if change is DROP and path in A_RULE_OR_STAGE_LESS:
            continue
        document = mutated(document, path, change) or document
    outcome(document)


@given(st.integers(0, len(OUTBOUND.read_text())), st.integers(0, 40), st.text(max_size=3))
def test_torn_text(start, length, replacement):
    """Any cut in the text is read as YAML or refused; nothing else is raised."""
    text = OUTBOUND.read_text()
    torn = text[:start] + replacement + text[start + length :]
    found = allowed_or_lines(torn)
    assert not isinstance(found, set) or min(found) >= 1
