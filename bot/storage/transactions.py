"""A transaction, whichever database it is in; whatever goes wrong with it is a StorageError."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import TypeAlias

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import OperatorError, StorageError
from bot.storage.database import Database


class Transactions:
    """Transactions in a database that works: many that read, one at a time that writes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writing = asyncio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state of everything."""
        with _faults():
            async with asyncio.timeout(self._database.patience), self._database.reader.begin() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes; it must not begin another one. What else fails inside passes unchanged."""
        async with self._writing:
            with _faults():
                await self._database.hold()
            with _faults_of_the_database():
                async with self._database.writer.begin() as connection:
                    yield connection


class NoTransactions:
    """Where no database can be used: whoever needs one is told why.

    Reading fails as well: that nothing is kept of a person, or that nobody's rights were taken away, would be a
    guess.
    """

    def __init__(self, trouble: str) -> None:
        self._trouble = trouble

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """StorageError."""
        raise StorageError(self._trouble)

    def writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """StorageError."""
        raise StorageError(self._trouble)


Access: TypeAlias = Transactions | NoTransactions


class Repository:
    """A part of the store: what it keeps, it reads and writes through these transactions."""

    def __init__(self, access: Access) -> None:
        self._access = access


@contextmanager
def _faults() -> Iterator[None]:
    try:
        with _faults_of_the_database():
            yield
    except TimeoutError:
        why = _sentence("Timeout")
    except OperatorError as error:
        why = str(error)
    else:
        return
    raise StorageError(why)


@contextmanager
def _faults_of_the_database() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        why = _sentence(_kind_of(error))
    else:
        return
    # Raised behind the "except": an error that knew the database's one would lead to the values in it.
    raise StorageError(why)


def _sentence(kind: str) -> str:
    return f"The database cannot be used at the moment ({kind}); it is tried again."


def _kind_of(error: SQLAlchemyError) -> str:
    """The name of an error; its text may quote what should have been kept."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlite_errorname", type(cause).__name__)
