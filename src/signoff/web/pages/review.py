"""One review as a page, and its small status for the browser to ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from signoff.domain.account import Session
from signoff.domain.ids import ReviewId
from signoff.domain.review import Review, ReviewState
from signoff.services import query
from signoff.services.core import Core
from signoff.store.database import Tx
from signoff.store.reviews import ReviewFilter
from signoff.web.api.params import Id
from signoff.web.auth import CoreDep, SessionDep
from signoff.web.pages import words
from signoff.web.pages.common import client_token, page, read_sources, stop_state
from signoff.web.pages.form import with_typed
from signoff.web.pages.view import ReviewView, is_moving, review_view, version_of

router = APIRouter()


@dataclass(frozen=True)
class Conflict:
    """Something came first: what, and what the person had typed."""

    heading: str
    detail: str
    kept: Sequence[tuple[str, str]] = ()


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
        view = review_view(read_sources(tx, core, review_id, session.person))
        stopped = stop_state(tx)
        following = _next_waiting(tx, view.review) if not view.review.is_live else None
    if attempt.typed and editing:
        view = replace(view, form=with_typed(view.form, attempt.typed, attempt.problems))
    if attempt.typed and view.other is not None:
        [other] = with_typed((view.other,), attempt.typed, attempt.problems)
        view = replace(view, other=other)
    typed = {name: attempt.typed.get(name, "") for name in ("choice", "reason", "answer")}
    return page(
        request,
        "review.html",
        session=session,
        stopped=stopped,
        status=status,
        view=view,
        editing=editing and view.may_approve and bool(view.form),
        typed=typed,
        errors=attempt.errors,
        conflict=attempt.conflict,
        refresh_after=_refresh_after(view),
        client_token=client_token(),
        next_waiting=following,
    )


def _refresh_after(view: ReviewView) -> int | None:
    """Seconds after which a browser without script loads the page again."""
    if not is_moving(view):
        return None
    return view.settling.seconds_left + 2 if view.settling else 3


def _next_waiting(tx: Tx, review: Review) -> str | None:
    found = query.list_reviews(tx, ReviewFilter(state="open"), limit=2)
    return next((other.id for other in found.items if other.id != review.id), None)


@router.get("/reviews/{review_id}/status")
def review_status(core: CoreDep, session: SessionDep, review_id: Id) -> Response:
    """Whether the page that somebody looks at is still right, in a few bytes."""
    with core.database.read(session.person.workspace) as tx:
        file = query.review_file(tx, ReviewId(review_id))
        effect = query.effect_of(tx, file.review.id)
        now = tx.now
    review = file.review
    return JSONResponse(
        {
            "version": version_of(file, effect),
            "state": review.state.value,
            "open": review.state is ReviewState.OPEN,
            "text": _news(review),
            "now": now.isoformat(),
        }
    )


def _news(review: Review) -> str:
    if review.outcome is None:
        return "This review changed while you were reading it."
    by = f" by {review.decided_by}" if review.decided_by else ""
    when = "" if review.state is ReviewState.CLOSED else ", and can still be taken back"
    return f"{words.OUTCOME[review.outcome]}{by}{when}."
