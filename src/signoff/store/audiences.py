"""Who belongs to the audiences that reviews wait for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from signoff.domain.audience import ANYBODY, EVERYBODY, SETTLING
from signoff.store.database import Tx
from signoff.store.prepared import Prepared
from signoff.store.reviews import IS_LIVE
from signoff.store.rows import AudienceRow, ReviewRow
from signoff.store.sql import table

_audiences, _reviews = table(AudienceRow), table(ReviewRow)
_KNOWN: Mapping[str, frozenset[str]] = {EVERYBODY: frozenset({ANYBODY}), SETTLING: frozenset()}


def keep(tx: Tx, audience: str, members: Set[str]) -> None:
    """Write the members of an audience, unless they are there."""
    insert = sqlite_insert if tx.dialect.name == "sqlite" else postgresql_insert
    rows = [{"workspace": tx.workspace, "audience": audience, "member": member} for member in sorted(members)]
    tx.execute(insert(_audiences).on_conflict_do_nothing(), rows)


def live(tx: Tx) -> dict[str, frozenset[str]]:
    """The members of every audience that some review waits for now, by its key."""
    found = [row.audience for row in _LIVE.run(tx, {"of": tx.workspace}) if row.audience is not None]
    unknown = [audience for audience in found if audience not in _KNOWN]
    return {key: _KNOWN[key] for key in found if key in _KNOWN} | members_of(tx, unknown)


def members_of(tx: Tx, audiences: Iterable[str]) -> dict[str, frozenset[str]]:
    """The members of these audiences, by key."""
    wanted = sorted(set(audiences))
    members: dict[str, set[str]] = {audience: set() for audience in wanted}
    if wanted:
        query = select(_audiences.c.audience, _audiences.c.member).where(
            _audiences.c.workspace == tx.workspace, _audiences.c.audience.in_(wanted)
        )
        for row in tx.execute(query):
            members[row.audience].add(row.member)
    return {audience: frozenset(found) for audience, found in members.items()}


def _next_after(audience: Any) -> Any:
    """The first audience behind `audience` that has a live review: one step into the index."""
    return (
        select(func.min(_reviews.c.audience))
        .where(
            and_(
                _reviews.c.workspace == bindparam("of"),
                IS_LIVE,
                _reviews.c.audience > audience,
            )
        )
        .scalar_subquery()
    )


# Audiences are few and reviews may be very many, so this steps from one audience to the next.
_first = select(_next_after("").label("audience")).cte("steps", recursive=True)
_steps = _first.union_all(
    select(_next_after(_first.c.audience).label("audience")).where(_first.c.audience.is_not(None))
)
_LIVE = Prepared(select(_steps.c.audience))
