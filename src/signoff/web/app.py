"""The ASGI application, put together."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse, Response

from signoff.services.core import Core
from signoff.web import api, errors
from signoff.web.auth import SignInNeeded
from signoff.web.headers import BodyLimit, SecurityHeaders
from signoff.web.limits import AddressLimit, Limits
from signoff.web.live import Live
from signoff.web.oidc import Provider
from signoff.web.pages.router import router as pages_router
from signoff.web.settings import WebSettings
from signoff.web.throttle import SignInThrottle

_DESCRIPTION = """\
Start runs, read reviews, decide them, settle effects of unknown outcome, and read the audit chain.
Send an API key as `Authorization: Bearer …`. Every refusal is a problem in the sense of RFC 9457."""


def create_app(core: Core, settings: WebSettings | None = None) -> FastAPI:
    """API and pages over `core`; imports no graph library."""
    settings = settings or WebSettings()
    app = FastAPI(
        title="Signoff",
        version="1",
        description=_DESCRIPTION,
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        redirect_slashes=False,
    )
    app.state.core = core
    app.state.settings = settings
    app.state.live = Live(core)
    app.state.throttle = SignInThrottle(settings.sign_in_attempts)
    app.include_router(api.router)
    app.include_router(pages_router)
    errors.install(app)
    described = app.openapi
    app.openapi = lambda: errors.as_problems(described())  # type: ignore[method-assign]  # FastAPI's own way
    app.add_exception_handler(SignInNeeded, _to_sign_in)
    app.state.provider = None if settings.oidc is None else Provider(settings.oidc)
    limits = Limits(settings)
    app.state.limits = limits
    app.add_middleware(GZipMiddleware, compresslevel=6)
    app.add_middleware(AddressLimit, limits=limits)
    app.add_middleware(BodyLimit, api=settings.max_body, form=settings.max_form)
    app.add_middleware(SecurityHeaders, secure=settings.has_secure_cookies)
    return app


def _to_sign_in(request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInNeeded)  # noqa: S101 - what it is registered for
    address = request.url_for("sign_in").include_query_params(next=error.wanted)
    return RedirectResponse(f"{address.path}?{address.query}", 303)
