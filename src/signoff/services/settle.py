"""A person settles an effect directly; its open question closes with it."""

from __future__ import annotations

from signoff.domain.effect import Effect, Settlement
from signoff.domain.errors import QuestionOpen
from signoff.domain.ids import EffectId
from signoff.domain.person import Actor
from signoff.domain.review import Outcome, Resolution, Review
from signoff.services.close import close_review
from signoff.services.core import Core
from signoff.services.settlement import settle_effect
from signoff.store import reviews
from signoff.store.database import Tx


def settle(
    tx: Tx, core: Core, effect_id: EffectId, settlement: Settlement, actor: Actor, reason: str
) -> Effect:
    """Settle an effect of unknown outcome.

    Raises:
        NotFound: no such effect.
        EffectNotOpen: it is not unknown, or was settled before.
    """
    question = locked_question(tx, effect_id)
    settled = settle_effect(tx, core, effect_id, settlement, actor, reason)
    close_question(tx, core, question, actor, reason)
    return settled


def locked_question(tx: Tx, effect_id: EffectId) -> Review | None:
    """The open question about an effect, to be locked before the effect is: a vote locks in this order."""
    question = reviews.live_settlement(tx, effect_id)
    return None if question is None else reviews.get(tx, question.id, lock=True)


def close_question(tx: Tx, core: Core, question: Review | None, actor: Actor, reason: str) -> None:
    """Take back a question that something else has answered."""
    if question is not None and question.is_live:
        close_review(tx, core, question, Outcome.WITHDRAWN, Resolution.OVERRIDE, actor, reason)


def settle_unasked(
    tx: Tx, core: Core, effect_id: EffectId, settlement: Settlement, actor: Actor, reason: str
) -> Effect:
    """Settle an effect about which nobody is asked; an open question is answered by those who may.

    Raises:
        NotFound, EffectNotOpen: as `settle` says.
        QuestionOpen: a review asks about it.
    """
    question = locked_question(tx, effect_id)
    if question is not None and question.is_live:
        raise QuestionOpen(effect_id, question.id)
    return settle_effect(tx, core, effect_id, settlement, actor, reason)
