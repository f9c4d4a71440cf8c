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
from signoff.store.actions import action_of, load_flags
from signoff.store.database import Tx
from signoff.store.prepared import Apart, Prepared, run_together
from signoff.store.reviews import review_of, vote_of
from signoff.store.rows import ActionRow, ReviewRow, RevisionRow, StageRow, VoteRow
from signoff.store.sql import table

_reviews, _revisions = table(ReviewRow), table(RevisionRow)
_stages, _votes, _actions = table(StageRow), table(VoteRow), table(ActionRow)

_review_id: BindParameter[str] = bindparam("with_id")
_of_id = (
    select(_reviews, _actions)
    .select_from(_reviews)
    .join(_actions, _actions.c.id == _reviews.c.action_id)
    .where(_reviews.c.workspace == bindparam("of"), _reviews.c.id == _review_id)
)
# An action never changes, so it may be joined; what was added while this waited for the lock is seen only
# by the statements after it.
_BY_ID, _BY_ID_LOCKED = Prepared(_of_id), Prepared(_of_id.with_for_update(of=_reviews))
_apart = Apart(_reviews, _actions)
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
    queries = (_BY_ID_LOCKED if lock else _BY_ID, _REVISIONS, _STAGES, _VOTES)
    parameters = {"of": tx.workspace, "with_id": review_id}
    found, revisions, stages, votes = run_together(tx, *((query, parameters) for query in queries))
    row = found.one_or_none()
    if row is None:
        return None
    review_row, action_row = _apart(row)
    review = review_of(review_row)
    return ReviewFile(
        review=review,
        action=action_of(action_row),
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
