"""An OpenID provider as a settings file describes it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from signoff.domain.person import Role
from signoff.domain.value import Value


class OidcSettings(Value):
    """An OpenID Connect provider by which people sign in."""

    issuer: str = Field(pattern=r"^https?://[^/\s]+(/[^\s]*)?$")
    client_id: str
    client_secret: str = ""
    """Empty for a public client: PKCE alone proves who asks."""
    label: str = "single sign-on"
    """What the button says: "Sign in with …"."""
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    groups_claim: str = "groups"
    """The claim whose values `groups` and `roles` translate."""
    groups: Mapping[str, str] = {}
    """From the provider's groups to ours; with none, groups stay as they are here."""
    roles: Mapping[str, Role] = {}
    """From the provider's groups to roles; with none, roles stay as they are here."""
    provision: bool = False
    """Whether somebody unknown gets an account, as a reviewer or by `roles`."""
    timeout: float = Field(default=10, gt=0)
