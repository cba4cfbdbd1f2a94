"""Opening the store: the database is locked, brought up to date, and done without where it is of no use."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from bot.errors import OperatorError
from bot.storage.database import AnswersOnlyError, Database
from bot.storage.postgresql import open_server
from bot.storage.sqlite import open_file
from bot.storage.store import Store
from bot.storage.transactions import NoTransactions, Transactions
from bot.storage.upgrade import is_current, migrate


@asynccontextmanager
async def open_store(address: str) -> AsyncIterator[Store]:
    """The store at an SQLAlchemy address, locked against other bots and brought up to date.

    OperatorError when the settings must be mended first, another bot works there, or a newer one did. Where the
    database itself is at fault, the store has a `trouble`, and keeps nothing.
    """
    async with AsyncExitStack() as stack:
        try:
            database = await stack.enter_async_context(_open(_parsed(address)))
            await _bring_up_to_date(database)
            store = Store(Transactions(database))
        except AnswersOnlyError as error:
            store = Store(NoTransactions(str(error)), trouble=str(error))
        yield store


def _parsed(address: str) -> URL:
    try:
        return make_url(address)
    except (ArgumentError, ValueError):
        pass  # what is wrong with it may be the password
    raise OperatorError(
        "DATABASE_URL is no address of a database; write postgresql://user:password@host:5432/database, with %40 for"
        " @, %2F for / and %23 for # in a password."
    )


def _open(url: URL) -> AbstractAsyncContextManager[Database]:
    return open_server(url) if url.get_backend_name() == "postgresql" else open_file(url)


async def _bring_up_to_date(database: Database) -> None:
    """Take the missing steps, if any are; a database that is locked just now but lacks none is left alone."""
    try:
        async with database.reader.begin() as connection:
            if await connection.run_sync(is_current):
                return
        async with database.migrator.begin() as connection:
            await connection.run_sync(migrate)
    except DBAPIError as error:
        fault = database.fault(error)
    else:
        return
    raise fault
