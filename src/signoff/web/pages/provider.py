"""Signing in by an OpenID provider: away to it by a form, and back with a code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from signoff.domain.errors import SignInRefused
from signoff.domain.openid import OidcSettings
from signoff.domain.sentence import sentence
from signoff.services import identity
from signoff.services.identity import ATTEMPT_LASTS, Claimed
from signoff.store.identities import Attempt
from signoff.store.ids import new_secret
from signoff.web.api.schemas import Word
from signoff.web.auth import CoreDep, SettingsDep, check_origin, safe_path
from signoff.web.oidc import Provider
from signoff.web.pages import refusals
from signoff.web.pages.common import FormDep, page
from signoff.web.pages.sign_in import enter, sign_in_form
from signoff.web.settings import WebSettings

router = APIRouter()
_Code = Annotated[str, Query(max_length=4000)]


@router.post("/sign-in/provider")
def away(request: Request, core: CoreDep, settings: SettingsDep, form: FormDep) -> Response:
    """Keep what the way back must match, and lead to the provider.

    The page that leads there, instead of a redirect, keeps `form-action 'self'` true.
    """
    check_origin(request)
    provider = _provider(request)
    then, zone = safe_path(form.get("next", "")), form.get("zone", "")[:64]
    attempt = Attempt(nonce=new_secret(), verifier=new_secret(), then=then, zone=zone)
    try:
        with core.database.begin(settings.workspace) as tx:
            state, browser = identity.begin(tx, attempt)
            address = provider.address(
                state=state, nonce=attempt.nonce, verifier=attempt.verifier, back=_back(settings)
            )
    except SignInRefused as error:
        return sign_in_form(request, "", then, refusals.told(error), 403)
    answer = page(request, "sign_in_away.html", session=None, address=address, label=provider.settings.label)
    answer.set_cookie(
        _cookie(settings),
        browser,
        max_age=int(ATTEMPT_LASTS.total_seconds()),
        path="/",
        secure=settings.has_secure_cookies,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/sign-in/back")
def back(
    request: Request,
    core: CoreDep,
    settings: SettingsDep,
    state: Annotated[Word, Query()] = "",
    code: _Code = "",
    iss: Annotated[Word, Query()] = "",
) -> Response:
    """Open a session for whom the provider names; only the browser that was sent away can."""
    provider = _provider(request)
    browser = request.cookies.get(_cookie(settings), "")
    try:
        with core.database.begin(settings.workspace) as tx:
            attempt = identity.take(tx, state, browser)
        if not code or iss not in ("", provider.settings.issuer):
            raise SignInRefused(
                sentence("The identity provider let nobody in. Begin again, or use a password.")
            )
        claims = provider.claims(code, nonce=attempt.nonce, verifier=attempt.verifier, back=_back(settings))
        with core.database.begin(settings.workspace) as tx:
            claimed = _claimed(claims, provider.settings)
            person = identity.person_claimed(tx, claimed, provision=provider.settings.provision)
    except SignInRefused as error:
        return sign_in_form(request, "", "/reviews", refusals.told(error), 403)
    answer = enter(request, core, settings, person, attempt.then, provider.settings.label, attempt.zone)
    answer.delete_cookie(
        _cookie(settings), path="/", secure=settings.has_secure_cookies, httponly=True, samesite="lax"
    )
    return answer


def _provider(request: Request) -> Provider:
    found: Provider | None = request.app.state.provider
    if found is None:
        raise HTTPException(404)
    return found


def _cookie(settings: WebSettings) -> str:
    return "__Host-signoff-away" if settings.has_secure_cookies else "signoff-away"


def _back(settings: WebSettings) -> str:
    return settings.base_url.rstrip("/") + "/sign-in/back"


def _claimed(claims: Mapping[str, Any], settings: OidcSettings) -> Claimed:
    said = claims.get(settings.groups_claim) or ()
    theirs = [said] if isinstance(said, str) else [str(group) for group in said]
    return Claimed(
        issuer=settings.issuer,
        subject=str(claims["sub"])[:255],
        email=str(claims.get("email") or ""),
        is_verified=claims.get("email_verified") is True,
        name=str(claims.get("name") or ""),
        roles=[settings.roles[g] for g in theirs if g in settings.roles] if settings.roles else None,
        groups=[settings.groups[g] for g in theirs if g in settings.groups] if settings.groups else None,
    )
