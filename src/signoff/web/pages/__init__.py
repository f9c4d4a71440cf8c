"""Pages rendered on the server; all of them work without script."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
