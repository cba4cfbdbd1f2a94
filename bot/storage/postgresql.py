"""PostgreSQL: locking a database, connections, and the meaning of its errors."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from psycopg import AsyncConnection, errors
from sqlalchemy import URL, ExceptionContext, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection as SqlConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.errors import OperatorError
from bot.storage.database import AnswersOnlyError, Database, SharedEngines, UnreachableError
from bot.storage.pooler import mixes_sessions
from bot.storage.schema import parked_updates

T = TypeVar("T")

#: Connection defaults unless the URL overrides them: a lost server is detected within seconds.
_CONNECTION_DEFAULTS = {
    "application_name": "minsheng",
    "connect_timeout": "3",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
#: Milliseconds for one statement.
_STATEMENT_TIMEOUT = 3_000
#: The most milliseconds between two statements of a transaction: normally, and in a replica. A replica that is frozen
#: within a transaction must have lost it before another one takes over its work.
_IDLE_TIMEOUT, _REPLICA_IDLE_TIMEOUT = 60_000, 5_000
#: The number of connections for reading, and for a replica's claims of updates.
_READERS, _CLAIMERS = 4, 3
#: Seconds after which the bot gives up on a server that does not even cancel the statement. The program must be able to
#: write its last receipts and end within the 10 seconds of a supervisor.
_SILENCE_TIMEOUT = 4.0
#: In milliseconds; a bot that was just killed loses its lock well within this time.
_LOCK_TIMEOUT = 1_500
#: Key of this program's advisory lock.
_LOCK_KEY = 0x6D696E7368656E67  # "minsheng"
#: Seconds that a question waits for the server.
_READ_TIMEOUT = 2.0

#: PostgreSQL's messages for permanent refusals, and what operators should do. Any other failure to connect may be
#: temporary: the server, or its network, starts later than the bot.
_MIXES_SESSIONS = (
    "is behind a connection pooler that mixes sessions; connect to the server itself, or set pool_mode = session for"
    " this database in PgBouncer"
)
_REFUSALS = (
    ("statement pooling mode", _MIXES_SESSIONS),
    ("password authentication failed", "does not accept the user and password in DATABASE_URL"),
    ("no password supplied", "needs a password; write DATABASE_URL as postgresql://user:password@host/database"),
    ("does not exist", "has no such database or user; create it, or correct DATABASE_URL"),
    ("pg_hba.conf", "refuses connections from this machine; its pg_hba.conf says who may connect"),
    ("invalid connection option", "does not know an option after the ? of DATABASE_URL"),
)
_UNREACHABLE = (
    "cannot be reached, or refuses the connection; it is tried again. Check that it runs, and the host and port in"
    " DATABASE_URL"
)
#: Errors of a server that still responds.
_SERVER_FAULTS: dict[type[Exception], str] = {
    errors.ReadOnlySqlTransaction: "is read-only",
    errors.DiskFull: "is on a full disk",
    errors.DataCorrupted: "reports damaged data",
    errors.IndexCorrupted: "reports a damaged index",
    errors.IoError: "cannot use its disk",
}


@asynccontextmanager
async def open_server(url: URL, *, shared: bool) -> AsyncIterator[Database]:
    """Open the database of a URL for this bot alone, or together with other replicas (`shared`).

    Raises UnreachableError if the server is unreachable, and OperatorError if it refuses this bot.
    """
    name = _display_name(url)
    with_defaults = url.set(query=_CONNECTION_DEFAULTS | dict(url.query))
    migrator = create_async_engine(with_defaults, poolclass=NullPool, hide_parameters=True)
    unpooled = create_async_engine(with_defaults, poolclass=NullPool, hide_parameters=True, connect_args=_IMPATIENT)
    lock = _Lock(unpooled, name, shared=shared)
    await _take_lock(lock, unpooled, name)
    configure_writer = partial(_configure_writer, _REPLICA_IDLE_TIMEOUT if shared else _IDLE_TIMEOUT)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(lock.release)

        def connect(configure: Callable[[Any, object], None], size: int = 1) -> AsyncEngine:
            engine = _connect(with_defaults, configure, size)
            stack.push_async_callback(engine.dispose)
            return engine

        yield Database(
            writer=connect(configure_writer),
            reader=connect(_configure_reader, _READERS),
            migrator=migrator,
            ensure_held=lock.ensure,
            purge=partial(_rewrite_parked, unpooled),
            classify_error=lambda error: _classify(name, error),
            read_timeout=_READ_TIMEOUT,
            write_timeout=_SILENCE_TIMEOUT,
            shared=SharedEngines(connect(configure_writer), connect(configure_writer, _CLAIMERS), unpooled)
            if shared
            else None,
        )


async def _take_lock(lock: "_Lock", unpooled: AsyncEngine, name: str) -> None:
    """Connect for the first time, and take the lock."""
    try:
        if not await mixes_sessions(unpooled):
            await lock.ensure()
            return
        refused: Exception = OperatorError(f"The server of {name} {_MIXES_SESSIONS}.")
    except DBAPIError as error:
        refused = _refusal(name, error)
    raise refused


async def _rewrite_parked(engine: AsyncEngine) -> None:
    """Rewrite the table with citizens' texts without its deleted rows; it is empty or tiny.

    The server's write-ahead log cannot be cleaned, nor deleted rows of large tables before VACUUM reuses their space.
    """
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text(f"VACUUM (FULL) {parked_updates.name}"))


class _Connection(AsyncConnection[Any]):
    """A connection that closes if its server is silent for too long, or its task is cancelled.

    psycopg itself asks the server to cancel the statement and waits twice 5 seconds for that. A server that hangs
    (frozen, out of memory, on a stalled disk) would delay answers and the end of the program that long.
    """

    async def wait(self, gen: Generator[Any, Any, T], interval: float = 0.1, timeout: float | None = None) -> T:  # noqa: ASYNC109 - psycopg's signature
        work = asyncio.ensure_future(super().wait(gen, interval, timeout))
        try:
            done, _ = await asyncio.wait((work,), timeout=_SILENCE_TIMEOUT)
        except asyncio.CancelledError:
            self._hang_up()
            await asyncio.gather(work, return_exceptions=True)
            raise
        if not done:
            self._hang_up()
        return await work

    def _hang_up(self) -> None:
        """End the connection from this side, so that waiting calls fail at once as if the server had closed it."""
        with suppress(OSError), socket.socket(fileno=os.dup(self.fileno())) as copy:
            copy.shutdown(socket.SHUT_RDWR)


_IMPATIENT = {"async_creator_fn": _Connection.connect}


class _Lock:
    """An advisory lock for one bot per database, or for its replicas (`shared`).

    PostgreSQL releases it when the connection that took it ends.
    """

    def __init__(self, engine: AsyncEngine, name: str, *, shared: bool) -> None:
        self._engine = engine
        self._name = name
        self._function = "pg_advisory_lock_shared" if shared else "pg_advisory_lock"
        self._connection: SqlConnection | None = None

    async def ensure(self) -> None:
        """Ensure that the lock is held; take it again after a server restart. OperatorError if another bot has it."""
        if self._connection is not None:
            try:
                await self._connection.execute(text("SELECT 1"))
            except SQLAlchemyError:  # including an error that says that the last attempt was cancelled
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

    async def _take(self, connection: SqlConnection) -> None:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        # If this machine loses its network, the server must notice before the bot is started elsewhere.
        for setting in ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3"):
            await connection.execute(text(f"SET {setting}"))
        await connection.execute(text(f"SET lock_timeout = {_LOCK_TIMEOUT}"))
        try:
            await connection.execute(text(f"SELECT {self._function}({_LOCK_KEY})"))
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
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.invalidate()
            await connection.close()


def _display_name(url: URL) -> str:
    """The name of the database for operators, without any part of the URL that may be a password."""
    return f"the PostgreSQL database “{url.database}”"


def _connect(url: URL, configure: Callable[[Any, object], None], size: int = 1) -> AsyncEngine:
    """A connection pool that configures each new connection."""
    engine = create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=_READ_TIMEOUT,
        # After a server restart the first query reconnects instead of failing.
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=_IMPATIENT,
    )
    event.listen(engine.sync_engine, "connect", configure)
    event.listen(engine.sync_engine, "handle_error", _leave_read_only_server)
    return engine


def _leave_read_only_server(context: ExceptionContext) -> None:
    """Close the connections of a pool if the server refuses a write because it is read-only.

    After a failover the old server may become a standby, and `default_transaction_read_only` is only read when a
    connection begins: old connections would stay read-only after the cause is gone.
    """
    if isinstance(context.original_exception, errors.ReadOnlySqlTransaction):
        context.is_disconnect = True


def _configure_writer(idle_timeout: int, connection: Any, _record: object) -> None:
    _set(connection, statement_timeout=_STATEMENT_TIMEOUT, idle_in_transaction_session_timeout=idle_timeout)
    # Make commits durable even if the server's default is not.
    _set(connection, synchronous_commit="on")


def _configure_reader(connection: Any, _record: object) -> None:
    _set(connection, statement_timeout=_STATEMENT_TIMEOUT, default_transaction_read_only="on")


def _set(connection: Any, **settings: object) -> None:
    cursor = connection.cursor()
    for name, value in settings.items():
        cursor.execute(f"SET {name} = {value}")
    cursor.close()
    connection.commit()


def _refusal(name: str, error: DBAPIError) -> OperatorError | UnreachableError:
    """Why there is no connection. The server's message may quote the URL, so it is not repeated."""
    message = str(error.orig)
    meaning = next((meaning for words, meaning in _REFUSALS if words in message), None)
    if meaning is None:
        return UnreachableError(f"The server of {name} {_UNREACHABLE}.")
    return OperatorError(f"The server of {name} {meaning}.")


def _classify(name: str, error: DBAPIError) -> OperatorError | AnswersOnlyError:
    for kind, fault in _SERVER_FAULTS.items():
        if isinstance(error.orig, kind):
            return AnswersOnlyError(
                f"The server of {name} {fault}; nothing in it was changed. The bot answers, but stores nothing."
                " Repair the server, or restore a backup there, and start the bot again."
            )
    return OperatorError(
        f"The tables in {name} cannot be created or read ({type(error.orig).__name__}); nothing was changed there."
        " Give the bot a database of its own, in which its user may create tables."
    )
