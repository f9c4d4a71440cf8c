"""A small real OpenID provider on 127.0.0.1: it checks the client, the code and the PKCE verifier."""

from __future__ import annotations

import base64
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import uvicorn
from fastapi import FastAPI, Form, Header
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.responses import JSONResponse, RedirectResponse, Response

CLIENT, SECRET = "signoff", "a client's secret"


@dataclass
class Code:
    """What a code was given for."""

    challenge: str
    back: str
    nonce: str


@dataclass
class OpenIdProvider:
    """One provider; whoever comes is signed in as `claims` say."""

    issuer: str
    claims: dict[str, Any] = field(default_factory=dict)
    """Laid over the honest claims; None takes one away."""
    codes: dict[str, Code] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signs_with: RSAKey | None = None
    """Another key than the published one."""

    def come(self, address: str) -> str:
        """What a signed-in browser's visit to `address` ends in: the way back, with a code."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = Code(asked["code_challenge"], asked["redirect_uri"], asked["nonce"])
        return asked["redirect_uri"] + "?" + urlencode({"state": asked["state"], "code": code})

    def token(self, code: Code) -> str:
        now = int(time.time())
        honest = {
            "iss": self.issuer, "aud": CLIENT, "sub": "subject-1", "nonce": code.nonce, "iat": now,
            "exp": now + 300, "email": "ann@example.com", "email_verified": True, "name": "Ann Keller",
        }  # fmt: skip
        claims = {name: value for name, value in (honest | self.claims).items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signs_with or self.key)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def configuration() -> Any:
            ends = {"authorization": "authorize", "token": "token"}
            return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"} | {
                f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in ends.items()
            }

        @app.get("/keys")
        def keys() -> Any:
            return {"keys": [self.key.as_dict(private=False)]}

        @app.get("/authorize")
        def authorize() -> Response:
            return RedirectResponse("/nobody-asks-here")

        @app.post("/token")
        def token(
            code: str = Form(""),
            redirect_uri: str = Form(""),
            code_verifier: str = Form(""),
            authorization: str = Header(""),
        ) -> Response:
            login = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            given = self.codes.pop(code, None)
            digest = hashlib.sha256(code_verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if authorization != f"Basic {login}":
                return JSONResponse({"error": "invalid_client"}, 401)
            if given is None or given.back != redirect_uri or given.challenge != challenge:
                return JSONResponse({"error": "invalid_grant"}, 400)
            return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": self.token(given)})

        return app


@contextmanager
def openid_provider() -> Iterator[OpenIdProvider]:
    """A provider that listens on a port of its own."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        provider = OpenIdProvider(f"http://127.0.0.1:{listening.getsockname()[1]}")
        config = uvicorn.Config(provider.app(), log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield provider
        finally:
            server.should_exit = True
            thread.join()
