"""All pages as one router."""

from fastapi import APIRouter

from signoff.web.pages import (
    audit,
    dashboard,
    deciding,
    editing,
    effects,
    figure_list,
    inbox,
    looking,
    mail_preview,
    people,
    policies,
    provider,
    review,
    run,
    run_list,
    settings,
    sign_in,
    static,
)

router = APIRouter(include_in_schema=False)
for _part in (
    static,
    sign_in,
    provider,
    inbox,
    review,
    looking,
    mail_preview,
    editing,
    deciding,
    run_list,
    run,
    effects,
    dashboard,
    figure_list,
    policies,
    audit,
    people,
    settings,
):
    router.include_router(_part.router)
