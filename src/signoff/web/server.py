"""uvicorn over our app: when it stops, the open streams of news end with it."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from signoff.web.live import Live


class Server(uvicorn.Server):
    """A server that does not wait for tabs that merely listen."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._live: Live = app.state.live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._live.stop()
        await super().shutdown(sockets)
