"""How services write audit events."""

from __future__ import annotations

from typing import Any

from signoff.domain.audit import AuditEvent
from signoff.domain.effect import Effect
from signoff.domain.ids import ActionId, Digest
from signoff.domain.person import Actor
from signoff.domain.policy import Verdict
from signoff.domain.review import Review
from signoff.store.database import Tx


def policy_of(verdict: Verdict) -> str:
    """Name, version and shortened hash of the policy behind a verdict."""
    return f"{verdict.policy}@{verdict.policy_version}#{verdict.policy_hash[:12]}"


def about_review(
    tx: Tx, event: str, review: Review, actor: Actor, *, channel: str = "system", policy: str | None = None,
    **content: Any,
) -> None:  # fmt: skip
    tx.record(
        AuditEvent(
            event=event,
            actor=actor,
            thread=review.thread,
            action_id=review.action_id,
            review_id=review.id,
            digest=review.digest,
            policy=policy,
            channel=channel,
            content=content,
        )
    )


def about_effect(tx: Tx, event: str, effect: Effect, actor: Actor, **content: Any) -> None:
    tx.record(
        AuditEvent(
            event=event,
            actor=actor,
            thread=effect.thread,
            action_id=effect.action_id,
            review_id=effect.review_id,
            effect_id=effect.id,
            digest=effect.digest,
            content={"tool": effect.tool, "attempt": effect.attempt, **content},
        )
    )


def about_action(
    tx: Tx, event: str, action_id: ActionId, thread: str, digest: Digest, actor: Actor, verdict: Verdict,
    **content: Any,
) -> None:  # fmt: skip
    tx.record(
        AuditEvent(
            event=event,
            actor=actor,
            thread=thread,
            action_id=action_id,
            digest=digest,
            policy=policy_of(verdict),
            content={"rule": verdict.rule, **content},
        )
    )
