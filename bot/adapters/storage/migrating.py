"""Bringing a database up to this program's version, all or nothing."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.core.errors import OperatorError


def migrate(connection: Connection) -> None:
    """Take all missing steps in the open transaction; OperatorError if the database is newer than this."""
    config = Config()
    config.set_main_option("script_location", "bot.adapters.storage:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    steps = ScriptDirectory.from_config(config)
    known = {step.revision for step in steps.walk_revisions()}
    present = MigrationContext.configure(connection).get_current_revision()
    if present is not None and present not in known:
        raise OperatorError(
            f"The database was written by a newer Minsheng (its version is {present}, this program knows"
            f" up to {steps.get_current_head()}); start the newer program, or restore a backup from before."
        )
    if present != steps.get_current_head():
        command.upgrade(config, "head")
