"""One review as a page, and its small status for the browser to ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import JSONResponse, Response

from signoff.domain.account import Session
from signoff.domain.ids import ReviewId, WorkspaceId
from signoff.domain.review import Review, ReviewState
from signoff.services import query
from signoff.services.core import Core
from signoff.services.inbox import next_for
from signoff.web.api.params import Id
from signoff.web.auth import CoreDep, SessionDep, SettingsDep
from signoff.web.live import Live
from signoff.web.pages import parts, words
from signoff.web.pages.common import client_token, page, read_sources, stop_state
from signoff.web.pages.editing import draft_of, ticked, with_flags_of
from signoff.web.pages.form import with_typed
from signoff.web.pages.looking import seen_looking
from signoff.web.pages.redline import Change
from signoff.web.pages.seen import seen_of
from signoff.web.pages.view import ReviewView, is_moving, review_view, version_of
from signoff.web.pages.whereabouts import of_review

router = APIRouter()


@dataclass(frozen=True)
class Conflict:
    """Something came first: what, and what the person had typed."""

    heading: str
    detail: str
    kept: Sequence[tuple[str, str]] = ()
    read: str | None = None
    """Digest of the draft that was read, where another one has taken its place."""
    noted: bool = False
    """Whether their reason was recorded as a comment."""


@dataclass(frozen=True)
class Attempt:
    """A form that was sent and not accepted: all of it is shown again."""

    typed: Mapping[str, str]
    problems: Mapping[str, str]
    """By JSON pointer into the form."""
    errors: Sequence[tuple[str, str]]
    """Element id and message, for the summary at the top."""
    conflict: Conflict | None = None


NO_ATTEMPT = Attempt({}, {}, ())
_TYPED = ("choice", "reason", "answer", "comment")


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
    with core.database.read(session.person.workspace) as tx:
        sources = read_sources(tx, core, review_id, session.person)
        whereabouts = of_review(tx, sources.file.review, sources.tool, session.person)
        view = review_view(replace(sources, whereabouts=whereabouts))
        stopped = stop_state(tx)
        before, after = query.neighbours_of(tx, view.review)
        following = next_for(tx, session.person, beside=view.review)
        looking = seen_looking(tx, view.review, session.person)
        seen, draft = seen_of(view), None
        editing = editing and view.may_approve and bool(view.form)
        if attempt.typed and editing:
            draft, replaced = draft_of(tx, core, view, attempt.typed)
            form = with_typed(
                view.form, {**attempt.typed, **replaced}, {**draft.problems, **attempt.problems}
            )
            view = replace(with_flags_of(view, draft), form=form)
    if attempt.typed and view.other is not None:
        [other] = with_typed((view.other,), attempt.typed, attempt.problems)
        view = replace(view, other=other)
    typed: dict[str, object] = {name: attempt.typed.get(name, "") for name in _TYPED}
    typed["acks"] = frozenset() if attempt.conflict else ticked(attempt.typed)
    return page(
        request,
        "review.html",
        session=session,
        stopped=stopped,
        status=status,
        view=view,
        looking=looking,
        editing=editing,
        typed=typed,
        draft=draft,
        seen=seen,
        replaced=(),
        errors=attempt.errors,
        conflict=attempt.conflict,
        news=_news_of_draft(view, attempt.conflict),
        refresh_after=_refresh_after(view),
        client_token=client_token(),
        next_waiting=following.id if following else None,
        before=before,
        after=after,
    )


def _news_of_draft(view: ReviewView, conflict: Conflict | None) -> tuple[tuple[str, tuple[Change, ...]], ...]:
    """What changed since the draft that somebody read before their answer came too late."""
    if conflict is None or conflict.read is None:
        return ()
    file = view.sources.file
    read = next((r for r in file.revisions if r.digest == conflict.read), file.current)
    return parts.differences(read.arguments, file.current.arguments)


def _refresh_after(view: ReviewView) -> int | None:
    """Seconds after which a browser without script loads the page again."""
    if not is_moving(view):
        return None
    return view.settling.seconds_left + 2 if view.settling else 3


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
        return "This review changed while you were reading it."
    by = f" by {review.decided_by}" if review.decided_by else ""
    when = "" if review.state is ReviewState.CLOSED else ", and can still be taken back"
    return f"{words.OUTCOME[review.outcome]}{by}{when}."
