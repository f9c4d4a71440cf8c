"""One review as a page, and its small status for the browser to ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import JSONResponse, Response

from signoff.domain.account import Session
from signoff.domain.ids import ReviewId, WorkspaceId
from signoff.domain.review import Review, ReviewState
from signoff.services import query
from signoff.services.core import Core
from signoff.web.api.params import Id
from signoff.web.auth import CoreDep, SessionDep, SettingsDep
from signoff.web.live import Live
from signoff.web.pages import words
from signoff.web.pages.common import page
from signoff.web.pages.showing import NO_ATTEMPT, Attempt, showing
from signoff.web.pages.translate import gettext
from signoff.web.pages.view import version_of

router = APIRouter()


@router.get("/reviews/{review_id}")
def review_page(
    request: Request, core: CoreDep, session: SessionDep, review_id: Id, edit: bool = False
) -> Response:
    """The page of one review; looking at it changes nothing."""
    return show_review(request, core, session, review_id, editing=edit)


def show_review(
    request: Request,
    core: Core,
    session: Session,
    review_id: str,
    *,
    editing: bool = False,
    attempt: Attempt = NO_ATTEMPT,
    status: int = 200,
) -> Response:
    """The page of a review, after an attempt with what was typed and why it was not accepted."""
    shown = showing(core, session.person, review_id, editing=editing, attempt=attempt)
    return page(request, "review.html", session=session, status=status, **shown)


@router.get("/reviews/{review_id}/status")
def review_status(core: CoreDep, session: SessionDep, review_id: Id) -> Response:
    """Whether the page that somebody looks at is still right, in a few bytes."""
    with core.database.read(session.person.workspace) as tx:
        file = query.review_file(tx, ReviewId(review_id))
        version, effect = query.pulse_of(tx, [file.review.id])[file.review.id]
        now = tx.now
    review = file.review
    return JSONResponse(
        {
            "version": version_of(version, effect),
            "state": review.state.value,
            "open": review.state is ReviewState.OPEN,
            "text": _news(review),
            "now": now.isoformat(),
        }
    )


def _known(core: CoreDep, session: SessionDep, review_id: Id) -> WorkspaceId:
    """The workspace of a review that is there."""
    with core.database.read(session.person.workspace) as tx:
        return query.review_file(tx, ReviewId(review_id)).review.workspace


@router.get("/reviews/{review_id}/events", response_class=EventSourceResponse)
async def review_events(
    request: Request,
    settings: SettingsDep,
    workspace: Annotated[WorkspaceId, Depends(_known)],
    review_id: Id,
) -> AsyncIterator[ServerSentEvent]:
    """A word each time the review changes; the page then asks for what it needs."""
    live: Live = request.app.state.live
    async for version, effect in live.changes(workspace, review_id, settings.live_seconds):
        yield ServerSentEvent(data=version_of(version, effect), retry=1_000)


def _news(review: Review) -> str:
    if review.outcome is None:
        return gettext("This review changed while you were reading it.")
    told = words.outcome_by(review.outcome, review.decided_by)
    if review.state is ReviewState.CLOSED:
        return f"{told}."
    return gettext("%(outcome)s, and can still be taken back.", outcome=told)
