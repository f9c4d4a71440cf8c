"""What time alone brings: settled and expired reviews, lost leases, missed wake-ups."""

from __future__ import annotations

from signoff.domain.effect import Effect, EffectState, Settlement
from signoff.domain.ids import EffectId, ReviewId, WorkspaceId
from signoff.domain.person import REAPER
from signoff.services.core import Core
from signoff.services.decide import close_settled
from signoff.services.lookup import Found
from signoff.services.perform import ask_what_happened, lose
from signoff.services.settle import close_question, locked_question
from signoff.services.settlement import locked_effect, settle_effect, try_again
from signoff.services.wake import enqueue_resume
from signoff.store import effects, reviews, runs


def sweep(core: Core) -> None:
    """One pass over every workspace; each item in a transaction of its own."""
    with core.database.read() as tx:
        due = reviews.due_to_close(tx)
        lost = effects.abandoned_leases(tx)
        missed = runs.unserved(tx)
    for workspace, review_id in due:
        close_one(core, workspace, review_id)
    for workspace, effect_id in lost:
        reap(core, workspace, effect_id)
    for workspace, thread in missed:
        with core.database.begin(workspace) as tx:
            enqueue_resume(tx, core, thread)


def close_one(core: Core, workspace: WorkspaceId, review_id: ReviewId) -> None:
    with core.database.begin(workspace) as tx:
        close_settled(tx, core, review_id)


def reap(core: Core, workspace: WorkspaceId, effect_id: EffectId) -> None:
    """Move one effect with a lost lease to unknown, and find out what happened if anybody can tell."""
    with core.database.begin(workspace) as tx:
        effect = effects.get(tx, effect_id, lock=True)
        if effect is None or effect.state is not EffectState.STARTED:
            return
        if effect.lease_until is None or effect.lease_until > tx.now:
            return
        lost = lose(tx, core, effect)
        if lost.state is EffectState.PLANNED:
            enqueue_resume(tx, core, lost.thread)
    if lost.state is EffectState.UNKNOWN:
        look_up(core, lost)


def look_up(core: Core, effect: Effect) -> Found:
    """Ask the tool's target about an unknown effect, and write down what it says."""
    if not core.lookups.knows(effect.tool):
        return Found.UNSURE
    answer = core.lookups.ask(effect)
    with core.database.begin(effect.workspace) as tx:
        question = locked_question(tx, effect.id)
        now = locked_effect(tx, effect.id)
        if now is None or now.state is not EffectState.UNKNOWN or now.settlement is not None:
            return answer
        match answer:
            case Found.DONE:
                settle_effect(tx, core, effect.id, Settlement.HAPPENED, REAPER, "The target holds it.")
                close_question(tx, core, question, REAPER, "The target holds it.")
            case Found.ABSENT:
                try_again(tx, core, now, REAPER, "The target does not hold it.")
                close_question(tx, core, question, REAPER, "The target does not hold it.")
            case Found.UNSURE:
                ask_what_happened(tx, core, now)
    return answer
