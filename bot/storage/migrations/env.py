"""Runs the migrations on the connection and in the transaction of the caller."""

from alembic import context

from bot.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite supports it; otherwise Alembic would assume that a migration cannot be rolled back.
    transactional_ddl=True,
)
context.run_migrations()
