"""Which threads and actions were erased."""

import sqlalchemy as sa
from alembic import op

from signoff.store.types import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("run", "action"):
        op.add_column(name, sa.Column("erased_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    for name in ("run", "action"):
        op.drop_column(name, "erased_at")
