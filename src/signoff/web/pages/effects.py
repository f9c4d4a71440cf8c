"""Effects whose outcome nobody knows, and saying what became of one about which nobody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from signoff.domain.account import Session
from signoff.domain.effect import Effect, EffectState, Settlement
from signoff.domain.errors import VoteInvalid
from signoff.domain.ids import EffectId, ReviewId
from signoff.domain.permission import Permission, permissions_of
from signoff.domain.person import as_actor
from signoff.domain.sentence import sentence
from signoff.domain.visibility import viewer_of
from signoff.services import query
from signoff.services.settle import settle_unasked
from signoff.services.sight import Sight
from signoff.store import reviews
from signoff.web.api.params import Id
from signoff.web.api.schemas import Word
from signoff.web.auth import CoreDep
from signoff.web.pages import words
from signoff.web.pages.common import FormDep, form_of, page, reject_unknown, stop_state
from signoff.web.pages.leaves import Leaf, leaves
from signoff.web.pages.reveal import Piece, reveal
from signoff.web.pages.run_list import Reader

router = APIRouter()
Settler = Annotated[Session, Depends(form_of(Permission.RETRY_RUNS))]
_PAGE = 25
_REASON_LIMIT = 10_000
_SETTLEMENTS = {settlement.value: settlement for settlement in Settlement}


@dataclass(frozen=True)
class Unknown:
    """An effect that awaits settlement."""

    effect: Effect
    tool: str
    values: tuple[Leaf, ...]
    error: tuple[Piece, ...]
    since: str
    question: ReviewId | None


@router.get("/effects")
def unknown_effects(
    request: Request, core: CoreDep, session: Reader, after: Annotated[Word, Query()] = ""
) -> Response:
    """Effects that await settlement, newest first."""
    with core.database.read(session.person.workspace) as tx:
        found = query.list_effects(tx, EffectState.UNKNOWN, unsettled=True, after=after or None, limit=_PAGE)
        unknown = Sight(tx, core, viewer_of(session.person)).effects(found.items)
        questions = {effect.id: reviews.live_settlement(tx, effect.id) for effect in unknown}
        stopped, now = stop_state(tx), tx.now
    return page(
        request,
        "effects.html",
        session=session,
        stopped=stopped,
        rows=[
            Unknown(
                effect=effect,
                tool=words.titled(effect.tool),
                values=leaves(effect.arguments),
                error=reveal(effect.error),
                since=words.ago(effect.started_at or effect.valid_until, now),
                question=question.id if (question := questions[effect.id]) else None,
            )
            for effect in unknown
        ],
        settlements=[(settlement.value, words.settlement(settlement)) for settlement in Settlement],
        may_settle=Permission.RETRY_RUNS in permissions_of(session.person.roles),
        next_after=found.next,
    )


@router.post("/effects/{effect_id}/settle")
def settle_effect(core: CoreDep, session: Settler, effect_id: Id, form: FormDep) -> Response:
    """Say what became of an effect about which nobody is asked; its thread goes on with that."""
    choice, reason = form.get("settlement", ""), form.get("reason", "").strip()
    reject_unknown(choice, _SETTLEMENTS)
    if not reason or len(reason) > _REASON_LIMIT:
        raise VoteInvalid(
            "reason",
            sentence("say how you found out, in at most %(most)s characters", most=f"{_REASON_LIMIT:,}"),
        )
    with core.database.begin(session.person.workspace) as tx:
        settle_unasked(tx, core, EffectId(effect_id), _SETTLEMENTS[choice], as_actor(session.person), reason)
    return RedirectResponse("/effects", 303)
