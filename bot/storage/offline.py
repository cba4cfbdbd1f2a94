"""Reads a database while a bot may be using it: takes no lock and changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from bot.errors import OperatorError
from bot.storage.opening import parse_address
from bot.storage.upgrade import is_current, revision_of, revisions


@contextmanager
def reading_offline(address: str) -> Iterator[Connection]:
    """A connection whose transactions see one snapshot of all tables; raises OperatorError if unreadable."""
    engine, reason = _read_only_engine(address), ""
    try:
        with engine.connect() as connection:
            yield connection
            return
    except DBAPIError as error:
        reason = type(error.orig).__name__
    finally:
        engine.dispose()
    # Raised outside `except`: the database's error may quote the URL.
    raise OperatorError(f"The database cannot be read ({reason}); check DATABASE_URL and DATA_DIR.")


def schema_state(address: str) -> str:
    """The revision of the schema in words; raises OperatorError if the database is unreadable or newer."""
    newest = max(revisions())
    with reading_offline(address) as connection:
        if is_current(connection):
            return f"its schema is current ({newest})"
        present = revision_of(connection)
        return f"its schema is {present or 'not created'}, the start of the bot migrates it to {newest}"


def _read_only_engine(address: str) -> Engine:
    url = parse_address(address)
    if url.get_backend_name() == "postgresql":
        query = {"connect_timeout": "5", "options": "-c default_transaction_read_only=on"} | dict(url.query)
        return create_engine(url.set(query=query), isolation_level="REPEATABLE READ", hide_parameters=True)
    path = Path(str(url.database))
    if not path.exists():
        raise OperatorError(f"There is no database {path}; check DATABASE_URL and DATA_DIR.")
    return create_engine(f"sqlite:///file:{quote(str(path.absolute()))}?mode=ro&uri=true", hide_parameters=True)
