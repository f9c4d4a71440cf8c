"""A review with everything that a decision needs, read at once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, bindparam, select

from signoff.domain import canonical
from signoff.domain.ids import Digest, ReviewId, RevisionId
from signoff.domain.person import Actor
from signoff.domain.policy import Verdict
from signoff.domain.review import ReviewFile, Revision
from signoff.domain.stage import Stage
from signoff.store.actions import load_flags, stored_action
from signoff.store.database import Tx
from signoff.store.prepared import Prepared, run_together
from signoff.store.reviews import BY_ID, BY_ID_LOCKED, review_of, vote_of
from signoff.store.rows import ActionRow, ReviewRow, RevisionRow, StageRow, VoteRow
from signoff.store.sql import table

_reviews, _revisions = table(ReviewRow), table(RevisionRow)
_stages, _votes, _actions = table(StageRow), table(VoteRow), table(ActionRow)

_review_id: BindParameter[str] = bindparam("with_id")
_ACTION = Prepared(
    select(_actions)
    .join(_reviews, _reviews.c.action_id == _actions.c.id)
    .where(_reviews.c.id == _review_id, _actions.c.workspace == bindparam("of"))
)
_REVISIONS = Prepared(
    select(_revisions).where(_revisions.c.review_id == _review_id).order_by(_revisions.c.number)
)
_STAGES = Prepared(
    select(_stages.c.revision, _stages.c.content)
    .where(_stages.c.review_id == _review_id)
    .order_by(_stages.c.number)
)
_VOTES = Prepared(
    select(_votes).where(_votes.c.review_id == _review_id).order_by(_votes.c.cast_at, _votes.c.id)
)


def load(tx: Tx, review_id: ReviewId, *, lock: bool = False) -> ReviewFile | None:
    """A review of this workspace, as of one moment if it is locked; its stages are the current revision's."""
    review_query = BY_ID_LOCKED if lock else BY_ID
    queries = (review_query, _ACTION, _REVISIONS, _STAGES, _VOTES)
    parameters = {"of": tx.workspace, "with_id": review_id}
    found, action, revisions, stages, votes = run_together(tx, *((query, parameters) for query in queries))
    row = found.one_or_none()
    if row is None:
        return None
    review = review_of(row)
    return ReviewFile(
        review=review,
        action=stored_action(action.one()).action,
        revisions=tuple(_revision(row) for row in revisions),
        stages=tuple(
            Stage.model_validate_json(row.content) for row in stages if row.revision == review.revision
        ),
        votes=tuple(vote_of(row) for row in votes),
    )


def _revision(row: Any) -> Revision:
    return Revision(
        id=RevisionId(row.id),
        review_id=ReviewId(row.review_id),
        number=row.number,
        digest=Digest(row.digest),
        arguments=canonical.decode(row.arguments),
        author=Actor.model_validate_json(row.author),
        flags=load_flags(row.flags),
        verdict=Verdict.model_validate_json(row.verdict),
        created_at=row.created_at,
    )
