"""Transactions on either database, which raise every database error as a StorageError."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, TypeAlias, TypeVar

import structlog
from sqlalchemy import Row, Select, UpdateBase
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import OperatorError, StorageError
from bot.storage.database import Database
from bot.storage.replica import Replica

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
_Value = TypeVar("_Value")

log = structlog.get_logger()


class Transactions:
    """Transactions in a usable database: many readers, one writer at a time."""

    def __init__(self, database: Database, replica: Replica | None = None) -> None:
        self._database = database
        self._replica = replica
        self._writing = asyncio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A read-only transaction with one snapshot of all tables."""
        with storage_errors():
            async with asyncio.timeout(self._database.read_timeout), self._database.reader.begin() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction. It must not be nested; other exceptions inside pass unchanged."""
        try:
            async with AsyncExitStack() as stack:
                with storage_errors():
                    async with asyncio.timeout(self._database.write_timeout):
                        connection = await self._begin_to_write(stack)
                yield connection
        except StorageError:
            self._note_write(failed=True)
            raise
        self._note_write(failed=False)

    async def _begin_to_write(self, stack: AsyncExitStack) -> AsyncConnection:
        await stack.enter_async_context(self._writing)
        await self._database.ensure_held()
        connection = await stack.enter_async_context(_begun(self._database.writer))
        if self._replica is not None:
            await self._replica.fence(connection)
        return connection

    def _note_write(self, *, failed: bool) -> None:
        if self._replica is not None:
            self._replica.note_write(failed=failed)

    async def purge(self) -> None:
        """Remove erased rows from the database files. A failure is logged: the next purge covers it."""
        async with self._writing:
            try:
                with storage_errors():
                    await self._database.purge()
            except StorageError as error:
                log.warning("not_purged", reason=str(error))

    async def ensure_held(self) -> None:
        """Raise OperatorError if this bot no longer holds the database or its files.

        Raises StorageError if that cannot be determined now.
        """
        async with self._writing:
            with _database_errors():
                await self._database.ensure_held()


@asynccontextmanager
async def _begun(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    with _database_errors():
        async with engine.begin() as connection:
            yield connection


class NoTransactions:
    """A substitute for an unusable database: every transaction raises StorageError with the reason.

    Reading fails too: an empty result would claim that nothing is stored, or that no role was revoked.
    """

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        raise StorageError(self._reason)

    def writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        raise StorageError(self._reason)

    async def purge(self) -> None:
        raise StorageError(self._reason)

    async def ensure_held(self) -> None:
        raise StorageError(self._reason)


AnyTransactions: TypeAlias = Transactions | NoTransactions


class Repository:
    """The base of the repositories, with transactions of a single statement."""

    def __init__(self, transactions: AnyTransactions) -> None:
        self._transactions = transactions

    async def _first(self, query: Select[Any], convert: Callable[[AnyRow], _Value]) -> _Value | None:
        async with self._transactions.reading() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else convert(row)

    async def _all(self, query: Select[Any], convert: Callable[[AnyRow], _Value]) -> list[_Value]:
        async with self._transactions.reading() as connection:
            return [convert(row) for row in await connection.execute(query)]

    async def _scalar(self, query: Select[Any]) -> Any:
        async with self._transactions.reading() as connection:
            return await connection.scalar(query)

    async def _execute(self, statement: UpdateBase) -> int:
        """Execute a write; return the number of changed rows."""
        async with self._transactions.writing() as connection:
            return (await connection.execute(statement)).rowcount


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raise every database error inside as a StorageError."""
    try:
        with _database_errors():
            yield
    except TimeoutError:
        why = _sentence("Timeout")
    except OperatorError as error:
        why = str(error)
    else:
        return
    raise StorageError(why)


@contextmanager
def _database_errors() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        why = _sentence(_error_name(error))
    else:
        return
    # Raised outside `except`: a chained database error would contain the values of the statement.
    raise StorageError(why)


def _sentence(kind: str) -> str:
    return f"The database cannot be used at the moment ({kind}); it is tried again."


def _error_name(error: SQLAlchemyError) -> str:
    """The class of an error; its text may quote stored values."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlite_errorname", type(cause).__name__)
