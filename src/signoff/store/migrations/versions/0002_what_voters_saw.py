"""A vote says which flags were checked and what was seen."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.add_column(sa.Column("acknowledged", sa.Text(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("seen", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.drop_column("seen")
        batch_op.drop_column("acknowledged")
