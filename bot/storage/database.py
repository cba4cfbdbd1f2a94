"""What is promised of a database, whichever kind it is; `sqlite` and `postgresql` keep it, each in its own way."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import OperatorError


class AnswersOnlyError(Exception):
    """The database is of no use, and citizens are answered without it; the text tells operators what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Connections to a database that this bot has for itself."""

    writer: AsyncEngine  #: one connection; a transaction on it may write from its beginning
    reader: AsyncEngine  #: some connections that cannot write
    migrator: AsyncEngine  #: for a step to another version, which may take its time
    #: what is done before each transaction that writes: OperatorError when another bot has taken over
    hold: Callable[[], Awaitable[None]]
    #: what a fault at the start means: nothing goes without the database, or answers do
    fault: Callable[[DBAPIError], OperatorError | AnswersOnlyError]
    #: seconds that a question waits for what is kept of its chat; None: this kind never lets it wait
    patience: float | None
