"""Opens the store: locks the database and migrates it, or continues without it if it is unusable."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from bot.errors import OperatorError
from bot.storage.circuit_breaker import CircuitBreaker
from bot.storage.claims import UpdateClaims
from bot.storage.database import AnswersOnlyError, Database
from bot.storage.erasures import ErasureLedger
from bot.storage.replica import Replica
from bot.storage.sqlite import open_file
from bot.storage.store import Store
from bot.storage.transactions import NoTransactions, Transactions
from bot.storage.upgrade import is_current, migrate

#: The advisory lock of the process that migrates.
_MIGRATION_LOCK = 0x6D736802


@asynccontextmanager
async def open_store(
    address: str, *, erasures: ErasureLedger | None = None, shared: bool = False
) -> AsyncIterator[Store]:
    """Open the store at an SQLAlchemy URL, locked against other bots and migrated to this version.

    With `shared`, replicas of this bot may use a PostgreSQL database at the same time; this process becomes one with
    `Store.joined`, and writes nothing before.

    Raises OperatorError if the settings are wrong, another bot uses the database, or a newer version wrote it, and
    UnreachableError if the database server is unreachable. If the database itself is broken, the store has a `failure`
    and every method raises StorageError.
    """
    async with AsyncExitStack() as stack:
        try:
            database = await stack.enter_async_context(open_database(parse_address(address), shared=shared))
            await _migrate(database)
            store = _store(database, erasures)
        except AnswersOnlyError as error:
            store = Store(NoTransactions(str(error)), failure=str(error))
        yield store


def parse_address(address: str) -> URL:
    """Parse a URL; raises OperatorError if it is invalid."""
    try:
        return make_url(address)
    except (ArgumentError, ValueError):
        pass  # the error may quote the password
    raise OperatorError(
        "DATABASE_URL is not a database URL; write postgresql://user:password@host:5432/database, with %40 for"
        " @, %2F for / and %23 for # in a password."
    )


def open_database(url: URL, *, shared: bool = False) -> AbstractAsyncContextManager[Database]:
    """The database, locked for this process or for replicas; for the errors see `open_server` and `open_file`."""
    if url.get_backend_name() != "postgresql":
        return open_file(url)
    from bot.storage.postgresql import open_server  # noqa: PLC0415 - its driver takes time and memory

    return open_server(url, shared=shared)


def _store(database: Database, erasures: ErasureLedger | None) -> Store:
    breaker = None if database.read_timeout is None else CircuitBreaker()
    if database.shared is None:
        return Store(Transactions(database), erasures=erasures, breaker=breaker)
    replica = Replica(database.shared.heartbeat, database.shared.listen)
    claims = UpdateClaims(database.shared.claims, replica)
    return Store(Transactions(database, replica), erasures=erasures, breaker=breaker, claims=claims)


async def _migrate(database: Database) -> None:
    """Apply missing migrations. A current database is only read, so it also opens while another program locks it."""
    try:
        async with database.reader.begin() as connection:
            if await connection.run_sync(is_current):
                return
        async with database.migrator.begin() as connection:
            if database.shared is not None:  # two replicas may start at once
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
                if await connection.run_sync(is_current):
                    return
            await connection.run_sync(migrate)
    except DBAPIError as error:
        failure = database.classify_error(error)
    else:
        return
    raise failure
