"""All pages as one router."""

from fastapi import APIRouter, Depends

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
from signoff.web.pages.common import speak_to_reader

router = APIRouter(include_in_schema=False)
router.include_router(static.router)
for _part in (
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
    router.include_router(_part.router, dependencies=[Depends(speak_to_reader)])
