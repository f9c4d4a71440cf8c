"""The forms of a review: decide, take back, wait longer or no longer. Only a POST changes anything."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from signoff.domain.account import Session
from signoff.services.core import Core
from signoff.web.api.params import Id
from signoff.web.auth import CoreDep
from signoff.web.pages.common import FormDep, FormSessionDep
from signoff.web.pages.posted import Refusal, cast, take_step
from signoff.web.pages.review import show_review
from signoff.web.pages.showing import Attempt

router = APIRouter()


@router.post("/reviews/{review_id}/decide")
def decide_review(
    request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id
) -> Response:
    """Vote as the signed-in person; a refusal shows the page again with all that was typed."""
    refusal = cast(core, session.person, review_id, form, "page")
    return _answer(request, core, session, review_id, refusal)


@router.post("/reviews/{review_id}/edit")
def edit_review(
    request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id
) -> Response:
    """The editing page with what was typed so far, `use` naming a flag whose safer wording is put in."""
    return show_review(request, core, session, review_id, editing=True, attempt=Attempt(form, {}, ()))


@router.post("/reviews/{review_id}/undo")
def undo(request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id) -> Response:
    """Take one's own vote back while the review settles."""
    refusal = take_step(core, session.person, review_id, "undo", form)
    return _answer(request, core, session, review_id, refusal)


@router.post("/reviews/{review_id}/more-time")
def more_time(
    request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id
) -> Response:
    """Keep the settling window open for another minute."""
    refusal = take_step(core, session.person, review_id, "more-time", form)
    return _answer(request, core, session, review_id, refusal)


@router.post("/reviews/{review_id}/send-now")
def send_now(
    request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id
) -> Response:
    """Close the settling window at once."""
    refusal = take_step(core, session.person, review_id, "send-now", form)
    return _answer(request, core, session, review_id, refusal)


@router.post("/reviews/{review_id}/comment")
def comment(
    request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id
) -> Response:
    """Say something about it, without a vote."""
    refusal = take_step(core, session.person, review_id, "comment", form)
    return _answer(request, core, session, review_id, refusal)


@router.post("/reviews/{review_id}/ask-back")
def ask_back(
    request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id
) -> Response:
    """Ask those who have it now to leave it to the signed-in person."""
    refusal = take_step(core, session.person, review_id, "ask-back", form)
    return _answer(request, core, session, review_id, refusal)


@router.post("/reviews/{review_id}/withdraw")
def withdraw(
    request: Request, core: CoreDep, session: FormSessionDep, form: FormDep, review_id: Id
) -> Response:
    """Take the question back, as whoever it is asked for or as somebody with the right to."""
    refusal = take_step(core, session.person, review_id, "withdraw", form)
    return _answer(request, core, session, review_id, refusal)


def _answer(
    request: Request, core: Core, session: Session, review_id: str, refusal: Refusal | None
) -> Response:
    """The review as it is now; after a refusal the page with who came first or what is wrong."""
    if refusal is None:
        return RedirectResponse(f"/reviews/{review_id}", 303)
    return show_review(
        request,
        core,
        session,
        review_id,
        editing=refusal.editing,
        attempt=refusal.attempt,
        status=refusal.status,
    )
