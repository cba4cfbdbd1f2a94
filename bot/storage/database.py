"""The common interface of the two databases; implemented by `sqlite` and `postgresql`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import OperatorError


class AnswersOnlyError(Exception):
    """The database is unusable, and the bot answers without it; the message tells operators what to do."""


class UnreachableError(Exception):
    """The server is unreachable; a retry may succeed. The message is one sentence for operators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Connections to a database that no other bot uses, except replicas of this one if it is `shared`."""

    writer: AsyncEngine  #: one connection, for transactions that may write
    reader: AsyncEngine  #: a few read-only connections
    migrator: AsyncEngine  #: for migrations, without a statement timeout
    #: called before each write transaction; raises OperatorError if this bot no longer holds the database or its files
    ensure_held: Callable[[], Awaitable[None]]
    #: overwrites erased rows in the files as far as the database allows; called after the commit
    purge: Callable[[], Awaitable[None]]
    #: what an error at the start means: the bot cannot start, or it only answers
    classify_error: Callable[[DBAPIError], OperatorError | AnswersOnlyError]
    #: seconds that a question waits for its chat's record; None: reads never wait
    read_timeout: float | None
    #: the most seconds that a write waits for its turn, the lock and the start of its transaction; None: no limit
    write_timeout: float | None
    #: connections for a replica's heartbeat and for its claims of updates; None: this process is the only one
    shared: "SharedEngines | None" = None


@dataclass(frozen=True, slots=True)
class SharedEngines:
    """A replica's additional connections."""

    heartbeat: AsyncEngine
    claims: AsyncEngine
    listen: AsyncEngine  #: opens a new connection each time
