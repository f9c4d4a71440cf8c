"""The list of runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from signoff.domain.account import Session
from signoff.domain.permission import Permission
from signoff.domain.run import Run, RunStatus
from signoff.domain.visibility import viewer_of
from signoff.services import runs
from signoff.services.sight import Sight
from signoff.store import catalog, reviews
from signoff.store.runs import RunFilter
from signoff.web.api.schemas import Word
from signoff.web.auth import CoreDep, allowed
from signoff.web.pages import words
from signoff.web.pages.common import page, stop_state
from signoff.web.pages.reveal import Piece, flat, reveal
from signoff.web.pages.whereabouts import run_href

router = APIRouter()
PAGE = 25
Reader = Annotated[Session, Depends(allowed(Permission.READ_RUNS))]
_FILTERS = ("status", "graph", "thread")


@dataclass(frozen=True)
class RunRow:
    """One run in the list."""

    run: Run
    href: str
    thread: tuple[Piece, ...]
    status: str
    waiting: int
    age: str
    error: str


@router.get("/runs")
def run_list(
    request: Request, core: CoreDep, session: Reader, after: Annotated[Word, Query()] = ""
) -> Response:
    """One page of runs, newest first; every filter stands in the address."""
    values = {name: request.query_params.get(name, "").strip()[:200] for name in _FILTERS}
    if any("\0" in value for value in values.values()):
        values = dict.fromkeys(_FILTERS, "")
    status = values["status"]
    wanted = RunFilter(
        status=RunStatus(status) if status in set(RunStatus) else None,
        graph=values["graph"] or None,
        thread=values["thread"] or None,
    )
    with core.database.read(session.person.workspace) as tx:
        found = runs.list_runs(tx, wanted, after=after or None, limit=PAGE)
        sight = Sight(tx, core, viewer_of(session.person))
        shown = [sight.run(run) for run in found.items]
        waiting = reviews.count_live_by_thread(tx, [run.thread for run in found.items])
        graphs = catalog.graph_names(tx)
        stopped, now = stop_state(tx), tx.now
    given = {name: value for name, value in values.items() if value}
    return page(
        request,
        "runs.html",
        session=session,
        stopped=stopped,
        rows=[_row(run, waiting.get(run.thread, 0), now) for run in shown],
        values=values,
        filtered=bool(given),
        statuses=[(status.value, words.status(status)) for status in RunStatus],
        graphs=graphs,
        next_href=_href(given, found.next) if found.next else None,
        first_href=_href(given) if after else None,
    )


def _href(given: dict[str, str], after: str | None = None) -> str:
    query = urlencode({**given, **({"after": after} if after else {})})
    return f"/runs?{query}" if query else "/runs"


def _row(run: Run, waiting: int, now: datetime) -> RunRow:
    return RunRow(
        run=run,
        href=run_href(run),
        thread=reveal(run.thread[:120]),
        status=words.run_status(run),
        waiting=waiting,
        age=words.ago(run.updated_at, now),
        error=flat(run.error, 160),
    )
