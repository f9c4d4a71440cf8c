"""What the web layer needs to know; the composition root fills it in."""

from __future__ import annotations

from pydantic import Field

from signoff.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from signoff.domain.openid import OidcSettings
from signoff.domain.value import Value


class WebSettings(Value):
    """Addresses, cookies and limits of the server."""

    base_url: str = "http://127.0.0.1:8484"
    """Where people reach the pages; an https address makes the cookie secure."""
    title: str = "Signoff"
    workspace: WorkspaceId = DEFAULT_WORKSPACE
    """Where people sign in; an API key names its own."""
    secure_cookies: bool | None = None
    """None: secure when `base_url` is https."""
    session_hours: float = Field(default=12, gt=0)
    max_body: int = Field(default=1_048_576, gt=0)
    """Bytes of an API request; larger ones are refused before they are read."""
    max_form: int = Field(default=4_194_304, gt=0)
    """Bytes of a page's form, whose encoding makes text up to three times longer."""
    live_seconds: float = Field(default=30, ge=0)
    """How long one stream of news to an open page lasts before the browser asks for another."""
    sign_in_attempts: int = Field(default=10, gt=0)
    """Failed log-ins of one account within a quarter of an hour before it has to wait."""
    show_state: bool = True
    """Whether those who may read runs see the values of their state."""
    sign_ins_per_address: int = Field(default=60, gt=0)
    """Sign-ins from one address in a minute, whatever came of them."""
    requests_per_address: int = Field(default=1200, gt=0)
    """API requests and forms from one address in a minute."""
    requests_per_person: int = Field(default=600, gt=0)
    """API requests and forms of one person, or of one service's key, in a minute."""
    oidc: OidcSettings | None = None
    graphs: tuple[str, ...] | None = None
    """Graphs that may be started; None leaves that to the worker."""

    @property
    def has_secure_cookies(self) -> bool:
        if self.secure_cookies is None:
            return self.base_url.startswith("https://")
        return self.secure_cookies
