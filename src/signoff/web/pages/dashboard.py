"""Figures for whoever leads the desk."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from signoff.domain.account import Session
from signoff.domain.permission import Permission, permissions_of
from signoff.services import measure
from signoff.web.api.schemas import Word
from signoff.web.auth import CoreDep, allowed
from signoff.web.pages.common import page, stop_state
from signoff.web.pages.figures import Dashboard

router = APIRouter()
Reader = Annotated[Session, Depends(allowed(Permission.READ_FIGURES))]


@router.get("/dashboard")
def dashboard(
    request: Request,
    core: CoreDep,
    session: Reader,
    days: Annotated[Literal["7", "30", "90"], Query()] = "30",
    tool: Annotated[Word, Query()] = "",
) -> Response:
    """Load, time to decide, and what rules cost and catch."""
    with core.database.read(session.person.workspace) as tx:
        found = measure.measure(tx, int(days), tool or None)
        tools = measure.tools(tx)
        stopped, now = stop_state(tx), tx.now
    may_audit = Permission.READ_AUDIT in permissions_of(session.person.roles)
    return page(
        request,
        "dashboard.html",
        session=session,
        stopped=stopped,
        view=Dashboard(found, tool or None, may_audit),
        now=now,
        days=int(days),
        tool=tool,
        tools=tools,
        periods=[(count, _href(count, tool)) for count in measure.PERIODS],
    )


def _href(days: int, tool: str) -> str:
    return "/dashboard?" + urlencode({"days": days, **({"tool": tool} if tool else {})})
