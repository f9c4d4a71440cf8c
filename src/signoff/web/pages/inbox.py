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
from signoff.web.pages.reading import current, midnight
from signoff.web.pages.reveal import Piece, reveal
from signoff.web.pages.translate import N_, any_of, gettext, ngettext

router = APIRouter()
COUNT_CAP = 200
_FILTERS = ("q", "severity", "kind", "outcome", "tool", "agent", "requester", "thread")
_LABELS = {
    Tab.MINE: N_("Mine to decide"),
    Tab.GROUPS: N_("My groups"),
    Tab.OTHERS: N_("Waiting on others"),
    Tab.TODAY: N_("Done today"),
    Tab.DECIDED: N_("All decided"),
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
        today = midnight(now, current())
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
                label=gettext(label),
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
        kinds=[(kind.value, words.kind(kind)) for kind in ReviewKind],
        outcomes=[(outcome.value, words.outcome(outcome)) for outcome in Outcome],
        in_shadow=_capped(in_shadow) if in_shadow else "",
        shadow_calls=in_shadow,
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
            return gettext("Nothing waits for you.")
        case Tab.GROUPS:
            if not person.groups:
                return gettext("You are in no group.")
            return gettext("Nothing waits for your groups.")
        case Tab.OTHERS:
            return gettext("Nothing waits on others.")
        case Tab.TODAY:
            return gettext("Nothing was decided today.")
        case Tab.DECIDED:
            return gettext("Nothing was decided yet.")


def _row(item: InboxItem, person: Person, now: datetime) -> InboxRow:
    review = item.review
    due, is_late = words.due(review.due_at, now)
    who = gettext("waits for %(people)s", people=_candidates(item, person))
    age = gettext("opened %(ago)s", ago=words.ago(review.opened_at, now))
    if review.state is ReviewState.SETTLING and review.outcome and review.settles_at:
        due = gettext("final in %(time)s", time=words.span_after(review.settles_at - now))
        who, is_late = words.outcome_by_within(review.outcome, review.decided_by), False
    if review.state is ReviewState.CLOSED and review.outcome:
        due, is_late = words.outcome(review.outcome), False
        who = gettext("by %(person)s", person=review.decided_by) if review.decided_by else ""
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
    said = [words.titled(review.tool) if is_call else words.kind(review.kind)]
    if item.graph:
        said.append(gettext("by %(agent)s", agent=words.spaced(item.graph)))
    if review.requester:
        said.append(gettext("for %(person)s", person=review.requester))
    if review.flags_count > 1:
        said.append(ngettext("%(n)s flag", "%(n)s flags", review.flags_count))
    if review.stages_total > 1:
        said.append(gettext("step %(stage)s of %(all)s", stage=review.stage, all=review.stages_total))
    if review.follows is not None:
        said.append(gettext("redraft"))
    return said


def _candidates(item: InboxItem, person: Person) -> str:
    """Who is meant, as a reader says it: groups by their names, the reader as "you"."""
    if not item.candidates:
        return gettext("any reviewer")
    return any_of(
        [
            gettext("you") if c.casefold() == person.email.casefold() else c.removeprefix("group:")
            for c in item.candidates
        ]
    )
