"""The list of reviews: what waits, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from signoff.domain.flag import Severity
from signoff.domain.review import Outcome, Review, ReviewKind, ReviewState
from signoff.domain.visibility import viewer_of
from signoff.services import query, shadow
from signoff.services.sight import Sight
from signoff.store.reviews import ReviewFilter
from signoff.web.api.schemas import Word
from signoff.web.auth import CoreDep, SessionDep
from signoff.web.pages import narrow, words
from signoff.web.pages.common import page, stop_state
from signoff.web.pages.reveal import Piece, reveal

router = APIRouter()
PAGE = 25
COUNT_CAP = 500
_FILTERS = ("severity", "outcome", "tool", "requester", "thread", *narrow.NAMES)


@dataclass(frozen=True)
class InboxRow:
    """One review in the list."""

    review: Review
    title: tuple[Piece, ...]
    tool_words: str
    due: str
    is_late: bool
    age: str

    @property
    def href(self) -> str:
        return f"/reviews/{self.review.id}"

    @property
    def severity(self) -> str | None:
        return self.review.severity.value if self.review.severity else None

    @property
    def kind_word(self) -> str | None:
        """What it is, where it is no tool call."""
        return None if self.review.kind is ReviewKind.TOOL_CALL else words.KIND[self.review.kind]

    @property
    def is_redraft(self) -> bool:
        return self.review.follows is not None

    @property
    def requester(self) -> str | None:
        return self.review.requester

    @property
    def flags_count(self) -> int:
        return self.review.flags_count

    @property
    def stage(self) -> int:
        return self.review.stage

    @property
    def stages_total(self) -> int:
        return self.review.stages_total


@router.get("/")
def home() -> Response:
    """The list is the first page."""
    return RedirectResponse("/reviews", 303)


@router.get("/reviews")
def inbox(
    request: Request,
    core: CoreDep,
    session: SessionDep,
    tab: Annotated[Literal["waiting", "decided"], Query()] = "waiting",
    after: Annotated[Word, Query()] = "",
) -> Response:
    """One page of reviews; every filter stands in the address."""
    values = {name: request.query_params.get(name, "").strip()[:200] for name in _FILTERS}
    if any("\0" in value for value in values.values()):
        values = dict.fromkeys(_FILTERS, "")
    with core.database.read(session.person.workspace) as tx:
        wanted = narrow.narrowed(_wanted(tab, values), values, tx.now)
        found = query.list_reviews(tx, wanted, after=after or None, limit=PAGE)
        shown = Sight(tx, core, viewer_of(session.person)).heads(found.items)
        waiting = query.count_live(tx, COUNT_CAP)
        in_shadow = shadow.lately(tx, COUNT_CAP)
        stopped, now = stop_state(tx), tx.now
    given = {name: value for name, value in values.items() if value}
    return page(
        request,
        "inbox.html",
        session=session,
        stopped=stopped,
        tab=tab,
        rows=[_row(review, now) for review in shown],
        values=values,
        narrowed_to=narrow.told(values),
        more_names=narrow.NAMES,
        filtered=bool(given),
        outcomes=[(outcome.value, words.OUTCOME[outcome]) for outcome in Outcome],
        in_shadow=_capped(in_shadow) if in_shadow else "",
        waiting_count=_capped(waiting),
        waiting_words=_waiting_words(waiting),
        waiting_href=_href("waiting", given),
        decided_href=_href("decided", given),
        next_href=_href(tab, given, found.next) if found.next else None,
        first_href=_href(tab, given),
        not_first=bool(after),
    )


def _wanted(tab: str, values: dict[str, str]) -> ReviewFilter:
    severity, outcome = values["severity"], values["outcome"]
    return ReviewFilter(
        state="live" if tab == "waiting" else "closed",
        severity=Severity(severity) if severity in set(Severity) else None,
        outcome=Outcome(outcome) if tab == "decided" and outcome in set(Outcome) else None,
        tool=values["tool"] or None,
        requester=values["requester"] or None,
        thread=values["thread"] or None,
    )


def _href(tab: str, given: dict[str, str], after: str | None = None) -> str:
    return "/reviews?" + urlencode({"tab": tab, **given, **({"after": after} if after else {})})


def _capped(count: int) -> str:
    return f"{count}+" if count >= COUNT_CAP else str(count)


def _waiting_words(count: int) -> str:
    if count == 0:
        return "Nothing is paused."
    if count == 1:
        return "One step of an agent is paused until somebody decides. The nearest deadline stands first."
    many = f"More than {COUNT_CAP}" if count >= COUNT_CAP else str(count)
    return f"{many} steps of agents are paused until somebody decides. The nearest deadline stands first."


def _row(review: Review, now: datetime) -> InboxRow:
    due, is_late = words.due(review.due_at, now)
    age = f"opened {words.ago(review.opened_at, now)}"
    if review.state is ReviewState.SETTLING and review.outcome and review.settles_at:
        left = words.span(review.settles_at - now)
        due, is_late, age = (
            f"{words.OUTCOME[review.outcome]}, final in {left}",
            False,
            f"by {review.decided_by}",
        )
    if review.state is ReviewState.CLOSED and review.outcome:
        due, is_late = words.OUTCOME[review.outcome], False
        who = f"by {review.decided_by}, " if review.decided_by else ""
        age = who + words.ago(review.closed_at or review.opened_at, now)
    return InboxRow(
        review=review,
        title=reveal(" ".join(review.title.split())[:200]),
        tool_words=words.titled(review.tool),
        due=due,
        is_late=is_late,
        age=age,
    )
