"""Runs: start one, look at them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from signoff.domain.account import KeyHolder
from signoff.domain.errors import GraphUnknown, NotAllowed
from signoff.domain.ids import ThreadId
from signoff.domain.person import Scope
from signoff.domain.run import RunStatus
from signoff.services import runs
from signoff.services.sight import Sight
from signoff.store.runs import RunFilter
from signoff.web.api.params import After, Id, Limit
from signoff.web.api.schemas import PageOut, RunIn, RunOut
from signoff.web.api.strict import StrictRoute
from signoff.web.auth import CoreDep, SettingsDep, needs
from signoff.web.errors import declared

router = APIRouter(prefix="/runs", tags=["runs"], route_class=StrictRoute)

Starter = Annotated[KeyHolder, Depends(needs(Scope.RUNS_START))]
Reader = Annotated[KeyHolder, Depends(needs(Scope.RUNS_START, Scope.REVIEWS_READ))]


@router.post(
    "",
    status_code=201,
    responses={
        200: {"model": RunOut, "description": "The run that this dedupe key started before"},
        **declared(401, 403, 409, 413, 422),
    },
)
def start_run(
    core: CoreDep, settings: SettingsDep, holder: Starter, body: RunIn, response: Response
) -> RunOut:
    """Queue a run. With a `dedupe_key` that was used before, answer 200 with the first run."""
    if settings.graphs is not None and body.graph not in settings.graphs:
        raise GraphUnknown(body.graph, settings.graphs)
    with core.database.begin(holder.key.workspace) as tx:
        run, created = runs.start_run(
            tx,
            core,
            body.graph,
            body.input,
            thread=None if body.thread is None else ThreadId(body.thread),
            requester=_requester(holder, body.requester),
            trigger="api",
            dedupe_key=body.dedupe_key,
        )
    if not created:
        response.status_code = 200
    return RunOut.of(run)


def _requester(holder: KeyHolder, wanted: str | None) -> str | None:
    """A person's key starts runs in that person's name, so that four eyes cannot be got around."""
    if holder.person is None or holder.may(Scope.ADMIN):
        return wanted
    if wanted not in (None, holder.person.email):
        raise NotAllowed("admin, to start a run in another person's name")
    return holder.person.email


@router.get("", responses=declared(401, 403, 422))
def list_runs(
    core: CoreDep,
    holder: Reader,
    status: Annotated[RunStatus | None, Query()] = None,
    after: After = None,
    limit: Limit = 25,
) -> PageOut[RunOut]:
    """Runs, newest first."""
    with core.database.read(holder.key.workspace) as tx:
        page = runs.list_runs(tx, RunFilter(status=status), after=after, limit=limit)
        sight = Sight(tx, core, holder.viewer)
        return PageOut(items=[RunOut.of(sight.run(run)) for run in page.items], next=page.next)


@router.get("/{thread:path}", responses=declared(401, 403, 404, 422))
def read_run(core: CoreDep, holder: Reader, thread: Id) -> RunOut:
    """The run of a thread."""
    with core.database.read(holder.key.workspace) as tx:
        return RunOut.of(Sight(tx, core, holder.viewer).run(runs.get_run(tx, ThreadId(thread))))
