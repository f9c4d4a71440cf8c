"""What a thread held when it was last driven."""

import sqlalchemy as sa
from alembic import op

from signoff.store.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "run_snapshot",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "thread"),
    )


def downgrade() -> None:
    op.drop_table("run_snapshot")
