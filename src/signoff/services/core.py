"""What every service needs, put together by the composition root."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

from signoff.domain.canonical import digest_of_text
from signoff.domain.ids import Digest
from signoff.domain.policy import Policy
from signoff.domain.value import Value
from signoff.policy.load import parse_policy
from signoff.services.judge import Judge
from signoff.services.lookup import Lookups
from signoff.services.ports import JobQueue
from signoff.store import catalog
from signoff.store.database import Database, Tx


class ServiceSettings(Value):
    """Limits and periods; the defaults suit production."""

    lease: timedelta = timedelta(seconds=30)
    """How long a started effect or a driven thread stays claimed without a heartbeat."""
    durable_wait: timedelta = timedelta(seconds=10)
    """How long a passed call waits for the saver to hold its checkpoint."""


@dataclass(frozen=True)
class Core:
    """Database, queue and the policy in force."""

    database: Database
    queue: JobQueue
    judge: Judge
    settings: ServiceSettings = field(default_factory=ServiceSettings)
    lookups: Lookups = field(default_factory=Lookups)
    kept: set[str] = field(default_factory=set)
    """Policies, tools and audiences, by hash, that this process knows to be in the database."""

    def judge_of(self, tx: Tx, policy_hash: Digest) -> Judge:
        """The judge by the policy that judged before: open reviews keep the policy they opened under."""
        if policy_hash == self.judge.policy.content_hash:
            return self.judge
        source = catalog.policy_source(tx, policy_hash)
        return _judge_from(source) if source else self.judge


@lru_cache(maxsize=32)
def _judge_from(source: str) -> Judge:
    return Judge(parse_policy(source, "<stored policy>"))


NO_POLICY = Policy(
    name="none",
    version="0",
    summary="No policy is loaded, so every call waits for a person.",
    content_hash=digest_of_text("policy", ""),
    source="",
    tools={},
    rules=(),
)
