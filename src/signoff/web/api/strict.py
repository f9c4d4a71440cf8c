"""Bodies read strictly: no duplicate keys, no NaN, no deep nesting, no lone surrogates."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from signoff.domain import canonical

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRequest(Request):
    """A request whose JSON is what the sender must have meant."""

    async def json(self) -> Any:
        if not hasattr(self, "_parsed"):
            self._parsed = canonical.parse_strict_json(await self.body())
            canonical.tagged(self._parsed)
        return self._parsed


class StrictRoute(APIRoute):
    """A route that reads its body as `StrictRequest` does.

    The body is parsed before FastAPI does it, because that answers any other error with a plain 400.
    """

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            wrapped = StrictRequest(request.scope, request.receive)
            if await wrapped.body():
                await wrapped.json()
            return await handler(wrapped)

        return strict
