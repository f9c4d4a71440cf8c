"""From a refusal to an answer: one table of statuses, one shape of problem (RFC 9457)."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from signoff.domain import errors
from signoff.domain.errors import SignoffError
from signoff.domain.sentence import sentence
from signoff.web.headers import SECURITY_HEADERS
from signoff.web.pages import refusals
from signoff.web.pages.render import render
from signoff.web.pages.translate import N_, gettext, known

STATUS: dict[type[SignoffError], int] = {
    errors.NotSignedIn: 401,
    errors.SignInFailed: 401,
    errors.SignInRefused: 403,
    errors.NotAllowed: 403,
    errors.NotEligible: 403,
    errors.FieldsHidden: 403,
    errors.NotFound: 404,
    errors.AlreadyDecided: 409,
    errors.DraftChanged: 409,
    errors.TokenReused: 409,
    errors.EffectNotOpen: 409,
    errors.NotRetryable: 409,
    errors.QuestionOpen: 409,
    errors.LastAdmin: 409,
    errors.StillNeeded: 409,
    errors.Stopped: 409,
    errors.ThreadBusy: 409,
    errors.LinkUsed: 410,
    errors.PayloadTooLarge: 413,
    errors.NotCanonical: 422,
    errors.VoteInvalid: 422,
    errors.FlagsUnchecked: 422,
    errors.RevisionInvalid: 422,
    errors.RevisionDenied: 422,
    errors.AccountInvalid: 422,
    errors.GraphUnknown: 422,
    errors.TooManyAttempts: 429,
    errors.TooManyRequests: 429,
    errors.DatabaseUnready: 503,
}
"""A refusal that is missing here is a fault of ours: 500."""

_TITLES = {
    400: N_("Bad request"), 401: N_("Not signed in"), 403: N_("Not allowed"), 404: N_("Not found"),
    405: N_("Method not allowed"), 409: N_("Conflict"), 410: N_("Gone"), 413: N_("Too large"),
    422: N_("Not valid"), 429: N_("Too many requests"), 500: N_("Server error"), 503: N_("Not ready"),
}  # fmt: skip
_log = structlog.get_logger("signoff.web")


class FaultOut(BaseModel):
    """One thing that is wrong with a request."""

    pointer: str = Field(
        description="JSON pointer into the body, or the name of a parameter", examples=["/reason"]
    )
    detail: str = Field(examples=["'reject' needs a reason"])


class ProblemOut(BaseModel):
    """A refusal, as RFC 9457 problem details."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:signoff:problem:vote_invalid"])
    title: str = Field(examples=["Not valid"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["reason: 'reject' needs a reason"])
    instance: str = Field(examples=["/api/v1/reviews/rev_1/votes"])
    code: str = Field(description="Stable name of the refusal", examples=["vote_invalid"])
    errors: list[FaultOut] | None = None


class ConflictOut(ProblemOut):
    """A refusal because something was decided first."""

    outcome: str | None = Field(default=None, examples=["approved"])
    decided_by: str | None = Field(default=None, examples=["Ann Keller"])
    decided_at: datetime | None = None
    resolution: str | None = Field(default=None, examples=["decided"])


def problem(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    """An answer in problem details."""
    body = {
        "type": f"urn:signoff:problem:{code}",
        "title": _TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        "code": code,
        **more,
    }
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


def faults_of(error: SignoffError) -> list[tuple[str, str]]:
    """Where in the request the refusal points, as pairs of JSON pointer and reason."""
    match error:
        case errors.RevisionInvalid():
            return [("/arguments" + pointer, reason) for pointer, reason in error.problems]
        case errors.FlagsUnchecked():
            return [
                (f"/acknowledged/{key}", sentence("tick this flag once you have checked it"))
                for key in error.keys
            ]
        case errors.RevisionDenied():
            return [("/arguments", error.message)]
        case errors.VoteInvalid() | errors.AccountInvalid():
            return [(f"/{error.field}", error.data["reason"])]
        case errors.NotCanonical():
            return [(error.path, error.data["reason"])]
        case errors.GraphUnknown():
            return [("/graph", error.message)]
        case _:
            return []


def install(app: FastAPI) -> None:
    """Answer every refusal of the app: problems under /api, pages elsewhere."""
    app.add_exception_handler(SignoffError, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_fault)


def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, SignoffError)  # noqa: S101 - what it is registered for
    return refusal(request, error)


def refusal(request: Request, error: SignoffError) -> Response:
    """The answer to a request that `error` refuses."""
    status = STATUS.get(type(error), 500)
    if status == 500:
        return _on_fault(request, error)
    headers = {}
    if isinstance(error, errors.TooManyAttempts | errors.TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    if not is_api(request):
        return page_problem(request, status, refusals.told(error), headers)
    more: dict[str, Any] = {}
    if faults := faults_of(error):
        more["errors"] = _listed(faults)
    if isinstance(error, errors.AlreadyDecided):
        decided_at = error.decided_at.isoformat() if error.decided_at else None
        more |= {
            "outcome": error.outcome,
            "decided_by": error.decided_by,
            "decided_at": decided_at,
            "resolution": error.data["resolution"],
        }
    if isinstance(error, errors.DraftChanged):
        more["current"] = error.data["current"]
    if isinstance(error, errors.NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="signoff"'
    return problem(request, status, error.code, error.message, headers=headers, **more)


def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    faults = [(_pointer(fault["loc"]), str(fault["msg"])) for fault in error.errors()]
    detail = "; ".join(f"{pointer or 'body'}: {reason}" for pointer, reason in faults)
    if not is_api(request):
        return page_problem(request, 422, detail)
    return problem(request, 422, "invalid", detail, errors=_listed(faults))


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    headers = dict(error.headers or {})
    detail = str(error.detail)
    if error.status_code == 404:
        detail = sentence("There is nothing at this address.")
    if not is_api(request):
        return page_problem(request, error.status_code, known(detail), headers)
    code = _TITLES.get(error.status_code, "refused").lower().replace(" ", "_")
    return problem(request, error.status_code, code, detail, headers=headers)


def _on_fault(request: Request, error: Exception) -> Response:
    # As text: a renderer that nobody set up would print the values of all variables, and take seconds.
    told = "".join(traceback.format_exception(error))
    _log.error("web.fault", path=request.url.path, method=request.method, exception=told)
    detail = sentence("The server failed to answer; nothing was changed. The log says why.")
    # This answer is made outside the middleware that sets these.
    headers = {**SECURITY_HEADERS, "Cache-Control": "no-store"}
    if not is_api(request):
        return page_problem(request, 500, known(detail), headers)
    return problem(request, 500, "fault", detail, headers=headers)


def is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def page_problem(
    request: Request, status: int, detail: str, headers: dict[str, str] | None = None
) -> Response:
    """A refusal as a page."""
    settings = request.app.state.settings
    html = render(
        "problem.html",
        heading=gettext(_TITLES.get(status, N_("Refused"))),
        detail=detail,
        session=None,
        stopped=None,
        tab="",
        places=(),
        here="",
        desk_title=settings.title,
    )
    return Response(html, status, headers=headers, media_type="text/html; charset=utf-8")


def _listed(faults: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"pointer": pointer, "detail": reason} for pointer, reason in faults]


def _pointer(loc: Sequence[str | int]) -> str:
    kind, *path = loc
    if kind != "body":
        return str(path[0]) if path else str(kind)
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


_TOO_MANY: dict[str, Any] = {
    "model": ProblemOut,
    "description": _TITLES[429],
    "headers": {
        "Retry-After": {
            "description": "Seconds until there is room again",
            "required": True,
            "schema": {"type": "integer", "minimum": 1},
        }
    },
}


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route, for its OpenAPI; that of the rate limits, which hold for all, is added."""
    answers: dict[int | str, dict[str, Any]] = {
        status: {
            "model": ConflictOut if status == 409 else ProblemOut,
            "description": _TITLES[status],
        }
        for status in statuses
    }
    return {**answers, 429: _TOO_MANY}


def as_problems(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with refusals under their own media type; FastAPI files them as plain JSON."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                plain = (
                    answer.get("content", {}).pop("application/json", None) if int(status) >= 400 else None
                )
                if plain is not None:
                    answer["content"]["application/problem+json"] = plain
    return document
