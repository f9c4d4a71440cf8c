"""Effects that await settlement, and the audit chain."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from signoff.domain.account import KeyHolder
from signoff.domain.effect import EffectState
from signoff.domain.ids import EffectId
from signoff.domain.person import Scope, as_actor
from signoff.services import audit, query, settle
from signoff.services.sight import Sight
from signoff.web.api.params import After, Id, Limit, Seq, Word
from signoff.web.api.schemas import AuditEntryOut, ChainHeadOut, EffectOut, PageOut, SettleIn
from signoff.web.api.strict import StrictRoute
from signoff.web.auth import CoreDep, needs, person_of
from signoff.web.errors import declared

router = APIRouter(route_class=StrictRoute)

Reader = Annotated[KeyHolder, Depends(needs(Scope.EFFECTS_READ, Scope.EFFECTS_SETTLE))]
Settler = Annotated[KeyHolder, Depends(needs(Scope.EFFECTS_SETTLE))]
Auditor = Annotated[KeyHolder, Depends(needs(Scope.AUDIT_READ))]


@router.get("/effects", tags=["effects"], responses=declared(401, 403, 422))
def list_effects(
    core: CoreDep,
    holder: Reader,
    state: Annotated[EffectState | None, Query()] = None,
    after: After = None,
    limit: Limit = 25,
) -> PageOut[EffectOut]:
    """Effects, newest first; `state=unknown` are those that a person must settle."""
    with core.database.read(holder.key.workspace) as tx:
        page = query.list_effects(tx, state, after=after, limit=limit)
        shown = Sight(tx, core, holder.viewer).effects(page.items)
    return PageOut(items=[EffectOut.of(effect) for effect in shown], next=page.next)


@router.post(
    "/effects/{effect_id}/settle", tags=["effects"], responses=declared(401, 403, 404, 409, 413, 422)
)
def settle_effect(core: CoreDep, holder: Settler, effect_id: Id, body: SettleIn) -> EffectOut:
    """Say what became of an effect of unknown outcome. Only a person's key may."""
    person = person_of(holder)
    with core.database.begin(holder.key.workspace) as tx:
        settled = settle.settle(tx, core, EffectId(effect_id), body.settlement, as_actor(person), body.reason)
        settled = Sight(tx, core, holder.viewer).effect(settled)
    return EffectOut.of(settled)


@router.get("/audit", tags=["audit"], responses=declared(401, 403, 422))
def list_audit(
    core: CoreDep,
    holder: Auditor,
    after: Seq = 0,
    limit: Limit = 100,
    review_id: Word = None,
    thread: Word = None,
) -> PageOut[AuditEntryOut]:
    """Entries in the order of the chain."""
    with core.database.read(holder.key.workspace) as tx:
        page = query.audit_entries(tx, after=after, limit=limit, review_id=review_id, thread=thread)
        shown = Sight(tx, core, holder.viewer).entries(page.items)
    return PageOut(items=[AuditEntryOut.of(entry) for entry in shown], next=page.next)


@router.get("/audit/head", tags=["audit"], responses=declared(401, 403))
def read_head(core: CoreDep, holder: Auditor) -> ChainHeadOut:
    """Where the chain ends now."""
    with core.database.read(holder.key.workspace) as tx:
        return ChainHeadOut.of(audit.head(tx))
