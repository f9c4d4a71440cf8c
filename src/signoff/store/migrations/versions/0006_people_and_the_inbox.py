"""Whom each review waits for, preferences and identities of people, and what a session came from."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from signoff.store.types import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_LIVE = sa.text("state <> 'closed'")
_CLOSED = sa.text("state = 'closed'")
_BARRED = sa.text("state <> 'closed' AND not_for IS NOT NULL")
_HEARD = sa.text("state <> 'closed' AND heard <> ''")


def upgrade() -> None:
    op.create_table(
        "audience",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("member", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "audience", "member"),
    )
    op.create_table(
        "person_identity",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "issuer", "subject"),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("browser_hash", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=False),
        sa.Column("then", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("state_hash"),
    )
    _add("person", sa.Column("preferences", sa.Text(), nullable=False, server_default="{}"))
    for name in ("agent", "how", "zone"):
        _add("login_session", sa.Column(name, sa.String(), nullable=False, server_default=""))
    _add("api_key", sa.Column("expires_at", UtcDateTime(), nullable=True))
    _add("review", sa.Column("audience", sa.String(), nullable=False, server_default="everybody"))
    _add("review", sa.Column("not_for", sa.String(), nullable=True))
    _add("review", sa.Column("heard", sa.Text(), nullable=False, server_default=""))
    _add("review", sa.Column("risk", sa.Integer(), nullable=False, server_default="3"))
    _fill()
    for name, columns, where in (
        ("review_waiting", ["workspace", "audience", "due_at", "risk", "id", "not_for"], _LIVE),
        ("review_not_for", ["workspace", "not_for", "audience", "due_at", "risk", "id"], _BARRED),
        ("review_heard", ["workspace", "audience", "due_at", "risk", "id"], _HEARD),
        ("review_by_closing", ["workspace", "closed_at", "id"], _CLOSED),
    ):
        op.create_index(name, "review", columns, sqlite_where=where, postgresql_where=where)


def _add(table: str, column: sa.Column[Any]) -> None:
    op.add_column(table, column)


def _fill() -> None:
    """Say of the reviews that wait already whom they wait for; votes cast before are left out, so that
    a person may find one of theirs in the list once more."""
    connection = op.get_bind()
    connection.execute(
        sa.text("UPDATE review SET risk = CASE severity WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END"
                " WHERE severity IS NOT NULL")
    )  # fmt: skip
    connection.execute(sa.text("UPDATE review SET audience = 'settling' WHERE state = 'settling'"))
    waiting = connection.execute(
        sa.text(
            "SELECT review.id, review.workspace, review.requester, stage.content FROM review JOIN stage"
            " ON stage.review_id = review.id AND stage.revision = review.revision"
            " AND stage.number = review.stage WHERE review.state = 'open'"
        )
    ).all()
    from signoff.domain.audience import EVERYBODY, waiting_in  # noqa: PLC0415 - an empty database needs none
    from signoff.domain.stage import Stage  # noqa: PLC0415 - as above

    for row in waiting:
        found = waiting_in(Stage.model_validate_json(row.content), row.requester)
        connection.execute(
            sa.text("UPDATE review SET audience = :audience, not_for = :not_for WHERE id = :id"),
            {"audience": found.audience, "not_for": found.not_for, "id": row.id},
        )
        for member in found.members if found.audience != EVERYBODY else ():
            connection.execute(
                sa.text(
                    "INSERT INTO audience VALUES (:workspace, :audience, :member) ON CONFLICT DO NOTHING"
                ),
                {"workspace": row.workspace, "audience": found.audience, "member": member},
            )
