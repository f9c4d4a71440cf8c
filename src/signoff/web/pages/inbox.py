"""The inbox: what waits for its reader, for their groups and for others, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from signoff.domain.flag import Severity
from signoff.domain.person import Person
from signoff.domain.review import Outcome, Review, ReviewKind, ReviewState
from signoff.services import shadow
from signoff.services.inbox import LIVE, InboxItem, Tab, count_tabs, read_inbox, reader
from signoff.store.inbox import MAX_WORDS, Sieve
from signoff.web.api.schemas import Word
from signoff.web.auth import CoreDep, SessionDep
from signoff.web.pages import words
from signoff.web.pages.common import page, stop_state
from signoff.web.pages.looking import in_words
from signoff.web.pages.reading import midnight, reader_of
from signoff.web.pages.reveal import Piece, reveal

router = APIRouter()
COUNT_CAP = 200
_FILTERS = ("q", "severity", "kind", "outcome", "tool", "agent", "requester", "thread")
_LABELS = {
    Tab.MINE: "Mine to decide",
    Tab.GROUPS: "My groups",
    Tab.OTHERS: "Waiting on others",
    Tab.TODAY: "Done today",
    Tab.DECIDED: "All decided",
}


@dataclass(frozen=True)
class TabLink:
    """A tab with how much is in it."""

    label: str
    href: str
    count: str
    is_current: bool


@dataclass(frozen=True)
class InboxRow:
    """One review in the list."""

    review: Review
    title: tuple[Piece, ...]
    what: tuple[str, ...]
    """What it is, in a few words each."""
    who: str
    looking: str
    due: str
    is_late: bool
    age: str

    @property
    def href(self) -> str:
        return f"/reviews/{self.review.id}"

    @property
    def severity(self) -> str | None:
        return self.review.severity.value if self.review.severity else None


@router.get("/")
def home() -> Response:
    """The inbox is the first page."""
    return RedirectResponse("/reviews", 303)


@router.get("/reviews")
def inbox(
    request: Request,
    core: CoreDep,
    session: SessionDep,
    tab: Annotated[Tab, Query()] = Tab.MINE,
    after: Annotated[Word, Query()] = "",
) -> Response:
    """One page of a tab; search and filters stand in the address, so a bookmark keeps them."""
    values = {name: request.query_params.get(name, "").strip()[:200] for name in _FILTERS}
    if any("\0" in value for value in values.values()):
        values = dict.fromkeys(_FILTERS, "")
    person = session.person
    with core.database.read(person.workspace) as tx:
        who, now = reader(tx, person), tx.now
        today = midnight(now, reader_of(session))
        found = read_inbox(tx, core, who, tab, sieve=_sieve(tab, values), today=today, after=after or None)
        counts = count_tabs(tx, who, today=today, cap=COUNT_CAP)
        in_shadow, stopped = shadow.lately(tx, COUNT_CAP), stop_state(tx)
    given = {name: value for name, value in values.items() if value}
    return page(
        request,
        "inbox.html",
        session=session,
        stopped=stopped,
        tab=tab.value,
        tabs=[
            TabLink(
                label=label,
                href=_href(one, given),
                count=_capped(counts[one]) if one in counts else "",
                is_current=one is tab,
            )
            for one, label in _LABELS.items()
        ],
        is_live=tab in LIVE,
        rows=[_row(item, person, now) for item in found.items],
        empty=_empty(tab, person),
        values=values,
        narrowed=len(given) - ("q" in given),
        filtered=bool(given),
        kinds=[(kind.value, words.KIND[kind]) for kind in ReviewKind],
        outcomes=[(outcome.value, words.OUTCOME[outcome]) for outcome in Outcome],
        in_shadow=_capped(in_shadow) if in_shadow else "",
        decided_today=_capped(counts[Tab.TODAY]),
        in_groups=_capped(counts[Tab.GROUPS]),
        clear_href=_href(tab, {}),
        next_href=_href(tab, given, found.next) if found.next else None,
        first_href=_href(tab, given) if after else None,
    )


def _sieve(tab: Tab, values: Mapping[str, str]) -> Sieve:
    severity, outcome, kind = values["severity"], values["outcome"], values["kind"]
    return Sieve(
        severity=Severity(severity) if severity in set(Severity) else None,
        kind=ReviewKind(kind) if kind in set(ReviewKind) else None,
        outcome=Outcome(outcome) if tab not in LIVE and outcome in set(Outcome) else None,
        tool=values["tool"] or None,
        graph=values["agent"] or None,
        requester=values["requester"] or None,
        thread=values["thread"] or None,
        words=tuple(values["q"].split()[:MAX_WORDS]),
    )


def _href(tab: Tab, given: Mapping[str, str], after: str | None = None) -> str:
    asked = (
        ({} if tab is Tab.MINE else {"tab": tab.value}) | dict(given) | ({"after": after} if after else {})
    )
    return "/reviews" + (f"?{urlencode(asked)}" if asked else "")


def _capped(count: int) -> str:
    return f"{count}+" if count >= COUNT_CAP else str(count)


def _empty(tab: Tab, person: Person) -> str:
    match tab:
        case Tab.MINE:
            return "Nothing waits for you."
        case Tab.GROUPS:
            return "Nothing waits for your groups." if person.groups else "You are in no group."
        case Tab.OTHERS:
            return "Nothing waits on others."
        case Tab.TODAY:
            return "Nothing was decided today."
        case Tab.DECIDED:
            return "Nothing was decided yet."


def _row(item: InboxItem, person: Person, now: datetime) -> InboxRow:
    review = item.review
    due, is_late = words.due(review.due_at, now)
    who, age = f"waits for {_candidates(item, person)}", f"opened {words.ago(review.opened_at, now)}"
    if review.state is ReviewState.SETTLING and review.outcome and review.settles_at:
        due, is_late = f"final in {words.span(review.settles_at - now)}", False
        who = f"{words.OUTCOME[review.outcome].lower()} by {review.decided_by}"
    if review.state is ReviewState.CLOSED and review.outcome:
        due, is_late = words.OUTCOME[review.outcome], False
        who = f"by {review.decided_by}" if review.decided_by else ""
        age = words.ago(review.closed_at or review.opened_at, now)
    return InboxRow(
        review=review,
        title=reveal(" ".join(review.title.split())[:200]),
        what=tuple(_what(item)),
        who=who,
        looking=", ".join(in_words(item.looking, now)),
        due=due,
        is_late=is_late,
        age=age,
    )


def _what(item: InboxItem) -> list[str]:
    review = item.review
    is_call = review.kind is ReviewKind.TOOL_CALL
    said = [words.titled(review.tool) if is_call else words.KIND[review.kind]]
    if item.graph:
        said.append(f"by {words.spaced(item.graph)}")
    if review.requester:
        said.append(f"for {review.requester}")
    if review.flags_count > 1:
        said.append(f"{review.flags_count} flags")
    if review.stages_total > 1:
        said.append(f"step {review.stage} of {review.stages_total}")
    if review.follows is not None:
        said.append("redraft")
    return said


def _candidates(item: InboxItem, person: Person) -> str:
    """Who is meant, as a reader says it: groups by their names, the reader as "you"."""
    if not item.candidates:
        return "any reviewer"
    said = [
        "you" if c.casefold() == person.email.casefold() else c.removeprefix("group:")
        for c in item.candidates
    ]
    return said[0] if len(said) == 1 else ", ".join(said[:-1]) + " or " + said[-1]
