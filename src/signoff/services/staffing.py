"""Who may vote in the stages of a review: resolved once, when it opens."""

from __future__ import annotations

from collections.abc import Sequence

from signoff.domain.audience import EVERYBODY, Waiting
from signoff.domain.permission import Permission, roles_with
from signoff.domain.person import Person
from signoff.domain.stage import Stage, StageKind, StageSpec
from signoff.services.core import Core
from signoff.store import audiences, people
from signoff.store.database import Tx

MAY_VOTE = roles_with(Permission.DECIDE)


def staff_stages(tx: Tx, specs: Sequence[StageSpec], requester: str | None) -> tuple[Stage, ...]:
    """Stages with their candidates, excluded persons and veto holders as they are now."""
    needs_people = any(s.candidates or s.excluded or s.veto or s.four_eyes for s in specs)
    everybody = people.everybody(tx) if needs_people else ()
    return tuple(_staffed(n, spec, everybody, requester) for n, spec in enumerate(specs, start=1))


def _staffed(number: int, spec: StageSpec, everybody: Sequence[Person], requester: str | None) -> Stage:
    able = [person for person in everybody if person.active and person.roles & MAY_VOTE]
    excluded = {person.id for person in able if person.matches(spec.excluded)}
    if spec.four_eyes and spec.kind is not StageKind.CONFIRM:
        excluded |= {person.id for person in everybody if requester and person.matches((requester,))}
    candidates = frozenset(person.id for person in able if person.matches(spec.candidates))
    return Stage(
        number=number,
        spec=spec,
        candidates=candidates if spec.candidates else None,
        excluded=frozenset(excluded),
        veto_holders=frozenset(person.id for person in able if person.matches(spec.veto)),
    )


def keep_audience(tx: Tx, core: Core, waiting: Waiting) -> None:
    """Have the members of an audience in the database; most calls find that they are there."""
    mark = f"{tx.workspace}/{waiting.audience}"
    if waiting.audience == EVERYBODY or mark in core.kept:
        return
    audiences.keep(tx, waiting.audience, waiting.members)
    tx.after_commit(lambda: core.kept.add(mark))
