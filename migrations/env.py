"""Runs migrations on the connection that `consult upgrade` hands over; there is no alembic.ini."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes.get("metadata"),
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    user_module_prefix="",
)
with context.begin_transaction():
    context.run_migrations()
