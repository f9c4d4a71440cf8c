"""All pages as one router."""

from fastapi import APIRouter

from signoff.web.pages import (
    audit,
    dashboard,
    deciding,
    editing,
    effects,
    inbox,
    mail_preview,
    policies,
    review,
    run,
    run_list,
    sign_in,
    static,
)

router = APIRouter(include_in_schema=False)
for _part in (
    static,
    sign_in,
    inbox,
    review,
    mail_preview,
    editing,
    deciding,
    run_list,
    run,
    effects,
    dashboard,
    policies,
    audit,
):
    router.include_router(_part.router)
