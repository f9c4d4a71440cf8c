"""All pages as one router."""

from fastapi import APIRouter

from signoff.web.pages import deciding, inbox, people, provider, review, settings, sign_in, static

router = APIRouter(include_in_schema=False)
for _part in (static, sign_in, provider, inbox, review, deciding, people, settings):
    router.include_router(_part.router)
