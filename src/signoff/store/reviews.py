"""Reviews with their revisions, stages and votes. Moves are conditional on state and version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

import orjson
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from signoff.domain import canonical
from signoff.domain.audience import Waiting
from signoff.domain.flag import Severity
from signoff.domain.ids import (
    ActionId,
    Digest,
    EffectId,
    PersonId,
    ReviewId,
    ThreadId,
    VoteId,
    WorkspaceId,
)
from signoff.domain.review import Outcome, Resolution, Review, ReviewKind, ReviewState, Revision
from signoff.domain.stage import Stage
from signoff.domain.vote import Vote, VoteKind
from signoff.store.actions import dump_flags
from signoff.store.database import Tx
from signoff.store.prepared import Prepared
from signoff.store.rows import ReviewRow, RevisionRow, StageRow, VoteRow
from signoff.store.sql import table

_reviews, _revisions = table(ReviewRow), table(RevisionRow)
_stages, _votes = table(StageRow), table(VoteRow)

# Written out and not as a parameter: only so SQLite finds the indexes of live and of closed reviews.
IS_LIVE: ColumnElement[bool] = _reviews.c.state != literal_column("'closed'")
IS_CLOSED: ColumnElement[bool] = _reviews.c.state == literal_column("'closed'")

_OF_ID = (_reviews.c.workspace == bindparam("of"), _reviews.c.id == bindparam("with_id"))
_OF_THREAD = (_reviews.c.workspace == bindparam("of"), _reviews.c.thread == bindparam("in_thread"))
_NOT_CLOSED = (IS_LIVE, _reviews.c.kind != ReviewKind.SETTLEMENT)
_get = select(_reviews).where(*_OF_ID)
_BY_ID, _BY_ID_LOCKED = Prepared(_get), Prepared(_get.with_for_update())
_PLACE = Prepared(select(_reviews.c.key, _reviews.c.pause, _reviews.c.effect_id).where(*_OF_ID))
_LATEST_OF_ACTION = Prepared(
    select(_reviews)
    .where(_reviews.c.workspace == bindparam("of"), _reviews.c.action_id == bindparam("with_action"))
    .where(_reviews.c.kind != ReviewKind.SETTLEMENT)
    .order_by(_reviews.c.id.desc())
    .limit(1)
)
_followers = _reviews.alias()
WITHOUT_REDRAFT = Prepared(
    select(_reviews)
    .where(
        *_OF_THREAD,
        _reviews.c.tool == bindparam("with_tool"),
        _reviews.c.kind == ReviewKind.TOOL_CALL,
        _reviews.c.state == ReviewState.CLOSED,
        _reviews.c.outcome == Outcome.CHANGES_REQUESTED,
        ~exists().where(
            _followers.c.workspace == bindparam("of"),
            _followers.c.thread == bindparam("in_thread"),
            _followers.c.follows == _reviews.c.id,
            _followers.c.outcome.is_distinct_from(Outcome.SUPERSEDED),
        ),
        _reviews.c.pause != bindparam("of_pause"),
    )
    .order_by((_reviews.c.title == bindparam("with_title")).desc(), _reviews.c.id.desc())
    .limit(1)
)
_LIVE_IN_PAUSE = Prepared(
    select(func.count()).where(*_OF_THREAD, *_NOT_CLOSED, _reviews.c.pause == bindparam("in_pause"))
)
LIVE_IN_THREAD = Prepared(select(_reviews).where(*_OF_THREAD, *_NOT_CLOSED))
_ADD, _ADD_REVISION = Prepared(insert(_reviews)), Prepared(insert(_revisions))
_ADD_STAGES, _ADD_VOTE = Prepared(insert(_stages)), Prepared(insert(_votes))
_WITH_TOKEN = Prepared(
    select(_votes).where(
        _votes.c.review_id == bindparam("of_review"), _votes.c.client_token == bindparam("with_token")
    )
)


@cache
def _change(columns: tuple[str, ...], was_state: ReviewState) -> Prepared:
    return Prepared(
        update(_reviews)
        .where(*_OF_ID, _reviews.c.state == was_state, _reviews.c.version == bindparam("was_version"))
        .values({name: bindparam(f"new_{name}") for name in columns})
    )


NO_RULE = "(none)"
"""No rule can be called so."""
HASTY = 5.0
"""Seconds below which nobody has read a draft."""
APPROVING = (VoteKind.APPROVE, VoteKind.REVISE)
OBJECTED = (Outcome.REVISED, Outcome.CHANGES_REQUESTED, Outcome.REJECTED)
"""What a person would not have let run as it was."""
DECIDED = (Outcome.APPROVED, *OBJECTED, Outcome.ANSWERED)


@dataclass(frozen=True)
class ReviewFilter:
    """Which reviews a list shows; every field that is None does not narrow it."""

    state: Literal["open", "settling", "closed", "live"] | None = None
    outcome: Outcome | None = None
    kind: ReviewKind | None = None
    tool: str | None = None
    thread: str | None = None
    severity: Severity | None = None
    requester: str | None = None
    policy: str | None = None
    rule: str | None = None
    """`NO_RULE` for those that no rule of a policy opened."""
    voter: PersonId | None = None
    """Who has a vote on it."""
    closed_since: datetime | None = None
    late_at: datetime | None = None
    """Open ones whose deadline had passed then."""
    decided: bool = False
    """Only those that people gave an outcome."""
    objected: bool = False
    """Only those that people changed or rejected."""
    hasty: bool = False
    """Only those that somebody approved faster than anybody reads."""

    @property
    def is_by_deadline(self) -> bool:
        """Whether the list is ordered by deadline, as live reviews are; others go by their opening."""
        return self.state in ("open", "settling", "live")


_NARROWING = ("state", "outcome", "kind", "tool", "thread", "severity", "requester", "policy", "rule")


def _one_of(column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
    """`IN` for a prepared statement, whose parameters are known beforehand."""
    return or_(*(column == value for value in values))


_of_vote = (_votes.c.review_id == _reviews.c.id, _votes.c.retracted_at.is_(None))
_MORE = {
    "no_rule": _reviews.c.rule.is_(None),
    "voter": exists().where(*_of_vote, _votes.c.person == bindparam("voter")),
    "closed_since": _reviews.c.closed_at >= bindparam("closed_since"),
    "late_at": and_(_reviews.c.state == ReviewState.OPEN, _reviews.c.due_at < bindparam("late_at")),
    "decided": _one_of(_reviews.c.outcome, DECIDED),
    "objected": _one_of(_reviews.c.outcome, OBJECTED),
    "hasty": exists().where(*_of_vote, _one_of(_votes.c.kind, APPROVING), _votes.c.seconds < HASTY),
}
"""Conditions that are more than a column with a value; their parameters carry their names."""


def _narrowing(wanted: ReviewFilter) -> dict[str, Any]:
    """The columns that must have a value, and the names of the conditions that must hold."""
    names = (*_NARROWING, *_MORE)
    given = {name: getattr(wanted, name) for name in names if name != "no_rule"}
    narrow = {name: value for name, value in given.items() if value not in (None, False, "live")}
    if narrow.get("rule") == NO_RULE:
        del narrow["rule"]
        narrow["no_rule"] = True
    return narrow


def _matching(query: Select[Any], parameters: frozenset[str], is_live: bool) -> Select[Any]:
    query = query.where(_reviews.c.workspace == bindparam("of"))
    if is_live:
        query = query.where(IS_LIVE)
    for column in sorted(parameters.intersection(_NARROWING)):
        query = query.where(_reviews.c[column] == bindparam(column))
    return query.where(*(_MORE[name] for name in sorted(parameters.intersection(_MORE))))


@cache
def _page(parameters: frozenset[str], by_deadline: bool) -> Prepared:
    """The query of `page` for one set of parameters."""
    query = _matching(select(_reviews), parameters, by_deadline).limit(bindparam("at_most"))
    if by_deadline:
        moment, order = _reviews.c.due_at, (_reviews.c.due_at.asc(), _reviews.c.id.asc())
    else:
        moment, order = _reviews.c.opened_at, (_reviews.c.opened_at.desc(), _reviews.c.id.desc())
    if "cursor_at" in parameters:
        at: ColumnElement[datetime] = bindparam("cursor_at", type_=moment.type)
        beside: ColumnElement[str] = bindparam("cursor_id")
        if by_deadline:
            further = or_(moment > at, and_(moment == at, _reviews.c.id > beside))
        else:
            further = or_(moment < at, and_(moment == at, _reviews.c.id < beside))
        query = query.where(further)
    return Prepared(query.order_by(*order))


@cache
def _count(parameters: frozenset[str], is_live: bool) -> Prepared:
    """The query of `count` for one set of parameters."""
    inner = _matching(select(_reviews.c.id), parameters, is_live).limit(bindparam("at_most")).subquery()
    return Prepared(select(func.count()).select_from(inner))


def add(
    tx: Tx, review: Review, key: str, pause: str, waiting: Waiting, effect_id: EffectId | None = None
) -> None:
    values = review.model_dump() | waiting_columns(waiting)
    values |= {"key": key, "pause": pause, "effect_id": effect_id, "workspace": tx.workspace}
    _ADD.send(tx, values | {"risk": risk_of(review.severity)})


def waiting_columns(waiting: Waiting) -> dict[str, Any]:
    """What the row of a review says about those whom it waits for."""
    heard = " ".join(sorted(waiting.heard))
    return {"audience": waiting.audience, "not_for": waiting.not_for, "heard": heard}


def risk_of(severity: Severity | None) -> int:
    """A number by which the most severe stands first."""
    return 3 if severity is None else Severity.HIGH.rank - severity.rank


def add_revision(tx: Tx, revision: Revision, stages: Sequence[Stage]) -> None:
    _ADD_REVISION.send(
        tx,
        {
            "id": revision.id,
            "review_id": revision.review_id,
            "number": revision.number,
            "digest": revision.digest,
            "arguments": canonical.encode(revision.arguments),
            "author": revision.author.model_dump_json(),
            "flags": dump_flags(revision.flags),
            "verdict": revision.verdict.model_dump_json(),
            "created_at": revision.created_at,
        },
    )
    _ADD_STAGES.send(
        tx,
        *(
            {
                "review_id": revision.review_id,
                "revision": revision.number,
                "number": stage.number,
                "content": stage.model_dump_json(),
            }
            for stage in stages
        ),
    )


def add_vote(tx: Tx, vote: Vote, ballot_digest: Digest) -> None:
    values = vote.model_dump(exclude={"answer", "acknowledged", "hidden"})
    values |= {
        "answer": canonical.encode(vote.answer),
        "acknowledged": canonical.encode(list(vote.acknowledged)),
        "hidden": canonical.encode(list(vote.hidden)),
        "ballot_digest": ballot_digest,
    }
    _ADD_VOTE.send(tx, values)


def retract_vote(tx: Tx, vote_id: VoteId) -> None:
    tx.execute(update(_votes).where(_votes.c.id == vote_id).values(retracted_at=tx.now))


def vote_with_token(tx: Tx, review_id: ReviewId, token: str) -> tuple[Vote, Digest] | None:
    """The vote that a client token already made, with the digest of its ballot."""
    row = _WITH_TOKEN.run(tx, {"of_review": review_id, "with_token": token}).one_or_none()
    return None if row is None else (vote_of(row), Digest(row.ballot_digest))


def get(tx: Tx, review_id: ReviewId, *, lock: bool = False) -> Review | None:
    query = _BY_ID_LOCKED if lock else _BY_ID
    row = query.run(tx, {"of": tx.workspace, "with_id": review_id}).one_or_none()
    return None if row is None else review_of(row)


@dataclass(frozen=True)
class Place:
    """Where a review belongs: its key in the thread, its pause, and the effect it settles."""

    key: str
    pause: str
    effect_id: EffectId | None


def place(tx: Tx, review_id: ReviewId) -> Place:
    row = _PLACE.run(tx, {"of": tx.workspace, "with_id": review_id}).one()
    return place_of(row)


def place_of(row: Any) -> Place:
    return Place(row.key, row.pause, None if row.effect_id is None else EffectId(row.effect_id))


def latest_of_action(tx: Tx, action_id: ActionId) -> Review | None:
    row = _LATEST_OF_ACTION.run(tx, {"of": tx.workspace, "with_action": action_id}).one_or_none()
    return None if row is None else review_of(row)


def policies_of(tx: Tx, review_ids: Sequence[ReviewId]) -> dict[ReviewId, Digest]:
    """The policy that each review was opened under."""
    query = select(_revisions.c.review_id, _revisions.c.verdict).where(
        _revisions.c.review_id.in_(review_ids), _revisions.c.number == 1
    )
    return {
        ReviewId(row.review_id): Digest(orjson.loads(row.verdict)["policy_hash"]) for row in tx.execute(query)
    }


def live_in_thread(tx: Tx, thread: ThreadId) -> list[tuple[Review, Place]]:
    """Reviews of the thread that are not closed, settlements left out."""
    rows = LIVE_IN_THREAD.run(tx, {"of": tx.workspace, "in_thread": thread})
    return [(review_of(row), place_of(row)) for row in rows]


def count_live_by_thread(tx: Tx, threads: Sequence[ThreadId]) -> dict[str, int]:
    """How many reviews of each thread are not closed; threads without any are left out."""
    query = (
        select(_reviews.c.thread, func.count().label("n"))
        .where(
            _reviews.c.workspace == tx.workspace,
            _reviews.c.thread.in_(threads),
            _reviews.c.state != ReviewState.CLOSED,
        )
        .group_by(_reviews.c.thread)
    )
    return {row.thread: row.n for row in tx.execute(query)}


def live_settlement(tx: Tx, effect_id: EffectId) -> Review | None:
    query = select(_reviews).where(
        _reviews.c.workspace == tx.workspace,
        _reviews.c.effect_id == effect_id,
        IS_LIVE,
    )
    row = tx.execute(query).one_or_none()
    return None if row is None else review_of(row)


def live_count_of_pause(tx: Tx, thread: ThreadId, pause: str) -> int:
    return int(_LIVE_IN_PAUSE.run(tx, {"of": tx.workspace, "in_thread": thread, "in_pause": pause}).scalar())


def change(tx: Tx, review: Review, **values: Any) -> Review | None:
    """Write `values` if the review is still as read (state and version); None when it is not."""
    new = {"version": review.version + 1, **values}
    if "severity" in new:
        new["risk"] = risk_of(new["severity"])
    parameters = {f"new_{name}": value for name, value in new.items()} | {
        "of": tx.workspace,
        "with_id": review.id,
        "was_version": review.version,
    }
    if _change(tuple(new), review.state).run(tx, parameters).rowcount != 1:
        return None
    return review.model_copy(update={name: new[name] for name in new.keys() & Review.model_fields.keys()})


def due_to_close(tx: Tx, limit: int = 100) -> list[tuple[WorkspaceId, ReviewId]]:
    """Reviews of every workspace whose settling window is over, or whose time ran out."""
    query = (
        select(_reviews.c.workspace, _reviews.c.id)
        .where(
            or_(
                and_(_reviews.c.state == ReviewState.SETTLING, _reviews.c.settles_at <= tx.now),
                and_(_reviews.c.state == ReviewState.OPEN, _reviews.c.expires_at <= tx.now),
            )
        )
        .limit(limit)
    )
    return [(WorkspaceId(row.workspace), ReviewId(row.id)) for row in tx.execute(query)]


def live_threads(tx: Tx) -> list[tuple[WorkspaceId, ThreadId]]:
    """Threads of every workspace with a review that is not closed."""
    query = (
        select(_reviews.c.workspace, _reviews.c.thread)
        .where(IS_LIVE, _reviews.c.kind != ReviewKind.SETTLEMENT)
        .distinct()
    )
    return [(WorkspaceId(row.workspace), ThreadId(row.thread)) for row in tx.execute(query)]


def page(tx: Tx, wanted: ReviewFilter, after: str | None, limit: int) -> list[Review]:
    """Live reviews by deadline, others by opening, newest first; from behind the cursor `after`."""
    parameters = {"of": tx.workspace, "at_most": limit, **_narrowing(wanted)}
    if after is not None:
        when, review_id = after.rsplit("~", 1)
        parameters |= {"cursor_at": datetime.fromisoformat(when), "cursor_id": review_id}
    query = _page(frozenset(parameters), wanted.is_by_deadline)
    return [review_of(row) for row in query.run(tx, parameters)]


def cursor_of(review: Review, wanted: ReviewFilter) -> str:
    """Where the page after `review` begins."""
    moment = review.due_at if wanted.is_by_deadline and review.due_at else review.opened_at
    return f"{moment.isoformat()}~{review.id}"


def count(tx: Tx, wanted: ReviewFilter, cap: int) -> int:
    """How many match, counted no further than `cap`."""
    parameters = {"of": tx.workspace, "at_most": cap, **_narrowing(wanted)}
    return int(_count(frozenset(parameters), wanted.is_by_deadline).run(tx, parameters).scalar())


def count_by_outcome(tx: Tx) -> dict[Outcome, int]:
    query = (
        select(_reviews.c.outcome, func.count().label("n"))
        .where(_reviews.c.workspace == tx.workspace, _reviews.c.outcome.is_not(None))
        .group_by(_reviews.c.outcome)
    )
    return {Outcome(row.outcome): row.n for row in tx.execute(query)}


def review_of(row: Any) -> Review:
    return Review(
        id=ReviewId(row.id),
        workspace=WorkspaceId(row.workspace),
        thread=ThreadId(row.thread),
        action_id=ActionId(row.action_id),
        kind=ReviewKind(row.kind),
        tool=row.tool,
        policy=row.policy,
        rule=row.rule,
        title=row.title,
        state=ReviewState(row.state),
        outcome=None if row.outcome is None else Outcome(row.outcome),
        resolution=None if row.resolution is None else Resolution(row.resolution),
        digest=Digest(row.digest),
        revision=row.revision,
        stage=row.stage,
        stages_total=row.stages_total,
        severity=None if row.severity is None else Severity(row.severity),
        flags_count=row.flags_count,
        requester=row.requester,
        follows=None if row.follows is None else ReviewId(row.follows),
        opened_at=row.opened_at,
        due_at=row.due_at,
        expires_at=row.expires_at,
        escalated_at=row.escalated_at,
        settles_at=row.settles_at,
        closed_at=row.closed_at,
        decided_by=row.decided_by,
        reason=row.reason,
        version=row.version,
    )


def vote_of(row: Any) -> Vote:
    return Vote(
        id=VoteId(row.id),
        review_id=ReviewId(row.review_id),
        stage=row.stage,
        step=row.step,
        waited=row.waited,
        person=PersonId(row.person),
        person_name=row.person_name,
        kind=VoteKind(row.kind),
        digest=Digest(row.digest),
        reason=row.reason,
        answer=canonical.decode(row.answer),
        channel=row.channel,
        seconds=row.seconds,
        client_token=row.client_token,
        acknowledged=tuple(canonical.decode(row.acknowledged)),
        seen=None if row.seen is None else Digest(row.seen),
        hidden=tuple(canonical.decode(row.hidden)),
        cast_at=row.cast_at,
        retracted_at=row.retracted_at,
    )
