"""Who has which review open."""

import sqlalchemy as sa
from alembic import op

from signoff.store.types import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review_look",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("review_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "review_id", "person_id"),
    )
    op.create_index("review_look_seen", "review_look", ["workspace", "seen_at"])


def downgrade() -> None:
    op.drop_table("review_look")
