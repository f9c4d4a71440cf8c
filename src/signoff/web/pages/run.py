"""The page of one run for engineers, and its retry."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from signoff.domain.account import Session
from signoff.domain.errors import NotFound
from signoff.domain.ids import RunId, ThreadId
from signoff.domain.permission import Permission, permissions_of
from signoff.domain.person import as_actor
from signoff.domain.run import Run
from signoff.domain.visibility import viewer_of
from signoff.services import query
from signoff.services.retry import retry_run
from signoff.services.sight import Sight
from signoff.store import reviews, runs, snapshots
from signoff.store.database import Tx
from signoff.store.reviews import ReviewFilter
from signoff.web.api.params import Id
from signoff.web.api.schemas import Word
from signoff.web.auth import CoreDep, SettingsDep, allowed
from signoff.web.pages.common import form_of, page, stop_state
from signoff.web.pages.run_view import RunSources, run_view
from signoff.web.pages.translate import gettext
from signoff.web.pages.whereabouts import drawn, run_href
from signoff.web.settings import WebSettings

router = APIRouter()
Reader = Annotated[Session, Depends(allowed(Permission.READ_RUNS))]
Retrier = Annotated[Session, Depends(form_of(Permission.RETRY_RUNS))]
_REVIEWS = 50


@router.get("/runs/{thread:path}")
def run_page(
    request: Request,
    core: CoreDep,
    settings: SettingsDep,
    session: Reader,
    thread: Id,
    find: Annotated[Word, Query()] = "",
) -> Response:
    """Everything that is known about one run; looking at it changes nothing."""
    with core.database.read(session.person.workspace) as tx:
        run, sight = find_run(tx, thread), Sight(tx, core, viewer_of(session.person))
        sources = _sources(tx, sight, run)
        withheld = _withheld(sight, run, settings)
        stopped = stop_state(tx)
    may = permissions_of(session.person.roles)
    view = run_view(sources, find=find.strip(), withheld=withheld)
    return page(
        request,
        "run.html",
        session=session,
        stopped=stopped,
        view=view,
        find=find.strip(),
        may_retry=Permission.RETRY_RUNS in may,
        may_settle=Permission.RETRY_RUNS in may,
    )


def find_run(tx: Tx, word: str) -> Run:
    """The run of a thread, or the one with this id.

    Raises:
        NotFound: there is neither.
    """
    found = runs.get(tx, ThreadId(word)) or runs.with_id(tx, RunId(word))
    if found is None:
        raise NotFound("run", word)
    return found


def _sources(tx: Tx, sight: Sight, run: Run) -> RunSources:
    stored = snapshots.get(tx, run.thread)
    effects = sight.effects(query.effects_of_thread(tx, run.thread))
    asked = {
        effect.id: reviews.live_settlement(tx, effect.id) for effect in effects if effect.awaits_settlement
    }
    return RunSources(
        run=sight.run(run),
        stored=stored,
        whereabouts=drawn(tx, run, stored.snapshot if stored else None),
        reviews=sight.heads(query.list_reviews(tx, ReviewFilter(thread=run.thread), limit=_REVIEWS).items),
        effects=effects,
        questions={id: question.id for id, question in asked.items() if question is not None},
        history=sight.entries(query.thread_history(tx, run.thread)),
        now=tx.now,
    )


def _withheld(sight: Sight, run: Run, settings: WebSettings) -> str:
    """Why the values of the run's state are not shown; empty when they are."""
    if not settings.show_state:
        return gettext("The settings keep the values of state to themselves (show_state = false).")
    if not sight.sees_all_of(run.thread):
        return gettext("The state holds fields that are hidden from you.")
    return ""


@router.post("/runs/{thread:path}/retry")
def retry(core: CoreDep, session: Retrier, thread: Id) -> Response:
    """Enqueue a wake-up of a run that failed; a worker gives it."""
    with core.database.begin(session.person.workspace) as tx:
        run = retry_run(tx, core, find_run(tx, thread).thread, as_actor(session.person), "page")
    return RedirectResponse(run_href(run), 303)
