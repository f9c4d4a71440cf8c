"""The style sheet, the script and the icon, under addresses that change with their content."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from signoff.web.pages.render import assets

router = APIRouter()
_FOR_GOOD = "public, max-age=31536000, immutable"


@router.get("/static/{version}/{name}")
def static_file(version: str, name: str) -> Response:
    """One file; only the address with its present version may be kept by browsers."""
    asset = assets().get(name)
    if asset is None:
        raise HTTPException(404)
    kept = {"Cache-Control": _FOR_GOOD} if version == asset.version else {}
    return Response(asset.content, media_type=asset.media_type, headers=kept)
