"""The HTTP side: the REST API under /api/v1, and pages that work without script."""

from signoff.web.app import create_app
from signoff.web.settings import WebSettings

__all__ = ["WebSettings", "create_app"]
