"""The interface of the two databases; `sqlite` and `postgresql` implement it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import OperatorError


class AnswersOnlyError(Exception):
    """The database cannot be used, and the bot answers without it; the text tells operators what to do."""


class UnreachableError(Exception):
    """The server cannot be reached at the moment; a later try may succeed. The text is one sentence for operators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Connections to a database that no other bot uses, except replicas of this one if it is `shared`."""

    writer: AsyncEngine  #: one connection; its transactions may write from their start
    reader: AsyncEngine  #: a few connections that cannot write
    migrator: AsyncEngine  #: for migrations, without a statement timeout
    #: called before each write transaction; OperatorError when this bot no longer holds the database, or a file of it
    ensure_held: Callable[[], Awaitable[None]]
    #: overwrites erased rows in the files as far as the database allows; called after the commit
    purge: Callable[[], Awaitable[None]]
    #: what an error at the start means: the bot cannot start, or it only answers
    classify_error: Callable[[DBAPIError], OperatorError | AnswersOnlyError]
    #: seconds that a question waits for its chat's record; None: reads never wait
    read_timeout: float | None
    #: seconds that a write waits for its turn, the lock and the start of its transaction; None: as long as it takes
    write_timeout: float | None
    #: connections for the beat of a replica, and for its claims of updates; None: this process is the only one
    shared: "SharedEngines | None" = None


@dataclass(frozen=True, slots=True)
class SharedEngines:
    """Connections of a replica beside those that write and read."""

    beat: AsyncEngine
    claims: AsyncEngine
    listen: AsyncEngine  #: opens a connection each time
