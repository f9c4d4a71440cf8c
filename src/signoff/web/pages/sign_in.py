"""Signing in by password or one-time link, and signing out."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from signoff.domain.errors import LinkUsed, SignInFailed, TooManyAttempts
from signoff.domain.person import Person
from signoff.services import people
from signoff.services.core import Core
from signoff.services.people import SignedIn
from signoff.store.database import Tx
from signoff.web.api.schemas import Word
from signoff.web.auth import (
    CoreDep,
    MaybeSessionDep,
    SettingsDep,
    check_origin,
    cookie_name,
    drop_cookie,
    get_settings,
    safe_path,
    set_cookie,
)
from signoff.web.pages import refusals
from signoff.web.pages.common import FormDep, FormSessionDep, page
from signoff.web.pages.reading import zone_called
from signoff.web.settings import WebSettings
from signoff.web.throttle import SignInThrottle

router = APIRouter()
_Next = Annotated[str, Query(max_length=2000)]


@router.get("/sign-in", name="sign_in")
def sign_in_page(request: Request, session: MaybeSessionDep, next: _Next = "/reviews") -> Response:
    """The form; whoever is signed in already goes on at once."""
    if session is not None:
        return RedirectResponse(safe_path(next), 303)
    return sign_in_form(request, "", safe_path(next), "")


@router.post("/sign-in")
def sign_in(request: Request, core: CoreDep, settings: SettingsDep, form: FormDep) -> Response:
    """Open a session by e-mail and password."""
    check_origin(request)
    email, wanted = form.get("email", "")[:300], safe_path(form.get("next", ""))
    throttle: SignInThrottle = request.app.state.throttle
    account = email.strip().casefold()
    try:
        throttle.check(account)
        with core.database.read(settings.workspace) as tx:
            person = people.check_password(tx, email, form.get("password", ""))
    except SignInFailed as error:
        throttle.failed(account)
        return sign_in_form(request, email, wanted, refusals.told(error), 401)
    except TooManyAttempts as error:
        answer = sign_in_form(request, email, wanted, refusals.told(error), 429)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    throttle.succeeded(account)
    return enter(request, core, settings, person, wanted, "password", form.get("zone", ""))


@router.get("/sign-in/link")
def link_page(request: Request, token: Annotated[Word, Query()] = "", next: _Next = "/reviews") -> Response:
    """A button that uses the link up; only looking at it, as mail scanners do, does nothing."""
    return page(request, "sign_in_link.html", session=None, token=token, next=safe_path(next), error="")


@router.post("/sign-in/link")
def use_link(request: Request, core: CoreDep, settings: SettingsDep, form: FormDep) -> Response:
    """Open a session by a one-time link."""
    check_origin(request)
    wanted = safe_path(form.get("next", ""))
    try:
        with core.database.begin(settings.workspace) as tx:
            person = people.redeem_login_link(tx, form.get("token", ""))
            signed_in = _open(tx, request, settings, person, people.LINK, form.get("zone", ""))
    except LinkUsed as error:
        return page(
            request,
            "sign_in_link.html",
            session=None,
            token="",
            next=wanted,
            error=refusals.told(error),
            status=410,
        )
    return _entered(settings, signed_in.secret, wanted)


@router.post("/sign-out")
def sign_out(request: Request, core: CoreDep, settings: SettingsDep, session: FormSessionDep) -> Response:
    """End the session on the server and in the browser."""
    with core.database.begin(session.person.workspace) as tx:
        people.end_session(tx, request.cookies[cookie_name(settings)])
    answer = RedirectResponse("/sign-in", 303)
    drop_cookie(answer, settings)
    return answer


def sign_in_form(request: Request, email: str, wanted: str, error: str, status: int = 200) -> Response:
    """The page on which one signs in, with what went wrong the last time."""
    oidc = get_settings(request).oidc
    return page(
        request,
        "sign_in.html",
        session=None,
        status=status,
        email=email,
        next=wanted,
        error=error,
        provider=oidc.label if oidc else "",
    )


def enter(
    request: Request, core: Core, settings: WebSettings, person: Person, wanted: str, how: str, zone: str
) -> Response:
    """Open a session for `person` and lead them where they wanted to go.

    Args:
        how: what they came by, as the list of their sessions says it.
        zone: the browser's time zone.
    """
    with core.database.begin(person.workspace) as tx:
        signed_in = _open(tx, request, settings, person, how, zone)
    return _entered(settings, signed_in.secret, wanted)


def _open(tx: Tx, request: Request, settings: WebSettings, person: Person, how: str, zone: str) -> SignedIn:
    """A session under a new secret; one that the browser still had ends."""
    earlier = request.cookies.get(cookie_name(settings))
    if earlier:
        people.end_session(tx, earlier)
    return people.open_session(
        tx,
        person,
        lasts=timedelta(hours=settings.session_hours),
        how=how,
        agent=request.headers.get("user-agent", "")[:300],
        zone=zone if zone_called(zone) else "",
    )


def _entered(settings: WebSettings, secret: str, wanted: str) -> Response:
    answer = RedirectResponse(wanted, 303)
    set_cookie(answer, settings, secret)
    return answer
