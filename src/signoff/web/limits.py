"""Rate limits: by address before anything is looked at, by person once it is known who asks."""

from __future__ import annotations

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from signoff.domain.errors import TooManyRequests
from signoff.web.errors import refusal
from signoff.web.settings import WebSettings
from signoff.web.throttle import Buckets

_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


class Limits:
    """The buckets of one app."""

    def __init__(self, settings: WebSettings) -> None:
        self.addresses = Buckets(settings.requests_per_address)
        self.people = Buckets(settings.requests_per_person)
        self.sign_ins = Buckets(settings.sign_ins_per_address)


class AddressLimit:
    """Limits requests to the API, forms, and sign-ins by the address that they come from."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (bucket := self._bucket(scope)) is not None:
            client = scope.get("client")
            try:
                bucket.take(client[0] if client else "")
            except TooManyRequests as error:
                await refusal(Request(scope, receive), error)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _bucket(self, scope: Scope) -> Buckets | None:
        path, is_safe = scope["path"], scope["method"] in _SAFE
        if path.startswith("/sign-in") and (not is_safe or path.endswith("/back")):
            return self.limits.sign_ins
        return self.limits.addresses if path.startswith("/api/") or not is_safe else None


def limit_person(request: Request, who: str) -> None:
    """Count a request of a person or a service's key.

    Raises:
        TooManyRequests: there were too many in the last minute.
    """
    limits: Limits = request.app.state.limits
    limits.people.take(who)
