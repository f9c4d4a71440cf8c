"""The ledger's moves around one execution: claim, heartbeat, record."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any

from signoff.domain.action import Action
from signoff.domain.effect import Effect, EffectState, effect_id
from signoff.domain.ids import Digest, EffectId
from signoff.domain.person import AGENT, SYSTEM, Actor, ActorKind
from signoff.domain.policy import RuleEffect
from signoff.domain.review import Review, ReviewKind
from signoff.domain.value import Value
from signoff.services import entries
from signoff.services.core import Core
from signoff.services.propose import Proposed, open_review, revoke, rule_actor
from signoff.services.settle import close_question, locked_question
from signoff.services.settlement import locked_effect
from signoff.services.wake import wake
from signoff.store import actions, effects, reviews, threads
from signoff.store.actions import StoredAction
from signoff.store.database import Tx


class Start(Value):
    """Run it now: the claim is durable once the transaction commits."""

    effect: Effect
    fence: int
    review: Review | None


class Replay(Value):
    """It ran before; hand out what is known of it."""

    effect: Effect
    review: Review | None


class WaitFor(StrEnum):
    REVIEW = "review"
    IN_PROGRESS = "in_progress"
    SETTLEMENT = "settlement"
    STOP_SWITCH = "stop_switch"


class Wait(Value):
    """Not yet: leave the node unfinished; a wake-up comes."""

    cause: WaitFor
    subject: str


class Refused(Value):
    """It must not run."""

    review: Review | None
    effect: Effect | None
    summary: str
    stop: bool = False
    """Whether the run ends here instead of handing the refusal to the agent."""


Step = Start | Replay | Wait | Refused


def claim_proposed(tx: Tx, core: Core, proposed: Proposed) -> Step:
    """Like `claim`, for what this transaction proposed."""
    if proposed.planned is None:
        return claim(tx, core, proposed.stored)
    return _start(tx, core, proposed.planned, rule_actor(proposed.stored.verdict), None)


def claim(tx: Tx, core: Core, stored: StoredAction) -> Step:
    """What may be done about an action now; `Start` holds the exclusive right to run it."""
    effect = effects.get(tx, effect_of(stored), lock=True)
    review = _review_of(tx, stored)
    if effect is None:
        return _without_effect(stored, review)
    if effect.state is EffectState.STARTED and effect.lease_until and effect.lease_until < tx.now:
        effect = lose(tx, core, effect)
    match effect.state:
        case EffectState.PLANNED:
            return _start(tx, core, effect, _authority(stored, review), review)
        case EffectState.STARTED:
            effects.mark_awaited(tx, effect.id)
            return Wait(cause=WaitFor.IN_PROGRESS, subject=effect.id)
        case EffectState.UNKNOWN if effect.result is None and effect.settlement is None:
            return Wait(cause=WaitFor.SETTLEMENT, subject=effect.id)
        case EffectState.EXPIRED:
            return Refused(review=review, effect=effect, summary="The approval ran out before it was used.")
        case EffectState.REVOKED:
            return Refused(
                review=review, effect=effect, summary=effect.error or "The approval was taken back."
            )
        case _:
            return Replay(effect=effect, review=review)


class Seen(Value):
    """An action as one look found it, with what was decided about it."""

    stored: StoredAction
    effect: Effect | None
    review: Review | None

    @property
    def is_ready(self) -> bool:
        """Whether it has an authorisation that has not started."""
        return self.effect is not None and self.effect.state is EffectState.PLANNED

    @property
    def edited(self) -> dict[str, Any] | None:
        """The arguments that a person put in place of the agent's, if they are authorised and not started."""
        if self.effect is None or not self.is_ready or self.effect.digest == self.effect.action_digest:
            return None
        return self.effect.arguments


def look(tx: Tx, action: Action, digest: Digest) -> Seen | None:
    """What is known of an action now, None if it was not proposed before; nothing is claimed by it."""
    found = threads.look(tx, action.thread, action.key, digest)
    return None if found is None else Seen(stored=found.stored, effect=found.effect, review=found.review)


def unauthorised(seen: Seen) -> Step:
    """What becomes of an action that has no effect, as it was seen: it waits, or is refused for good."""
    return _without_effect(seen.stored, seen.review)


def start(tx: Tx, core: Core, seen: Seen) -> Step:
    """Like `claim`, for what was ready when it was looked at, and mostly still is."""
    if seen.effect is None:
        raise ValueError("only what is ready can start")
    started = _started(tx, core, seen.effect, _authority(seen.stored, seen.review), seen.review)
    return started or claim(tx, core, seen.stored)


def withhold(tx: Tx, stored: StoredAction, reason: str) -> None:
    """Take an authorisation back that must not be used after all."""
    revoke(tx, effect_of(stored), reason)


def is_ready(tx: Tx, stored: StoredAction) -> bool:
    """Whether the action has an authorisation that has not started."""
    effect = effects.get(tx, effect_of(stored))
    return effect is not None and effect.state is EffectState.PLANNED


def effect_of(stored: StoredAction) -> EffectId:
    """The id of the effect that an authorisation of the action has."""
    action = stored.action
    return effect_id(action.workspace, action.thread, action.key, stored.digest)


def _review_of(tx: Tx, stored: StoredAction) -> Review | None:
    return reviews.latest_of_action(tx, stored.id) if stored.verdict.effect is RuleEffect.REVIEW else None


def _without_effect(stored: StoredAction, review: Review | None) -> Step:
    if review is None:
        return Refused(review=None, effect=None, summary=stored.verdict.summary)
    if review.is_live:
        return waits_for(review)
    return Refused(review=review, effect=None, summary=review.reason)


def waits_for(review: Review) -> Wait:
    """The step of a call whose review is not closed."""
    return Wait(cause=WaitFor.REVIEW, subject=review.id)


def _start(tx: Tx, core: Core, effect: Effect, authority: Actor, review: Review | None) -> Step:
    started = _started(tx, core, effect, authority, review)
    if started is not None:
        return started
    if effect.valid_until <= tx.now:
        return _expire(tx, effect, review)
    return Wait(cause=WaitFor.STOP_SWITCH, subject=effect.id)


def _started(tx: Tx, core: Core, effect: Effect, authority: Actor, review: Review | None) -> Start | None:
    """The claim on a planned effect; None when it is not planned, not valid, or the workspace is stopped."""
    claimed = effects.start(tx, effect.id, tx.now + core.settings.lease)
    if claimed is None:
        return None
    fence, attempt = claimed
    started = effect.model_copy(update={"state": EffectState.STARTED, "fence": fence, "attempt": attempt})
    entries.about_effect(tx, "effect.started", started, authority, fence=fence)
    return Start(effect=started, fence=fence, review=review)


def _expire(tx: Tx, effect: Effect, review: Review | None) -> Refused:
    effects.move(tx, effect.id, EffectState.PLANNED, EffectState.EXPIRED, finished_at=tx.now)
    entries.about_effect(tx, "effect.expired", effect, SYSTEM, valid_until=effect.valid_until)
    expired = effect.model_copy(update={"state": EffectState.EXPIRED})
    return Refused(review=review, effect=expired, summary="The approval ran out before it was used.")


def _authority(stored: StoredAction, review: Review | None) -> Actor:
    if review is not None:
        return Actor(kind=ActorKind.PERSON, id=review.id, name=review.decided_by or "")
    return rule_actor(stored.verdict)


def heartbeat(tx: Tx, effect: Effect, fence: int, lease: timedelta) -> bool:
    """Keep the claim alive; False when it is lost."""
    return effects.extend_lease(tx, effect.id, fence, tx.now + lease)


def record(
    tx: Tx, core: Core, effect: Effect, fence: int, state: EffectState, result: str | None, error: str = ""
) -> None:
    """Write down how an execution ended; an unknown end asks a person.

    A result that comes after the claim was lost settles an effect that is still unknown, and is
    evidence otherwise.
    """
    awaited = effects.finish(tx, effect.id, fence, state, result, error)
    ended = effect.model_copy(update={"state": state, "fence": fence})
    if awaited is None:
        _record_late(tx, core, ended, fence, state, result, error)
        return
    entries.about_effect(tx, f"effect.{state.value}", ended, AGENT, fence=fence, error=error)
    if state is EffectState.UNKNOWN:
        ask_what_happened(tx, core, ended)
    if awaited:
        wake(tx, core, effect.thread)


def _record_late(
    tx: Tx, core: Core, effect: Effect, fence: int, state: EffectState, result: str | None, error: str
) -> None:
    question = locked_question(tx, effect.id)
    now = locked_effect(tx, effect.id)
    fits = now is not None and now.state is EffectState.UNKNOWN and now.fence == fence
    if fits and state in (EffectState.SUCCEEDED, EffectState.FAILED):
        effects.move(
            tx, effect.id, EffectState.UNKNOWN, state, result=result, error=error, finished_at=tx.now
        )
        entries.about_effect(tx, f"effect.{state.value}", effect, AGENT, fence=fence, late=True)
        close_question(tx, core, question, SYSTEM, "The result arrived after all.")
        wake(tx, core, effect.thread)
    else:
        entries.about_effect(
            tx, "effect.late_result", effect, AGENT, fence=fence, claimed=state.value, error=error
        )


def lose(tx: Tx, core: Core, effect: Effect) -> Effect:
    """A started effect whose lease is over: unknown, unless its own key lets it try again."""
    moved = effects.move(
        tx, effect.id, EffectState.STARTED, EffectState.UNKNOWN, lease_until=None, error="The worker died."
    )
    if not moved:
        return effects.get(tx, effect.id) or effect
    lost = effect.model_copy(update={"state": EffectState.UNKNOWN, "lease_until": None})
    entries.about_effect(tx, "effect.unknown", lost, SYSTEM, error="The worker died.")
    if effects.is_retryable(tx, effect.id):
        valid_until = max(effect.valid_until, tx.now + core.settings.lease)
        effects.move(tx, effect.id, EffectState.UNKNOWN, EffectState.PLANNED, valid_until=valid_until)
        entries.about_effect(tx, "effect.planned_again", lost, SYSTEM, why="The tool takes a key.")
        return lost.model_copy(update={"state": EffectState.PLANNED, "valid_until": valid_until})
    if not core.lookups.knows(effect.tool):
        ask_what_happened(tx, core, lost)
    return lost


def ask_what_happened(tx: Tx, core: Core, effect: Effect) -> None:
    """Open the question to a person whether an effect of unknown outcome happened."""
    if reviews.live_settlement(tx, effect.id) is not None:
        return
    stored = actions.get(tx, effect.action_id)
    verdict = stored.verdict.model_copy(
        update={
            "stages": core.judge.policy.stages,
            "summary": "The outcome is unknown. Look at the target before you answer.",
            "expires_after": _NEVER,
        }
    )
    ran = stored.action.revised(effect.arguments)
    question = stored.model_copy(
        update={"verdict": verdict, "digest": effect.digest, "action": ran, "flags": ()}
    )
    title = f"Did it happen? {core.judge.title(effect.tool, effect.arguments)}"
    open_review(tx, core, question, ReviewKind.SETTLEMENT, title, None, None, settles=effect.id)


_NEVER = timedelta(days=36_500)
