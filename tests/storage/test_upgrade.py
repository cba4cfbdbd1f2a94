"""The revisions of the schema are known without the library that migrates."""

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from bot.storage.upgrade import is_current, migrate, revision_of, revisions


def test_the_names_of_the_migrations_are_their_revisions() -> None:
    config = Config()
    config.set_main_option("script_location", "bot.storage:migrations")
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert revisions() == {script.revision for script in scripts.walk_revisions()}
    assert scripts.get_current_head() == max(revisions())


def test_the_revision_of_a_database_is_read_from_it() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        assert revision_of(connection) is None
        assert not is_current(connection)
        migrate(connection, "0003")
        assert revision_of(connection) == "0003"
        assert not is_current(connection)
        migrate(connection)
        assert is_current(connection)
        connection.execute(text("DELETE FROM alembic_version"))
        assert revision_of(connection) is None
