"""Which rule of which policy spoke, beside every action and review, for figures and filters."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_VERIFIED = sa.text("event = 'audit.verified'")
_SAID = {
    "sqlite": "json_extract({table}.verdict, '$.{name}')",
    "postgresql": "{table}.verdict::json ->> '{name}'",
}


_START = """coalesce(
    (SELECT max(earlier.cast_at) FROM vote AS earlier WHERE earlier.review_id = vote.review_id
        AND earlier.stage < vote.stage AND earlier.retracted_at IS NULL),
    (SELECT review.opened_at FROM review WHERE review.id = vote.review_id))"""
_WAITED = {
    "sqlite": "UPDATE vote SET waited = coalesce((julianday(cast_at) - julianday({start})) * 86400, 0)",
    "postgresql": "UPDATE vote SET waited = coalesce(extract(epoch FROM cast_at - {start}), 0)",
}
_NAMED = """UPDATE vote SET step = coalesce((SELECT {name} FROM stage WHERE stage.review_id = vote.review_id
    AND stage.number = vote.stage ORDER BY stage.revision DESC LIMIT 1), '')"""
_STEP = {
    "sqlite": _NAMED.format(name="json_extract(stage.content, '$.spec.name')"),
    "postgresql": _NAMED.format(name="stage.content::json #>> '{spec,name}'"),
}
_NAMES = ("effect", "rule", "policy_hash", "policy")


def upgrade() -> None:
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ruling", sa.String(), nullable=False, server_default="review"))
        batch_op.add_column(sa.Column("rule", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("policy_hash", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.add_column(sa.Column("policy", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("rule", sa.String(), nullable=True))
    said = _SAID[op.get_bind().dialect.name]
    named = {name: said.format(table="action", name=name) for name in _NAMES}
    op.execute(
        f"UPDATE action SET ruling = {named['effect']}, rule = {named['rule']}, "  # noqa: S608 - our own names
        f"policy_hash = {named['policy_hash']}"
    )
    of_action = "(SELECT {said} FROM action WHERE action.id = review.action_id)"
    op.execute(
        f"UPDATE review SET policy = {of_action.format(said=named['policy'])}, "  # noqa: S608 - as above
        f"rule = {of_action.format(said=named['rule'])}"
    )
    op.create_index(
        "action_ruled", "action", ["workspace", "created_at", "tool", "policy_hash", "rule", "ruling"]
    )
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.add_column(sa.Column("step", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("waited", sa.Float(), nullable=False, server_default="0"))
    op.execute(_WAITED[op.get_bind().dialect.name].format(start=_START))
    op.execute(_STEP[op.get_bind().dialect.name])
    op.create_index(
        "review_by_closed", "review", ["workspace", "closed_at", "tool", "outcome", "kind", "policy", "rule"]
    )
    op.create_index(
        "audit_verified",
        "audit_entry",
        ["workspace", "seq"],
        sqlite_where=_VERIFIED,
        postgresql_where=_VERIFIED,
    )


def downgrade() -> None:
    op.drop_index("audit_verified", "audit_entry")
    op.drop_index("review_by_closed", "review")
    op.drop_index("action_ruled", "action")
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.drop_column("waited")
        batch_op.drop_column("step")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_column("rule")
        batch_op.drop_column("policy")
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.drop_column("policy_hash")
        batch_op.drop_column("rule")
        batch_op.drop_column("ruling")
