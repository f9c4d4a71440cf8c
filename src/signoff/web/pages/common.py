"""What several pages share: their frame, their forms, and reading a review for one person."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from signoff.domain.account import Session
from signoff.domain.effect import Effect, EffectState
from signoff.domain.errors import NotFound, VoteInvalid
from signoff.domain.ids import ReviewId
from signoff.domain.permission import Permission
from signoff.domain.person import Person
from signoff.domain.review import Review, ReviewFile
from signoff.domain.run import Run, RunStatus
from signoff.domain.sentence import sentence
from signoff.domain.visibility import Viewer, viewer_of
from signoff.services import query, runs, workspace
from signoff.services.core import Core
from signoff.services.eligible import may_cast, may_withdraw
from signoff.services.remarks import may_ask_back
from signoff.services.sight import Sight, who_can
from signoff.store import reviews
from signoff.store.catalog import StopState
from signoff.store.database import Tx
from signoff.web.auth import (
    MaybeSessionDep,
    SessionDep,
    check_csrf,
    check_origin,
    check_permission,
    get_settings,
)
from signoff.web.csrf import masked
from signoff.web.pages.navigation import places_for
from signoff.web.pages.reading import read_from_here, reader_of
from signoff.web.pages.render import render
from signoff.web.pages.translate import N_
from signoff.web.pages.view import Sources

MAX_FIELDS = 2_000


async def speak_to_reader(request: Request, session: MaybeSessionDep) -> None:
    """Have everything that answers this request say it in its reader's language.

    It runs in the task of the request itself; what a thread sets would be lost with the thread.
    """
    read_from_here(reader_of(session, request.headers.get("accept-language", "")))


async def read_form(request: Request) -> Mapping[str, str]:
    """The text fields of a posted form.

    Raises:
        VoteInvalid: as `fields_of` says.
    """
    form = await request.form(max_files=0, max_fields=MAX_FIELDS)
    return fields_of((name, value) for name, value in form.multi_items() if isinstance(value, str))


def fields_of(sent: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """The fields of a form, each once.

    Raises:
        VoteInvalid: a field holds a null character, which no database keeps in a text.
    """
    fields = dict(sent)
    for name, value in fields.items():
        if "\0" in name or "\0" in value:
            raise VoteInvalid(name.replace("\0", ""), sentence("holds a null character"))
    return fields


FormDep = Annotated[Mapping[str, str], Depends(read_form)]


def form_session(request: Request, session: SessionDep, form: FormDep) -> Session:
    """The session that a form of ours was made for and sent by.

    Raises:
        NotAllowed: another site sent it, or it was made for another session.
    """
    check_origin(request)
    check_csrf(session, form.get("csrf", ""))
    return session


FormSessionDep = Annotated[Session, Depends(form_session)]


def form_of(permission: Permission) -> Callable[..., Session]:
    """A dependency like `form_session`, for forms of those whose roles carry `permission`."""

    def holder(session: FormSessionDep) -> Session:
        return check_permission(session, permission)

    return holder


def page(
    request: Request,
    template: str,
    *,
    session: Session | None,
    stopped: StopState | None = None,
    status: int = 200,
    tab: str = "",
    **context: object,
) -> HTMLResponse:
    """A page in the frame that all of them have."""
    html = render(
        template,
        session=_for_forms(session) if session else None,
        stopped=stopped,
        tab=tab,
        places=places_for(session.person) if session else (),
        here=_part_of(request.url.path),
        desk_title=get_settings(request).title,
        **context,
    )
    return HTMLResponse(html, status)


def _for_forms(session: Session) -> Session:
    return session.model_copy(update={"csrf": masked(session.csrf)})


def _part_of(path: str) -> str:
    """The part of the desk that a page belongs to: the first step of its address."""
    return "/" + path.split("/")[1]


def read_sources(tx: Tx, core: Core, review_id: str, person: Person, viewer: Viewer | None = None) -> Sources:
    """Everything the page of a review needs, as `person` may see it.

    Args:
        viewer: what is seen, where it is not what the person may see.

    Raises:
        NotFound: no such review in the person's workspace.
    """
    whole = query.review_file(tx, ReviewId(review_id))
    sight = Sight(tx, core, viewer or viewer_of(person))
    seen = sight.of(whole)
    file = seen.file
    review = file.review
    policy = core.judge_of(tx, file.current.verdict.policy_hash).policy
    run = _run(tx, file)
    casts, why_not = may_cast(whole, person), query.eligibility(whole, person)
    effect = query.effect_of(tx, review.id)
    return Sources(
        file=file,
        standing=query.standing_of(whole),
        tool=policy.tool(review.tool),
        schema=query.tool_schema(tx, file.action.fingerprint),
        why_not=None if casts else why_not,
        casts=casts,
        why_no_approval=why_not,
        hours=policy.hours_of([stage.spec for stage in file.stages]),
        may_withdraw=may_withdraw(review, person),
        may_ask_back=may_ask_back(whole, person),
        blocking=seen.blocking,
        who_can=who_can(tx, core, whole) if seen.blocking and review.is_live else (),
        person=person,
        now=tx.now,
        history=sight.entries(query.history(tx, review.id)),
        effect=None if effect is None else sight.effect(effect),
        question=_open_question(tx, effect),
        earlier=sight.review(review.follows).file.review if review.follows else None,
        graph=run.graph if run else None,
        run_failed=run is not None and run.status is RunStatus.FAILED,
    )


def _open_question(tx: Tx, effect: Effect | None) -> Review | None:
    if effect is None or effect.state is not EffectState.UNKNOWN:
        return None
    return reviews.live_settlement(tx, effect.id)


def _run(tx: Tx, file: ReviewFile) -> Run | None:
    try:
        return runs.get_run(tx, file.review.thread)
    except NotFound:
        return None


def stop_state(tx: Tx) -> StopState | None:
    """Whether the workspace is stopped, for the banner on every page."""
    return workspace.stop_state(tx)


def client_token() -> str:
    """A token for one rendering of a form: sending that form twice makes one vote."""
    return secrets.token_urlsafe(16)


def reject_unknown(choice: str, known: Mapping[str, Any]) -> None:
    """Refuse a button that is not on the page."""
    if choice not in known:
        raise HTTPException(422, N_("This form has no such button; open the page again."))
