"""Short ways to write domain values in tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from signoff.domain.ids import Digest, PersonId, ReviewId, VoteId
from signoff.domain.stage import Stage, StageSpec
from signoff.domain.vote import Vote, VoteKind

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FIRST = Digest("1" * 64)
SECOND = Digest("2" * 64)


def people(names: Iterable[str]) -> frozenset[PersonId]:
    return frozenset(PersonId(name) for name in names)


def stage(
    candidates: str | None = "abc",
    *,
    number: int = 1,
    excluded: str = "",
    veto: str = "",
    **spec: Any,
) -> Stage:
    """A stage whose persons are single letters; `candidates=None` is an open set."""
    return Stage(
        number=number,
        spec=StageSpec(**spec),
        candidates=None if candidates is None else people(candidates),
        excluded=people(excluded),
        veto_holders=people(veto),
    )


_numbers = count(1)


def vote(
    person: str,
    kind: VoteKind | str,
    *,
    at: int | None = None,
    digest: Digest = FIRST,
    stage: int = 1,
    retracted: bool = False,
    answer: Any = None,
) -> Vote:
    """A vote cast `at` seconds after noon; without it, after every vote made before."""
    number = next(_numbers)
    cast_at = NOON + timedelta(seconds=number if at is None else at)
    return Vote(
        id=VoteId(f"vote-{number:09}"),
        review_id=ReviewId("review"),
        stage=stage,
        person=PersonId(person),
        person_name=person.upper(),
        kind=VoteKind(kind),
        digest=digest,
        answer=answer,
        channel="api",
        client_token=f"token-{number}",
        cast_at=cast_at,
        retracted_at=cast_at + timedelta(seconds=1) if retracted else None,
    )
