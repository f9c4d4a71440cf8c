"""The stop switch, and whether the server is well."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from signoff.domain.account import KeyHolder
from signoff.domain.person import Scope
from signoff.services import workspace
from signoff.store.catalog import StopState
from signoff.web.api.schemas import HealthOut, NothingIn, ReasonIn, StopOut
from signoff.web.api.strict import StrictRoute
from signoff.web.auth import CoreDep, needs
from signoff.web.errors import declared

router = APIRouter(tags=["workspace"], route_class=StrictRoute)

Admin = Annotated[KeyHolder, Depends(needs(Scope.ADMIN))]


@router.post("/stop", responses=declared(401, 403, 413, 422))
def stop(core: CoreDep, holder: Admin, body: ReasonIn) -> StopOut:
    """Block every start of an effect in this workspace until `/go`."""
    with core.database.begin(holder.key.workspace) as tx:
        workspace.stop(tx, holder.actor, body.reason)
        state = workspace.stop_state(tx)
    return _shown(state)


@router.post("/go", responses=declared(401, 403, 413, 422))
def go(core: CoreDep, holder: Admin, _body: NothingIn | None = None) -> StopOut:
    """Let effects start again."""
    with core.database.begin(holder.key.workspace) as tx:
        workspace.go(tx, core, holder.actor)
    return _shown(None)


@router.get("/health", responses=declared(503))
def health(core: CoreDep) -> HealthOut:
    """Whether the database is there and of this version; needs no key."""
    core.database.check_ready()
    return HealthOut(status="ok", database=core.database.dialect)


def _shown(state: StopState | None) -> StopOut:
    if state is None:
        return StopOut(stopped=False)
    return StopOut(stopped=True, at=state.at, by=state.by, reason=state.reason)
