"""All pages as one router."""

from fastapi import APIRouter

from signoff.web.pages import deciding, inbox, mail_preview, review, sign_in, static

router = APIRouter(include_in_schema=False)
for _part in (static, sign_in, inbox, review, mail_preview, deciding):
    router.include_router(_part.router)
