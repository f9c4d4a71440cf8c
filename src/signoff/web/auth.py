"""Who is asking: a bearer key with scopes on the API, a session cookie on the pages."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from starlette.responses import Response

from signoff.domain.account import KeyHolder, Session
from signoff.domain.errors import NotAllowed, NotSignedIn
from signoff.domain.permission import Permission, permissions_of
from signoff.domain.person import Person, Scope
from signoff.services import people
from signoff.services.core import Core
from signoff.web.csrf import unmasked
from signoff.web.limits import limit_person
from signoff.web.settings import WebSettings

_SEEN_EVERY = timedelta(minutes=10)
"""How exactly a session remembers when it was last used: each time costs a write."""
_bearer = HTTPBearer(auto_error=False, description="An API key from `signoff key add`")


def get_core(request: Request) -> Core:
    """The services of this app."""
    core: Core = request.app.state.core
    return core


def get_settings(request: Request) -> WebSettings:
    """The settings of this app."""
    settings: WebSettings = request.app.state.settings
    return settings


CoreDep = Annotated[Core, Depends(get_core)]
SettingsDep = Annotated[WebSettings, Depends(get_settings)]


def needs(*scopes: Scope) -> Callable[..., KeyHolder]:
    """A dependency: the holder of a valid key that carries one of `scopes`."""

    def holder(
        request: Request,
        core: CoreDep,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    ) -> KeyHolder:
        if credentials is None:
            raise NotSignedIn
        with core.database.read() as tx:
            found = people.holder_of(tx, credentials.credentials)
        limit_person(request, found.key.id if found.person is None else found.person.id)
        if not any(found.may(scope) for scope in scopes):
            raise NotAllowed(" or ".join(scopes))
        return found

    return holder


def person_of(holder: KeyHolder) -> Person:
    """The person behind a key.

    Raises:
        NotAllowed: it is a service's key; those do not decide.
    """
    if holder.person is None:
        raise NotAllowed("a person's key")
    return holder.person


class SignInNeeded(Exception):
    """A page was asked for without a session."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        super().__init__(wanted)


def maybe_session(request: Request, core: CoreDep, settings: SettingsDep) -> Session | None:
    """The session of the browser, if it has one."""
    secret = request.cookies.get(cookie_name(settings))
    if not secret:
        return None
    with core.database.read() as tx:
        session, now = people.session_of(tx, secret), tx.now
    if session is not None and session.seen_at is not None and now - session.seen_at > _SEEN_EVERY:
        with core.database.begin(session.person.workspace) as tx:
            people.mark_seen(tx, secret)
    return session


MaybeSessionDep = Annotated[Session | None, Depends(maybe_session)]


def get_session(request: Request, session: MaybeSessionDep) -> Session:
    """The session of the browser.

    Raises:
        SignInNeeded: there is none; the answer leads to the sign-in page and back.
    """
    if session is not None and request.method == "POST":
        limit_person(request, session.person.id)
    if session is None:
        query = f"?{request.url.query}" if request.url.query else ""
        raise SignInNeeded(
            request.url.path + query if request.method == "GET" else _page_of(request.url.path)
        )
    return session


def _page_of(path: str) -> str:
    """The page on which a form that was posted to `path` stands."""
    parts = path.split("/")
    return "/".join(parts[:3]) if path.startswith("/reviews/") else "/reviews"


SessionDep = Annotated[Session, Depends(get_session)]


def allowed(permission: Permission) -> Callable[..., Session]:
    """A dependency: the session of somebody whose roles carry `permission`."""

    def holder(session: SessionDep) -> Session:
        return check_permission(session, permission)

    return holder


def check_permission(session: Session, permission: Permission) -> Session:
    """The session, if its person's roles carry `permission`.

    Raises:
        NotAllowed: they do not.
    """
    if permission not in permissions_of(session.person.roles):
        raise NotAllowed(permission.value)
    return session


def cookie_name(settings: WebSettings) -> str:
    return "__Host-signoff" if settings.has_secure_cookies else "signoff"


def set_cookie(response: Response, settings: WebSettings, secret: str) -> None:
    """Hand the secret of a new session to the browser."""
    response.set_cookie(
        cookie_name(settings),
        secret,
        max_age=int(settings.session_hours * 3600),
        path="/",
        secure=settings.has_secure_cookies,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(response: Response, settings: WebSettings) -> None:
    """Make the browser forget its session."""
    response.delete_cookie(
        cookie_name(settings), path="/", secure=settings.has_secure_cookies, httponly=True, samesite="lax"
    )


def check_origin(request: Request) -> None:
    """Refuse a form that another site sent.

    Raises:
        NotAllowed: by what the browser says about where the request comes from.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise NotAllowed("a form of this site")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise NotAllowed("a form of this site")


def check_csrf(session: Session, token: str) -> None:
    """Refuse a form that was not made for this session.

    Raises:
        NotAllowed: the token is missing or another one.
    """
    if not hmac.compare_digest(session.csrf.encode(), unmasked(token).encode()):
        raise NotAllowed("a form of this session; open the page again")


def safe_path(wanted: str) -> str:
    """`wanted` if it is a path on this very site, else the list."""
    is_path = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    clean = is_path and wanted.isprintable() and "\\" not in wanted and len(wanted) < 2000
    parts = urlsplit(wanted) if clean else None
    return wanted if parts is not None and not parts.scheme and not parts.netloc else "/reviews"
