"""Migrations to this version of the schema, in one transaction."""

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.errors import OperatorError


def is_current(connection: Connection) -> bool:
    """Whether no migration is missing; OperatorError if a newer Minsheng wrote the database."""
    present = MigrationContext.configure(connection).get_current_revision()
    if (newer := newer_schema(present)) is not None:
        raise newer
    return present == max(revisions())


def newer_schema(present: str | None) -> OperatorError | None:
    """The error that the schema of the database is of a newer Minsheng; None when this program knows it."""
    if present is None or present in revisions():
        return None
    return OperatorError(
        f"The database was written by a newer Minsheng (its version is {present}, this program knows"
        f" up to {max(revisions())}); start the newer program, or restore a backup from before."
    )


@cache
def revisions() -> frozenset[str]:
    """Every revision of the schema that this version knows; they sort in their order."""
    return frozenset(step.revision for step in ScriptDirectory.from_config(_config(None)).walk_revisions())


def migrate(connection: Connection, to: str = "head") -> None:
    """Apply all missing migrations in the open transaction."""
    command.upgrade(_config(connection), to)


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", "bot.storage:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
