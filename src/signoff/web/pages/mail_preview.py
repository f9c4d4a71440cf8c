"""What a mail made of HTML looks like: a page for a frame that can do nothing, under a policy of its own."""

from __future__ import annotations

import base64
import hashlib

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from signoff.web.api.params import Id
from signoff.web.auth import CoreDep, SessionDep
from signoff.web.pages.common import read_sources
from signoff.web.pages.kinds.email import Email
from signoff.web.pages.preview import STYLE
from signoff.web.pages.view import review_view

router = APIRouter()

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"sandbox; default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'none'; "
        "frame-ancestors 'self'; base-uri 'none'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}


@router.get("/reviews/{review_id}/mail")
def mail_preview(core: CoreDep, session: SessionDep, review_id: Id) -> Response:
    """The picture of a mail; nothing in it is loaded, linked or run."""
    with core.database.read(session.person.workspace) as tx:
        shape = review_view(read_sources(tx, core, review_id, session.person)).picture.shape
    preview = shape.preview if isinstance(shape, Email) else None
    if preview is None:
        raise HTTPException(404)
    return HTMLResponse(preview.page, headers=HEADERS)
