"""Policies that judged something: their versions, what a version says, and what it would do now."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from signoff.domain.errors import NotFound
from signoff.domain.ids import Digest
from signoff.domain.policy import Policy
from signoff.domain.value import Value
from signoff.policy.load import parse_policy
from signoff.services.backtest import Backtest, Demands, backtest
from signoff.services.core import Core
from signoff.services.measure import rule_records
from signoff.services.shadow import volumes
from signoff.store import catalog, figures
from signoff.store.database import Tx
from signoff.store.history import Wanted


class Version(Value):
    """One version of a policy, and how much it judged."""

    hash: Digest
    name: str
    version: str
    calls: int
    first_at: datetime | None
    last_at: datetime | None
    in_force: bool
    """Whether this server judges by it."""


def versions(tx: Tx, core: Core) -> tuple[Version, ...]:
    """Every version that judged something here, and the one in force; by name, the newest first."""
    now = core.judge.policy
    found = [
        Version(
            hash=one.hash, name=one.name, version=one.version, calls=one.calls, first_at=one.first_at,
            last_at=one.last_at, in_force=one.hash == now.content_hash,
        )
        for one in catalog.policy_versions(tx)
    ]  # fmt: skip
    if now.source and not any(one.in_force for one in found):
        found.append(
            Version(
                hash=now.content_hash, name=now.name, version=now.version, calls=0, first_at=None,
                last_at=None, in_force=True,
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.name, not one.in_force, -_seconds(one.last_at))))


def one_of(found: tuple[Version, ...], content_hash: str) -> Version:
    """The version with this hash.

    Raises:
        NotFound: it judged nothing in this workspace.
    """
    for one in found:
        if one.hash == content_hash:
            return one
    raise NotFound("policy", content_hash)


def source(tx: Tx, core: Core, version: Version) -> str:
    """The text of a version."""
    now = core.judge.policy
    if version.hash == now.content_hash:
        return now.source
    return catalog.policy_source(tx, version.hash) or ""


@lru_cache(maxsize=32)
def parsed(text: str) -> Policy:
    """The policy that a stored text describes.

    Raises:
        PolicyInvalid: this release no longer takes what an earlier one took.
    """
    return parse_policy(text, "<stored policy>")


class Matches(Value):
    """How often a rule spoke in a period."""

    passed: int = 0
    held: int = 0
    denied: int = 0
    in_shadow: int = 0
    """Calls that it would have held, had their tool not been in shadow mode."""

    @property
    def is_none(self) -> bool:
        return not (self.passed or self.held or self.denied or self.in_shadow)


def matches(tx: Tx, policy: Policy, since: datetime) -> dict[str, Matches]:
    """For each rule of `policy`, how often it spoke since then, in whatever version of that name."""
    wanted = Wanted(since=since)
    spoke = {r.rule: r for r in rule_records((), figures.ruled(tx, wanted)) if r.policy == policy.name}
    shadowed: dict[str | None, int] = {}
    for volume in volumes(tx, wanted):
        if volume.tool in policy.tools:
            shadowed[volume.rule] = shadowed.get(volume.rule, 0) + volume.calls
    return {
        rule.id: Matches(
            passed=spoke[rule.id].passed if rule.id in spoke else 0,
            held=spoke[rule.id].held if rule.id in spoke else 0,
            denied=spoke[rule.id].denied if rule.id in spoke else 0,
            in_shadow=shadowed.get(rule.id, 0),
        )
        for rule in policy.rules
    }


def tried(tx: Tx, core: Core, version: Version, last: int, demands: Demands) -> Backtest:
    """What a version would do with the newest `last` calls that people decided.

    Raises:
        PolicyInvalid: this release no longer takes it, or a detector of it is not installed.
    """
    return backtest(tx, core.judge_of(tx, version.hash), Wanted(last_decided=last), demands)


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
