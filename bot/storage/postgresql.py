"""A PostgreSQL server: how a database there is locked, opened, and given up on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import errors
from sqlalchemy import URL, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.errors import OperatorError
from bot.storage.database import AnswersOnlyError, Database

#: What a connection does unless the address says otherwise: a server that is gone is noticed within seconds.
_CONNECTION = {
    "application_name": "minsheng",
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
#: Milliseconds that one statement may take, and a bot between two of a transaction.
_STATEMENT_TIMEOUT, _IDLE_TIMEOUT = 5_000, 60_000
#: Milliseconds after which a bot that was killed a moment ago has certainly lost its lock.
_LOCK_TIMEOUT = 1_500
#: The number of this program's lock; within a database anybody may use any number.
_LOCK = 0x6D696E7368656E67  # "minsheng"
#: Seconds that a question waits for the server.
_PATIENCE = 2.0

#: What PostgreSQL says when it lets nobody in, and what that means. A server that speaks another language than
#: English, or says something else, gets the sentence for all cases.
_REFUSALS = (
    ("password authentication failed", "does not accept the user and password in DATABASE_URL"),
    ("no password supplied", "wants a password; write DATABASE_URL as postgresql://user:password@host/database"),
    ("does not exist", "has no such database or user; create it, or correct DATABASE_URL"),
    ("pg_hba.conf", "does not let this machine in; its pg_hba.conf says who may connect"),
    ("starting up", "is still starting; start the bot again in a moment"),
    ("invalid connection option", "is given a word behind the ? of DATABASE_URL that it does not know"),
)
_ANY_REFUSAL = (
    "cannot be reached, or does not let the bot in; look whether it runs, and at the host, port, user, password and"
    " database in DATABASE_URL"
)
#: What a server can suffer from while it still answers.
_AILMENTS: dict[type[Exception], str] = {
    errors.ReadOnlySqlTransaction: "only lets itself be read",
    errors.DiskFull: "has no room on its disk",
    errors.DataCorrupted: "says that its data are damaged",
    errors.IndexCorrupted: "says that an index is damaged",
    errors.IoError: "cannot use its disk",
}


@asynccontextmanager
async def open_server(url: URL) -> AsyncIterator[Database]:
    """The database that an address names, for this bot alone; OperatorError when that cannot be."""
    name = _name_of(url)
    patient = url.set(query=_CONNECTION | dict(url.query))
    once = create_async_engine(patient, poolclass=NullPool, hide_parameters=True)
    lock = _Lock(once, name)
    refused = None
    try:
        await lock.hold()
    except DBAPIError as error:
        refused = _refusal(name, error)
    if refused:
        raise refused
    writer, reader = _connect(patient, writes=True), _connect(patient, writes=False)
    try:
        yield Database(
            writer=writer,
            reader=reader,
            migrator=once,
            hold=lock.hold,
            fault=lambda error: _fault(name, error),
            patience=_PATIENCE,
        )
    finally:
        await reader.dispose()
        await writer.dispose()
        await lock.release()


class _Lock:
    """That one bot works on a database: a lock that PostgreSQL drops when the connection that took it ends."""

    def __init__(self, engine: AsyncEngine, name: str) -> None:
        self._engine = engine
        self._name = name
        self._connection: AsyncConnection | None = None

    async def hold(self) -> None:
        """Have the lock, taken anew if the server was restarted; OperatorError when another bot has it."""
        if self._connection is not None:
            try:
                await self._connection.execute(text("SELECT 1"))
            except DBAPIError:
                await self.release()
            else:
                return
        connection = await self._engine.connect()
        try:
            await self._take(connection)
        except BaseException:
            await connection.close()
            raise
        self._connection = connection

    async def _take(self, connection: AsyncConnection) -> None:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        # When this machine loses its network, the server must notice before somebody starts the bot on another.
        for setting in ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3"):
            await connection.execute(text(f"SET {setting}"))
        await connection.execute(text(f"SET lock_timeout = {_LOCK_TIMEOUT}"))
        try:
            await connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
        except DBAPIError as error:
            taken = isinstance(error.orig, errors.LockNotAvailable)
            if not taken:
                raise
        else:
            return
        raise OperatorError(
            f"Another bot works on {self._name}; stop that one first, or give this one another DATABASE_URL."
        )

    async def release(self) -> None:
        """Let others have it."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.invalidate()
            await connection.close()


def _name_of(url: URL) -> str:
    """The database as operators call it; nothing of the address that might be a password."""
    return f"the PostgreSQL database “{url.database}”"


def _connect(url: URL, *, writes: bool) -> AsyncEngine:
    """The pool of connections that write, of which there is one as with SQLite, or of those that only read."""
    engine = create_async_engine(
        url,
        pool_size=1 if writes else 4,
        max_overflow=0,
        pool_timeout=_PATIENCE,
        # A server that was restarted meanwhile costs the first one who asks it nothing but a new connection.
        pool_pre_ping=True,
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "connect", _configure_writer if writes else _configure_reader)
    return engine


def _configure_writer(connection: Any, _record: object) -> None:
    _set(connection, statement_timeout=_STATEMENT_TIMEOUT, idle_in_transaction_session_timeout=_IDLE_TIMEOUT)
    # What is kept is on the server's disk, also where the server is told to be less careful.
    _set(connection, synchronous_commit="on")


def _configure_reader(connection: Any, _record: object) -> None:
    _set(connection, statement_timeout=_STATEMENT_TIMEOUT, default_transaction_read_only="on")


def _set(connection: Any, **settings: object) -> None:
    cursor = connection.cursor()
    for name, value in settings.items():
        cursor.execute(f"SET {name} = {value}")
    cursor.close()
    connection.commit()


def _refusal(name: str, error: DBAPIError) -> OperatorError:
    """Why there is no connection; the server's own words may quote the address, so they are not repeated."""
    told = str(error.orig)
    meaning = next((meaning for words, meaning in _REFUSALS if words in told), _ANY_REFUSAL)
    return OperatorError(f"The server of {name} {meaning}.")


def _fault(name: str, error: DBAPIError) -> OperatorError | AnswersOnlyError:
    for kind, ailment in _AILMENTS.items():
        if isinstance(error.orig, kind):
            return AnswersOnlyError(
                f"The server of {name} {ailment}; nothing in it was changed. The bot answers, but keeps nothing."
                " Mend the server, or restore a backup there, and start the bot again."
            )
    return OperatorError(
        f"The tables in {name} cannot be made or read ({type(error.orig).__name__}); nothing was changed there."
        " Give the bot a database of its own, in which its user may create tables."
    )
