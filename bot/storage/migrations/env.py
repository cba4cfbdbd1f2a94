"""Runs the steps on the connection, and in the transaction, of whoever asks for it."""

from alembic import context

from bot.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can do it; without this, Alembic would think that a step cannot be taken back.
    transactional_ddl=True,
)
context.run_migrations()
