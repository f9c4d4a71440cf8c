"""A real HTTP server over an application, in a thread of this process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette

from signoff.web.server import Server


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def listening(app: Starlette, port: int) -> Iterator[None]:
    """Serve `app` on 127.0.0.1 until the end of the block.

    Raises:
        TimeoutError: it did not start within ten seconds.
    """
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off")
    server = Server(config, app) if isinstance(app, FastAPI) else uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no server on port {port}")
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join()
