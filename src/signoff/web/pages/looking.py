"""Who else has a review open: shown to others, renewed by the open page itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from signoff.domain.ids import ReviewId
from signoff.domain.look import Look
from signoff.domain.person import Person
from signoff.domain.review import Review, ReviewState
from signoff.services import looks
from signoff.store.database import Tx
from signoff.web.api.params import Id
from signoff.web.auth import CoreDep
from signoff.web.pages import words
from signoff.web.pages.common import FormSessionDep
from signoff.web.pages.render import render
from signoff.web.pages.translate import gettext

router = APIRouter()


@router.post("/reviews/{review_id}/look")
def look(core: CoreDep, session: FormSessionDep, review_id: Id) -> Response:
    """Say that the page is open, and learn who else has it open. It lapses, so no disk waits for it."""
    with core.database.begin(session.person.workspace, durable=False) as tx:
        looking = in_words(looks.look(tx, ReviewId(review_id), session.person), tx.now)
    return HTMLResponse(render("_looking.html", looking=looking))


def seen_looking(tx: Tx, review: Review, person: Person) -> tuple[str, ...]:
    """Who else than `person` has the review open, in words."""
    if review.state is not ReviewState.OPEN:
        return ()
    return in_words(looks.others_at(tx, [review.id], person).get(review.id, ()), tx.now)


def in_words(found: Sequence[Look], now: datetime) -> tuple[str, ...]:
    """Each of them, and for how long: "Lee Park is looking (2 min)"."""
    return tuple(_said(look, now - look.since) for look in found)


def _said(look: Look, so_far: timedelta) -> str:
    if so_far < timedelta(minutes=1):
        return gettext("%(person)s is looking", person=look.name)
    return gettext("%(person)s is looking (%(time)s)", person=look.name, time=words.span(so_far))
