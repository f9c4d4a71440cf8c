"""Pages and counts of the inbox: the work for a page does not grow with the reviews that wait.

The places of live reviews are searched audience by audience, each in the order of one index, and merged;
only the rows of the page are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)

from signoff.domain.flag import Severity
from signoff.domain.ids import PersonId
from signoff.domain.review import Outcome, Review, ReviewKind
from signoff.store.database import Tx
from signoff.store.prepared import Prepared, run_together
from signoff.store.reviews import IS_CLOSED, IS_LIVE, review_of
from signoff.store.rows import ReviewRow, RunRow
from signoff.store.sql import table

_reviews, _runs = table(ReviewRow), table(RunRow)
MAX_WORDS = 5
_RUN = and_(_runs.c.workspace == _reviews.c.workspace, _runs.c.thread == _reviews.c.thread)
_DUE = (_reviews.c.due_at, _reviews.c.risk, _reviews.c.id)
_AFTER_ID: ColumnElement[str] = bindparam("after_id")
_CLOSING = (_reviews.c.closed_at, _reviews.c.id)


@dataclass(frozen=True)
class Sieve:
    """Which rows of a tab are wanted; None does not narrow it."""

    severity: Severity | None = None
    kind: ReviewKind | None = None
    outcome: Outcome | None = None
    tool: str | None = None
    graph: str | None = None
    requester: str | None = None
    thread: str | None = None
    words: tuple[str, ...] = ()
    """Each must occur in title, tool, requester or thread, or begin the id."""
    untitled: tuple[str, ...] = ()
    """Tools whose titles are not searched, as a match would tell what the reader may not see."""


@dataclass(frozen=True)
class Listed:
    """A review in the list, with what the list says about it."""

    review: Review
    audience: str
    graph: str | None


class Part(StrEnum):
    """Which reviews of an audience a tab takes."""

    ALL = "all"
    UNDECIDED = "undecided"
    """A person's word is still wanted."""
    REQUESTED = "requested"
    """Four eyes keeps the person out."""
    HEARD = "heard"
    """The person said their word, or wrote the draft."""


@dataclass(frozen=True)
class Source:
    """One part of one audience, as one person meets it."""

    audience: str
    part: Part = Part.ALL


def live_page(
    tx: Tx,
    sources: Sequence[Source],
    person: tuple[PersonId, str],
    sieve: Sieve,
    after: str | None,
    limit: int,
) -> list[Listed]:
    """Live reviews of all `sources`, the nearest deadline first, then the gravest risk.

    Args:
        person: id and e-mail of the reader.

    Raises:
        ValueError: `after` is no cursor of this list.
    """
    given = _given(tx, sieve) | {"at_most": limit}
    if after is not None:
        when, risk, review_id = after.split("~", 2)
        given |= {"at": datetime.fromisoformat(when), "risk": int(risk), "after_id": review_id}
    found = _run(tx, _live_query, sources, person, given)
    ordered = merge(*found, key=lambda row: (row.due_at, row.risk, row.id))
    return _read(tx, [row.id for row in islice(ordered, limit)])


def live_count(tx: Tx, sources: Sequence[Source], person: tuple[PersonId, str], cap: int) -> int:
    """How many live reviews there are in all `sources`, counted no further than `cap`."""
    found = _run(tx, _live_count, sources, person, {"of": tx.workspace, "at_most": cap})
    return min(cap, sum(int(rows.scalar()) for rows in found))


def closed_page(tx: Tx, since: datetime | None, sieve: Sieve, after: str | None, limit: int) -> list[Listed]:
    """Closed reviews, the last closed first.

    Raises:
        ValueError: `after` is no cursor of this list.
    """
    given = _given(tx, sieve) | {"at_most": limit}
    if since is not None:
        given["since"] = since
    if after is not None:
        when, review_id = after.split("~", 1)
        given |= {"at": datetime.fromisoformat(when), "after_id": review_id}
    return _read(tx, [row.id for row in _closed_query(frozenset(given)).run(tx, given)])


def closed_count(tx: Tx, since: datetime, cap: int) -> int:
    """How many were closed since, counted no further than `cap`."""
    given = {"of": tx.workspace, "since": since, "at_most": cap}
    return int(_CLOSED_COUNT.run(tx, given).scalar())


def cursor_of(listed: Listed) -> str:
    """Where the page behind `listed` begins."""
    review = listed.review
    if review.closed_at is not None:
        return f"{review.closed_at.isoformat()}~{review.id}"
    due = review.due_at or review.expires_at
    return f"{due.isoformat()}~{3 if review.severity is None else 2 - review.severity.rank}~{review.id}"


def _run(
    tx: Tx, make: Any, sources: Sequence[Source], person: tuple[PersonId, str], given: dict[str, Any]
) -> list[Any]:
    asked = []
    for source in sources:
        parameters = {**given, "in_audience": source.audience, **_PERSONAL[source.part](person)}
        asked.append((make(frozenset(parameters), source.part), parameters))
    return run_together(tx, *asked) if asked else []


_PERSONAL: dict[Part, Any] = {
    Part.ALL: lambda _: {},
    Part.UNDECIDED: lambda person: {"me": person[1], "my_id": person[0]},
    Part.REQUESTED: lambda person: {"me": person[1]},
    Part.HEARD: lambda person: {"me": person[1], "my_id": person[0]},
}


def _given(tx: Tx, sieve: Sieve) -> dict[str, Any]:
    """The parameters that a sieve stands for."""
    narrow = {f.name: getattr(sieve, f.name) for f in fields(sieve) if f.name not in ("words", "untitled")}
    given = {"of": tx.workspace} | {name: value for name, value in narrow.items() if value is not None}
    for number, word in enumerate(sieve.words[:MAX_WORDS]):
        given[f"word{number}"] = _escaped(word)
    if sieve.words:
        given |= {f"untitled{number}": tool for number, tool in enumerate(sieve.untitled)}
    return given


def _escaped(word: str) -> str:
    return "".join("\\" + letter if letter in "%_\\" else letter for letter in word)


def _sifted(query: Select[Any], names: frozenset[str]) -> Select[Any]:
    query = query.where(_reviews.c.workspace == bindparam("of"))
    for name in sorted(names & {"severity", "kind", "outcome", "tool", "requester", "thread"}):
        query = query.where(_reviews.c[name] == bindparam(name))
    if "graph" in names:
        query = query.where(exists().where(_RUN, _runs.c.graph == bindparam("graph")))
    untitled = sorted(name for name in names if name.startswith("untitled"))
    for name in sorted(name for name in names if name.startswith("word")):
        query = query.where(_holds(bindparam(name), untitled))
    return query


def _holds(word: ColumnElement[str], untitled: Sequence[str]) -> ColumnElement[bool]:
    anywhere = literal("%").concat(word).concat("%")
    in_title = _reviews.c.title.ilike(anywhere, escape="\\")
    columns = (_reviews.c.tool, _reviews.c.requester, _reviews.c.thread)
    return or_(
        and_(in_title, *(_reviews.c.tool != bindparam(name) for name in untitled)),
        *(column.ilike(anywhere, escape="\\") for column in columns),
        _reviews.c.id.like(word.concat("%"), escape="\\"),
    )


def _of_part(query: Select[Any], part: Part) -> Select[Any]:
    query = query.where(IS_LIVE, _reviews.c.audience == bindparam("in_audience"))
    requested = _reviews.c.not_for == bindparam("me")
    has_heard = _reviews.c.heard.contains(bindparam("my_id"))
    match part:
        case Part.ALL:
            return query
        case Part.UNDECIDED:
            return query.where(_reviews.c.not_for.is_distinct_from(bindparam("me")), ~has_heard)
        case Part.REQUESTED:
            return query.where(requested)
        case Part.HEARD:
            by_another = _reviews.c.not_for.is_distinct_from(bindparam("me"))
            # Written out so that the index of reviews with a word on them serves.
            return query.where(_reviews.c.heard != literal_column("''"), by_another, has_heard)


@cache
def _live_query(names: frozenset[str], part: Part) -> Prepared:
    query = _of_part(_sifted(select(*_DUE), names), part)
    if "at" in names:
        at: ColumnElement[datetime] = bindparam("at", type_=_reviews.c.due_at.type)
        risk: ColumnElement[int] = bindparam("risk")
        query = query.where(tuple_(*_DUE) > tuple_(at, risk, _AFTER_ID))
    return Prepared(query.order_by(*_DUE).limit(bindparam("at_most")))


@cache
def _live_count(names: frozenset[str], part: Part) -> Prepared:
    inner = _of_part(_sifted(select(_reviews.c.id), names), part).limit(bindparam("at_most")).subquery()
    return Prepared(select(func.count()).select_from(inner))


def _since(query: Select[Any]) -> Select[Any]:
    return query.where(_reviews.c.closed_at >= bindparam("since", type_=_reviews.c.closed_at.type))


@cache
def _closed_query(names: frozenset[str]) -> Prepared:
    query = _sifted(select(*_CLOSING), names).where(IS_CLOSED)
    if "since" in names:
        query = _since(query)
    if "at" in names:
        at: ColumnElement[datetime] = bindparam("at", type_=_reviews.c.closed_at.type)
        query = query.where(tuple_(*_CLOSING) < tuple_(at, _AFTER_ID))
    newest_first = (column.desc() for column in _CLOSING)
    return Prepared(query.order_by(*newest_first).limit(bindparam("at_most")))


_CLOSED_COUNT = Prepared(
    select(func.count()).select_from(
        _since(select(_reviews.c.id).where(_reviews.c.workspace == bindparam("of"), IS_CLOSED))
        .limit(bindparam("at_most"))
        .subquery()
    )
)


def _read(tx: Tx, ids: Sequence[str]) -> list[Listed]:
    """The rows of these reviews, in this order."""
    if not ids:
        return []
    query = select(_reviews, _runs.c.graph).select_from(_reviews.outerjoin(_runs, _RUN))
    # The ids are of this workspace; to say so would lead SQLite through all of its reviews.
    found = tx.execute(query.where(_reviews.c.id.in_(ids)))
    rows = {row.id: Listed(review_of(row), row.audience, row.graph) for row in found}
    return [rows[one] for one in ids]
