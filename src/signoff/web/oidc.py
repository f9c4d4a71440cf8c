"""The OpenID provider by which people sign in: authorization code with PKCE (S256), state and nonce."""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Mapping
from typing import Any

from signoff.domain.errors import SettingsInvalid, SignInRefused
from signoff.domain.openid import OidcSettings
from signoff.domain.sentence import sentence

_ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA")
_LEEWAY = 60
"""Seconds by which the provider's clock may differ."""
_FRESH = 3600.0
_ASK_AGAIN = 60.0
"""Seconds before an unknown key makes us fetch the provider's keys once more."""


class Provider:
    """One provider: where it sends people, and what its answers are worth.

    Raises:
        SettingsInvalid: the extra `oidc` is not installed.
    """

    def __init__(self, settings: OidcSettings) -> None:
        try:
            import authlib.integrations.httpx_client  # noqa: F401, PLC0415 - an extra
        except ImportError as error:
            raise SettingsInvalid("oidc: needs more packages: pip install 'signoff[oidc]'.") from error
        self.settings = settings
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    def check(self) -> None:
        """Ask the provider who it is.

        Raises:
            SignInRefused: it does not answer, or is another than in the settings.
        """
        self._metadata()

    def address(self, *, state: str, nonce: str, verifier: str, back: str) -> str:
        """Where the browser is sent.

        Raises:
            SignInRefused: the provider does not answer.
        """
        with self._client(back) as client:
            address, _ = client.create_authorization_url(
                self._metadata()["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return str(address)

    def claims(self, code: str, *, nonce: str, verifier: str, back: str) -> Mapping[str, Any]:
        """What the provider says about whoever came back with `code`.

        Raises:
            SignInRefused: it refuses the code, or its answer is not for us, not for this sign-in, not
                signed by its keys, or too old.
        """
        from authlib.integrations.base_client import OAuthError  # noqa: PLC0415 - an extra
        from httpx2 import HTTPError  # noqa: PLC0415 - as above

        metadata = self._metadata()
        try:
            with self._client(back) as client:
                token = client.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                )
        except OAuthError as error:
            raise SignInRefused(
                sentence("The identity provider refused the sign-in. Begin again.")
            ) from error
        except (HTTPError, ValueError) as error:
            raise _silent() from error
        return self._checked(str(token.get("id_token", "")), nonce)

    def _checked(self, token: str, nonce: str) -> Mapping[str, Any]:
        from joserfc import jwt  # noqa: PLC0415 - an extra
        from joserfc.errors import JoseError  # noqa: PLC0415 - as above

        own = self.settings.client_id
        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": own},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True},
        )
        try:
            claims = self._decoded(token)
            registry.validate(claims)
        except (JoseError, ValueError) as error:
            raise SignInRefused(
                sentence("The identity provider's answer does not hold up. Begin again.")
            ) from error
        if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise SignInRefused(sentence("The identity provider answered another sign-in. Begin again."))
        if claims.get("azp", own) != own:
            raise SignInRefused(sentence("The identity provider's answer is for another application."))
        return claims

    def _decoded(self, token: str) -> dict[str, Any]:
        from joserfc import jwt  # noqa: PLC0415 - an extra
        from joserfc.errors import InvalidKeyIdError  # noqa: PLC0415 - as above

        address = self._metadata()["jwks_uri"]
        try:
            keys = self._keys(address, _FRESH)
            return jwt.decode(token, keys, algorithms=_ALGORITHMS).claims
        except InvalidKeyIdError:
            keys = self._keys(address, _ASK_AGAIN)
            return jwt.decode(token, keys, algorithms=_ALGORITHMS).claims

    def _keys(self, address: str, fresh: float) -> Any:
        from joserfc.jwk import KeySet  # noqa: PLC0415 - an extra

        found: Any = self._fetched(address, fresh)
        return KeySet.import_key_set(found)

    def _metadata(self) -> dict[str, Any]:
        issuer = self.settings.issuer
        found = self._fetched(issuer.rstrip("/") + "/.well-known/openid-configuration", _FRESH)
        if found.get("issuer") != issuer:
            raise SignInRefused(
                sentence("The identity provider calls itself by another name than in the settings.")
            )
        return found

    def _fetched(self, address: str, fresh: float) -> dict[str, Any]:
        """A document of the provider, at most `fresh` seconds old."""
        import httpx2  # noqa: PLC0415 - an extra

        with self._lock:
            fetched, document = self._known.get(address, (float("-inf"), {}))
            if time.monotonic() - fetched > fresh:
                try:
                    answer = httpx2.get(address, timeout=self.settings.timeout).raise_for_status()
                    document = dict(answer.json())
                except (httpx2.HTTPError, ValueError, TypeError) as error:
                    raise _silent() from error
                self._known[address] = (time.monotonic(), document)
            return document

    def _client(self, back: str) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client  # noqa: PLC0415 - an extra

        settings = self.settings
        return OAuth2Client(
            settings.client_id,
            settings.client_secret or None,
            token_endpoint_auth_method="client_secret_basic" if settings.client_secret else "none",
            scope=" ".join(settings.scopes),
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=settings.timeout,
        )


def _silent() -> SignInRefused:
    return SignInRefused(
        sentence("The identity provider does not answer as it should. Try again in a while.")
    )
