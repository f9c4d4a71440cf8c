"""What a person finds in their inbox, and how much of it there is."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from signoff.domain.audience import includes, named, names_a_group_of
from signoff.domain.errors import VoteInvalid
from signoff.domain.ids import PersonId
from signoff.domain.look import Look
from signoff.domain.permission import Permission, permissions_of
from signoff.domain.person import Person
from signoff.domain.review import Review, ReviewState
from signoff.domain.visibility import viewer_of
from signoff.services.core import Core
from signoff.services.looks import others_at
from signoff.services.sight import Sight
from signoff.store import audiences, inbox
from signoff.store.database import Tx
from signoff.store.inbox import Part, Sieve, Source

PAGE = 25
EVERY = Sieve()


class Tab(StrEnum):
    """The parts of an inbox."""

    MINE = "mine"
    """My decision is possible now."""
    GROUPS = "groups"
    """A group of mine is named, whoever of it is still needed."""
    OTHERS = "others"
    """Live, and not mine to decide."""
    TODAY = "today"
    DECIDED = "decided"


LIVE = (Tab.MINE, Tab.GROUPS, Tab.OTHERS)


@dataclass(frozen=True)
class InboxItem:
    """One review of an inbox."""

    review: Review
    graph: str | None
    candidates: tuple[str, ...]
    """Who is meant, in the policy's words; empty when every reviewer is."""
    looking: tuple[Look, ...] = ()
    """Who else has it open now."""


@dataclass(frozen=True)
class Inbox:
    """One page of one tab."""

    items: list[InboxItem]
    next: str | None


@dataclass(frozen=True)
class Reader:
    """Somebody with the audiences of all that waits, sorted into theirs and those of others."""

    person: Person
    audiences: Mapping[str, Set[str]]

    @property
    def key(self) -> tuple[PersonId, str]:
        return self.person.id, self.person.email.casefold()

    def sources(self, tab: Tab) -> list[Source]:
        """Where the live reviews of a tab are found; no review is found twice."""
        mine = [key for key, members in self.audiences.items() if self._decides(members)]
        match tab:
            case Tab.MINE:
                return [Source(key, Part.UNDECIDED) for key in mine]
            case Tab.GROUPS:
                return [
                    Source(key)
                    for key, members in self.audiences.items()
                    if names_a_group_of(members, self.person)
                ]
            case _:
                others = [Source(key) for key in self.audiences if key not in mine]
                barred = [Source(key, part) for key in mine for part in (Part.REQUESTED, Part.HEARD)]
                return others + barred

    def _decides(self, members: Set[str]) -> bool:
        may = Permission.DECIDE in permissions_of(self.person.roles)
        return may and self.person.active and includes(members, self.person)


def reader(tx: Tx, person: Person) -> Reader:
    """`person` as a reader of their inbox."""
    return Reader(person, audiences.live(tx))


def read_inbox(
    tx: Tx,
    core: Core,
    who: Reader,
    tab: Tab,
    *,
    sieve: Sieve = EVERY,
    today: datetime,
    after: str | None = None,
    limit: int = PAGE,
) -> Inbox:
    """A page of a tab: live reviews by deadline and then by risk, decided ones the newest first.

    Args:
        today: when the reader's day began.

    Raises:
        VoteInvalid: the cursor is not one of this list.
    """
    sight = Sight(tx, core, viewer_of(who.person))
    if sieve.words:
        sieve = replace(sieve, untitled=sight.covered_tools())
    try:
        if tab in LIVE:
            found = inbox.live_page(tx, who.sources(tab), who.key, sieve, after, limit + 1)
        else:
            since = today if tab is Tab.TODAY else None
            found = inbox.closed_page(tx, since, sieve, after, limit + 1)
    except ValueError as error:
        raise VoteInvalid("after", "not a cursor of this list") from error
    shown = found[:limit]
    heads = sight.heads([item.review for item in shown])
    members = dict(who.audiences)
    if missing := {item.audience for item in shown} - members.keys():
        members |= audiences.members_of(tx, missing)
    looking = others_at(tx, [head.id for head in heads if head.state is ReviewState.OPEN], who.person)
    items = [
        InboxItem(head, item.graph, named(members[item.audience]), looking.get(head.id, ()))
        for head, item in zip(heads, shown, strict=True)
    ]
    return Inbox(items, inbox.cursor_of(shown[-1]) if len(found) > limit else None)


def count_tabs(tx: Tx, who: Reader, *, today: datetime, cap: int) -> dict[Tab, int]:
    """How many there are in each tab but the last, counted no further than `cap`."""
    counts = {tab: inbox.live_count(tx, who.sources(tab), who.key, cap) for tab in LIVE}
    return counts | {Tab.TODAY: inbox.closed_count(tx, today, cap)}


def next_for(tx: Tx, person: Person, *, beside: Review) -> Review | None:
    """The next review that `person` may decide, other than `beside`."""
    who = reader(tx, person)
    found = inbox.live_page(tx, who.sources(Tab.MINE), who.key, EVERY, None, 2)
    return next((item.review for item in found if item.review.id != beside.id), None)
