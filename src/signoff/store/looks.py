"""Who has which review open: rows that come and go, and are no part of any record."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, delete, select, update

from signoff.domain.ids import PersonId, ReviewId
from signoff.domain.look import LAPSES_AFTER, Look
from signoff.store.database import Tx
from signoff.store.rows import PersonRow, ReviewLookRow
from signoff.store.sql import insert_new, table

_looks, _people = table(ReviewLookRow), table(PersonRow)


def renew(tx: Tx, review_id: ReviewId, person: PersonId) -> None:
    """Note that `person` has the review open; lapsed looks of the workspace go."""
    tx.execute(
        delete(_looks).where(_looks.c.workspace == tx.workspace, _looks.c.seen_at <= tx.now - LAPSES_AFTER)
    )
    here = {"workspace": tx.workspace, "review_id": review_id, "person_id": person}
    mine = and_(*(_looks.c[name] == value for name, value in here.items()))
    if tx.execute(update(_looks).where(mine).values(seen_at=tx.now)).rowcount == 0:
        insert_new(tx, _looks, here | {"since": tx.now, "seen_at": tx.now})


def at(tx: Tx, review_ids: Sequence[ReviewId]) -> dict[ReviewId, tuple[Look, ...]]:
    """Who looks at each of these reviews, the longest first; reviews that nobody looks at are left out."""
    if not review_ids:
        return {}
    query = (
        select(_looks.c.review_id, _looks.c.person_id, _looks.c.since, _people.c.name)
        .join(_people, and_(_people.c.workspace == _looks.c.workspace, _people.c.id == _looks.c.person_id))
        .where(
            _looks.c.workspace == tx.workspace,
            _looks.c.review_id.in_(review_ids),
            _looks.c.seen_at > tx.now - LAPSES_AFTER,
        )
        .order_by(_looks.c.since, _looks.c.person_id)
    )
    found: dict[ReviewId, tuple[Look, ...]] = {}
    for row in tx.execute(query):
        look = Look(person=PersonId(row.person_id), name=row.name, since=row.since)
        found[ReviewId(row.review_id)] = (*found.get(ReviewId(row.review_id), ()), look)
    return found
