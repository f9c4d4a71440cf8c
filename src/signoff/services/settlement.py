"""Settling effects of unknown outcome: by a person, by a lookup, or by the tool's own key."""

from __future__ import annotations

from signoff.domain.effect import Effect, EffectState, Settlement
from signoff.domain.errors import EffectNotOpen, NotFound
from signoff.domain.ids import EffectId
from signoff.domain.person import Actor
from signoff.services import entries
from signoff.services.core import Core
from signoff.services.wake import wake
from signoff.store import effects, runs
from signoff.store.database import Tx


def settle_effect(
    tx: Tx, core: Core, effect_id: EffectId, settlement: Settlement, actor: Actor, reason: str = ""
) -> Effect:
    """Write down what somebody found out about an effect of unknown outcome; its thread goes on.

    Raises:
        NotFound: no such effect.
        EffectNotOpen: it is not unknown, or was settled before.
    """
    effect = locked_effect(tx, effect_id)
    if effect is None:
        raise NotFound("effect", effect_id)
    if effect.state is not EffectState.UNKNOWN or effect.settlement is not None:
        raise EffectNotOpen(effect_id, effect.settlement or effect.state)
    if settlement is Settlement.ABANDON:
        effects.abandon(tx, effect_id, None)
    else:
        target = _TARGETS[settlement]
        effects.move(tx, effect_id, EffectState.UNKNOWN, target, settlement=settlement, finished_at=tx.now)
    settled = effects.get(tx, effect_id) or effect
    entries.about_effect(tx, "effect.settled", settled, actor, settlement=settlement.value, reason=reason)
    wake(tx, core, effect.thread)
    return settled


def locked_effect(tx: Tx, effect_id: EffectId) -> Effect | None:
    """The effect with its run locked first: the order in which closing a review locks them too."""
    found = effects.get(tx, effect_id)
    if found is None:
        return None
    runs.get(tx, found.thread, lock=True)
    return effects.get(tx, effect_id, lock=True)


_TARGETS = {
    Settlement.HAPPENED: EffectState.SUCCEEDED,
    Settlement.DID_NOT_HAPPEN: EffectState.FAILED,
}


def try_again(tx: Tx, core: Core, effect: Effect, actor: Actor, why: str) -> None:
    """Plan an unknown effect anew under the same key; the target tells repeats apart."""
    if effects.move(
        tx, effect.id, EffectState.UNKNOWN, EffectState.PLANNED, valid_until=max(effect.valid_until, tx.now)
    ):
        entries.about_effect(tx, "effect.planned_again", effect, actor, why=why)
        wake(tx, core, effect.thread)
