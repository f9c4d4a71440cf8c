"""REST under /api/v1."""

from fastapi import APIRouter

from signoff.web.api import ledger, reviews, runs, workspace

router = APIRouter(prefix="/api/v1")
for _part in (runs, reviews, ledger, workspace):
    router.include_router(_part.router)
