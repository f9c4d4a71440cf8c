"""Alembic's entry point; the connection comes from `signoff.store.migrate`."""

from alembic import context

from signoff.store.rows import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
