"""Closing a review: its outcome, what it authorises, and the wake-up, in one transaction."""

from __future__ import annotations

from signoff.domain.effect import Effect, EffectState, Settlement, effect_id
from signoff.domain.errors import AlreadyDecided
from signoff.domain.person import Actor
from signoff.domain.review import Outcome, Resolution, Review, ReviewFile, ReviewKind, ReviewState
from signoff.services import entries
from signoff.services.core import Core
from signoff.services.query import review_file
from signoff.services.settlement import settle_effect
from signoff.services.wake import wake
from signoff.store import effects, reviews, runs
from signoff.store.database import Tx

_NEVER_WAKES = (Outcome.SUPERSEDED,)


def close_review(
    tx: Tx,
    core: Core,
    review: Review,
    outcome: Outcome,
    resolution: Resolution,
    actor: Actor,
    reason: str,
    *,
    channel: str = "system",
    file: ReviewFile | None = None,
) -> Review:
    """Close a live review; an approval plans the effect, the last of a pause wakes the thread.

    Args:
        file: the rest of the review, where it was read already.

    Raises:
        AlreadyDecided: somebody else closed it first.
    """
    runs.hold(tx, review.thread)  # so that two last reviews of one pause see each other
    closed = reviews.change(
        tx,
        review,
        state=ReviewState.CLOSED,
        outcome=outcome,
        resolution=resolution,
        decided_by=actor.name or actor.id,
        reason=reason,
        closed_at=tx.now,
        settles_at=None,
    )
    if closed is None:
        raise already_decided(reviews.get(tx, review.id) or review)
    entries.about_review(
        tx, f"review.{outcome.value}", closed, actor, channel=channel,
        outcome=outcome.value, resolution=resolution.value, reason=reason,
    )  # fmt: skip
    if review.settles_at is not None:
        core.queue.cancel(tx, close_dedupe(review))
    if review.kind is ReviewKind.SETTLEMENT:
        effect = reviews.place(tx, review.id).effect_id
        if outcome is Outcome.ANSWERED and effect is not None:
            settle_effect(tx, core, effect, Settlement(reason), actor)
        return closed
    if review.kind is ReviewKind.TOOL_CALL and outcome.runs_the_tool:
        _plan(tx, core, file or review_file(tx, review.id))
    pause = file.action.pause if file is not None else reviews.place(tx, review.id).pause
    if outcome not in _NEVER_WAKES and reviews.live_count_of_pause(tx, review.thread, pause) == 0:
        wake(tx, core, review.thread)
    return closed


def close_dedupe(review: Review) -> str:
    """The name of the job that closes the review when its settling window ends."""
    return f"close:{review.id}"


def already_decided(review: Review) -> AlreadyDecided:
    return AlreadyDecided(
        review.id,
        (review.outcome or Outcome.EXPIRED).value,
        review.decided_by,
        review.closed_at or review.settles_at,
        (review.resolution or Resolution.DECIDED).value,
    )


def _plan(tx: Tx, core: Core, file: ReviewFile) -> None:
    """The effect that the approval authorises: the current revision, until the authorisation ends."""
    action, proposed, current = file.action, file.revisions[0], file.current
    tool = core.judge_of(tx, proposed.verdict.policy_hash).policy.tool(action.tool)
    effect = Effect(
        id=effect_id(tx.workspace, action.thread, action.key, proposed.digest),
        workspace=tx.workspace,
        thread=action.thread,
        key=action.key,
        action_id=file.review.action_id,
        action_digest=proposed.digest,
        digest=current.digest,
        review_id=file.review.id,
        rule=None,
        tool=action.tool,
        effect_class=action.effect_class,
        arguments=current.arguments,
        state=EffectState.PLANNED,
        valid_until=tx.now + current.verdict.valid_for,
    )
    effects.add(tx, effect, retryable=tool.idempotency_argument is not None)
