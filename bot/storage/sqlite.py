"""A SQLite file: how it is locked, looked over, opened, and what makes a transaction."""

import asyncio
import errno
import fcntl
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from sqlalchemy import URL, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.errors import OperatorError
from bot.storage.database import AnswersOnlyError, Database
from bot.storage.local_disk import network_disk_of

#: Milliseconds that a write waits for another program to finish with the file.
BUSY_TIMEOUT = 5000
_SYNCHRONOUS_FULL = 2
_NO_RIGHT = (errno.EROFS, errno.EACCES, errno.EPERM)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


@asynccontextmanager
async def open_file(url: URL) -> AsyncIterator[Database]:
    """The file that an address names, for this bot alone.

    OperatorError when that cannot be, AnswersOnlyError when the file is damaged or cannot be written.
    """
    path = _path_of(url)
    if kind := network_disk_of(path):
        raise OperatorError(
            f"The database {path} is on a network disk ({kind}), which may damage it; set DATA_DIR to a folder on a"
            " local disk, or DATABASE_URL to a PostgreSQL server."
        )
    with _alone(path):
        await asyncio.to_thread(_look_over, path)
        writer, reader = _connect(url, writes=True), _connect(url, writes=False)
        try:
            await _try_to_write(writer, path)
            yield Database(
                writer=writer,
                reader=reader,
                migrator=writer,
                hold=_hold,
                fault=lambda error: _unusable(path, error.orig),
                # Beside the one who writes, everybody reads the file as it was before.
                patience=None,
            )
        finally:
            await reader.dispose()
            await writer.dispose()


def _path_of(url: URL) -> Path:
    if url.database in (None, "", ":memory:") or str(url.database).startswith("file:"):
        raise OperatorError("DATABASE_URL names no file; write sqlite:///path/to/minsheng.db")
    return Path(str(url.database))


async def _hold() -> None:
    """The lock on the file cannot be lost while this process lives."""


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the database file for this process; OperatorError when another bot has it.

    The lock stands in a file of its own: one on the database would be lost as soon as SQLite closes that.
    """
    with _lock_file(path) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise OperatorError(
                f"Another bot works on {path}; stop that one first, or give this one another DATA_DIR."
            ) from None
        yield


def _lock_file(path: Path) -> IO[bytes]:
    guard = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for file in (path, guard):
            # Who asked what is nobody's business; SQLite gives the files beside its own the same rights.
            file.touch(mode=0o600)
        return guard.open("ab")
    except OSError as error:
        refused = error
    if refused.errno in _NO_ROOM:
        raise AnswersOnlyError(_no_room(path))
    if refused.errno in _NO_RIGHT and _is_there(path):
        raise AnswersOnlyError(_not_writable(path))
    raise OperatorError(f"The folder of the database {path} cannot be written: {refused.strerror}.")


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _look_over(path: Path) -> None:
    """Look for damage; AnswersOnlyError.

    It reads the whole file, three seconds for each gigabyte that the machine has at hand, and a city's file is far
    smaller. It is not left to the background: what is written into a damaged file meanwhile may be lost with it,
    and damages more. The connection is one that cannot write, not even to tidy up behind a bot that was
    killed: the file stays as it was found.
    """
    fault: sqlite3.Error | str
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")
            fault = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        fault = error
    if isinstance(fault, str) and fault != "ok":
        raise AnswersOnlyError(_damaged(path))
    if isinstance(fault, sqlite3.Error) and not _is_busy(fault):
        raise _unusable(path, fault)


async def _try_to_write(writer: AsyncEngine, path: Path) -> None:
    """Begin to write, and think better of it; a file that another program holds just now is all right."""
    try:
        async with writer.begin():
            return
    except DBAPIError as error:
        fault = error.orig
    if not _is_busy(fault):
        raise _unusable(path, fault)


def _is_busy(error: BaseException | None) -> bool:
    return _code_of(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _code_of(error: BaseException | None) -> int:
    """SQLite's number of an error, without the finer distinctions in its higher bits."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _unusable(path: Path, error: BaseException | None) -> AnswersOnlyError:
    """What is wrong with the file, and what to do."""
    match _code_of(error):
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return AnswersOnlyError(_damaged(path))
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return AnswersOnlyError(_not_writable(path))
        case sqlite3.SQLITE_FULL:
            return AnswersOnlyError(_no_room(path))
        case _:
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            return AnswersOnlyError(_told(path, f"cannot be used ({name})", _RESTORE.format(name=path.name)))


_RESTORE = (
    "Stop the bot; move {name}, {name}-wal and {name}-shm to another place; copy a backup to {name}, or leave it away"
    " to begin with an empty one; start the bot."
)


def _damaged(path: Path) -> str:
    return _told(path, "is damaged, or is no database", _RESTORE.format(name=path.name))


def _not_writable(path: Path) -> str:
    remedy = "Stop the bot, let its account write the file and its folder, and start it again."
    return _told(path, "cannot be written", remedy)


def _no_room(path: Path) -> str:
    return _told(path, "has no room on its disk", "Make room there, and start the bot again.")


def _told(path: Path, what: str, remedy: str) -> str:
    return f"The database {path} {what}; it was left as it is. The bot answers, but keeps nothing. {remedy}"


def _connect(url: URL, *, writes: bool) -> AsyncEngine:
    """The pool of connections that write, of which there is one, or of those that only read.

    SQLite before 3.51.3 may damage a file into which two connections of one process write at once.
    """
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1 if writes else 2,
        max_overflow=0,
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "connect", _configure_writer if writes else _configure_reader)
    event.listen(engine.sync_engine, "begin", _begin_immediate if writes else _begin)
    return engine


def _configure_writer(connection: Any, _record: object) -> None:
    _configure(connection)
    _ask(connection, "PRAGMA journal_mode=WAL")
    # Whether what is deleted is written over is decided by whoever built SQLite; what is forgotten has to be.
    _ask(connection, "PRAGMA secure_delete=ON")
    _ask(connection, "PRAGMA synchronous=FULL")
    if _ask(connection, "PRAGMA synchronous") != _SYNCHRONOUS_FULL:
        raise OperatorError("The database does not keep what it is told (synchronous is not FULL).")


def _configure_reader(connection: Any, _record: object) -> None:
    _configure(connection)
    _ask(connection, "PRAGMA query_only=ON")


def _configure(connection: Any) -> None:
    # Python's driver would begin transactions by its own rules; SQLAlchemy's event below does it instead.
    connection.isolation_level = None
    _ask(connection, f"PRAGMA busy_timeout={BUSY_TIMEOUT}")


def _ask(connection: Any, pragma: str) -> Any:
    cursor = connection.cursor()
    cursor.execute(pragma)
    row = cursor.fetchone()
    cursor.close()
    return row[0] if row else None


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN")
