"""All pages as one router."""

from fastapi import APIRouter

from signoff.web.pages import deciding, editing, inbox, review, sign_in, static

router = APIRouter(include_in_schema=False)
for _part in (static, sign_in, inbox, review, editing, deciding):
    router.include_router(_part.router)
