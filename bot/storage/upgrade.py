"""Migrations to this version of the schema, in one transaction."""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot.errors import OperatorError


def is_current(connection: Connection) -> bool:
    """Whether no migration is missing; raises OperatorError if a newer Minsheng wrote the database."""
    present = revision_of(connection)
    if (newer := newer_schema(present)) is not None:
        raise newer
    return present == max(revisions())


def revision_of(connection: Connection) -> str | None:
    """The revision of a database's schema; None if it has none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return revision


def newer_schema(present: str | None) -> OperatorError | None:
    """The error if the database's schema is of a newer Minsheng; None if this program knows it."""
    if present is None or present in revisions():
        return None
    return OperatorError(
        f"The database was written by a newer Minsheng (its version is {present}, this program knows"
        f" up to {max(revisions())}); start the newer program, or restore a backup from before."
    )


@cache
def revisions() -> frozenset[str]:
    """Every revision of the schema that this version knows; they sort in order."""
    return frozenset(path.name[1:5] for path in Path(__file__).parent.glob("migrations/versions/v[0-9]*.py"))


def migrate(connection: Connection, to: str = "head") -> None:
    """Apply missing migrations in the open transaction."""
    from alembic import command  # noqa: PLC0415 - needed once for each version of the program
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "bot.storage:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
