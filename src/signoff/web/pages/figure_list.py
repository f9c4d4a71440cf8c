"""The reviews behind a number of the dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from signoff.domain.account import Session
from signoff.domain.flag import Severity
from signoff.domain.permission import Permission
from signoff.domain.review import Outcome, Review, ReviewKind, ReviewState
from signoff.domain.visibility import viewer_of
from signoff.services import query
from signoff.services.sight import Sight
from signoff.store.reviews import ReviewFilter
from signoff.web.api.schemas import Word
from signoff.web.auth import CoreDep, allowed
from signoff.web.pages import narrow, words
from signoff.web.pages.common import page, stop_state
from signoff.web.pages.reveal import Piece, reveal
from signoff.web.pages.translate import gettext, pgettext

router = APIRouter()
PAGE = 25
_FILTERS = ("severity", "outcome", "tool", *narrow.NAMES)
_Readers = Annotated[Session, Depends(allowed(Permission.READ_FIGURES))]


@dataclass(frozen=True)
class ListedReview:
    """One review that was counted."""

    review: Review
    title: tuple[Piece, ...]
    what: str
    outcome: str
    when: datetime

    @property
    def href(self) -> str:
        return f"/reviews/{self.review.id}"


@router.get("/dashboard/reviews")
def figure_list(
    request: Request,
    core: CoreDep,
    session: _Readers,
    tab: Annotated[Literal["waiting", "decided"], Query()] = "waiting",
    after: Annotated[Word, Query()] = "",
) -> Response:
    """One page of the reviews that a figure counts; what is counted stands in the address."""
    values = {name: request.query_params.get(name, "").strip()[:200] for name in _FILTERS}
    if any("\0" in value for value in values.values()):
        values = dict.fromkeys(_FILTERS, "")
    with core.database.read(session.person.workspace) as tx:
        wanted = narrow.narrowed(_wanted(tab, values), values, tx.now)
        found = query.list_reviews(tx, wanted, after=after or None, limit=PAGE)
        shown = Sight(tx, core, viewer_of(session.person)).heads(found.items)
        stopped = stop_state(tx)
    given = {name: value for name, value in values.items() if value}
    return page(
        request,
        "figure_list.html",
        session=session,
        stopped=stopped,
        is_live=tab == "waiting",
        rows=[_row(review) for review in shown],
        told=_told(tab, values),
        next_href=narrow.list_href(tab, **given, after=found.next) if found.next else None,
        first_href=narrow.list_href(tab, **given) if after else None,
    )


def _wanted(tab: str, values: dict[str, str]) -> ReviewFilter:
    severity, outcome = values["severity"], values["outcome"]
    return ReviewFilter(
        state="live" if tab == "waiting" else "closed",
        severity=Severity(severity) if severity in set(Severity) else None,
        outcome=Outcome(outcome) if outcome in set(Outcome) else None,
        tool=values["tool"] or None,
    )


def _told(tab: str, values: dict[str, str]) -> str:
    """Which reviews these are, in words."""
    severity, outcome = values["severity"], values["outcome"]
    parts = (
        pgettext("reviews", "waiting") if tab == "waiting" else pgettext("reviews", "closed"),
        words.outcome_within(Outcome(outcome)) if outcome in set(Outcome) else "",
        gettext("of %(risk)s risk", risk=words.risk_within(Severity(severity)))
        if severity in set(Severity)
        else "",
        gettext("of %(tool)s", tool=words.titled(values["tool"]).lower()) if values["tool"] else "",
        narrow.told(values),
    )
    return ", ".join(part for part in parts if part)


def _row(review: Review) -> ListedReview:
    is_closed = review.state is ReviewState.CLOSED and review.outcome is not None
    is_call = review.kind is ReviewKind.TOOL_CALL
    return ListedReview(
        review=review,
        title=reveal(" ".join(review.title.split())[:200]),
        what=words.titled(review.tool) if is_call else words.kind(review.kind),
        outcome=_outcome(review) if is_closed else pgettext("reviews", "waiting"),
        when=review.closed_at or review.opened_at,
    )


def _outcome(review: Review) -> str:
    assert review.outcome is not None  # noqa: S101 - asked before
    return words.outcome_by(review.outcome, review.decided_by)
