"""SQLite: locking the file, checking it for damage, connections and transactions."""

import asyncio
import errno
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from sqlalchemy import URL, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.errors import OperatorError, RestartError
from bot.storage.database import AnswersOnlyError, Database
from bot.storage.local_disk import network_file_system

#: Milliseconds that a write waits for another program to release the file.
BUSY_TIMEOUT = 5000
_SYNCHRONOUS_FULL = 2
_PERMISSION_ERRNOS = (errno.EROFS, errno.EACCES, errno.EPERM)
_DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT)


@asynccontextmanager
async def open_file(url: URL) -> AsyncIterator[Database]:
    """Open the database file of a URL for this process alone.

    Raises OperatorError if the settings are wrong or another bot uses the file, and AnswersOnlyError if the file is
    damaged or not writable.
    """
    path = _path_of(url)
    if kind := network_file_system(path):
        raise OperatorError(
            f"The database {path} is on a network disk ({kind}), which may damage it; set DATA_DIR to a folder on a"
            " local disk, or DATABASE_URL to a PostgreSQL server."
        )
    with _exclusive(path) as lock:
        await asyncio.to_thread(_check_integrity, path)
        writer, reader = _connect(url, writes=True), _connect(url, writes=False)
        try:
            await _check_writable(writer, path)
            await _truncate_log(writer)  # a killed bot may have left erased rows there
            yield Database(
                writer=writer,
                reader=reader,
                migrator=writer,
                ensure_held=partial(_ensure_files, path, lock, _FilesBeside(path), writer),
                purge=partial(_truncate_log, writer),
                classify_error=lambda error: _unusable(path, error.orig),
                # In WAL mode readers never wait for the writer.
                read_timeout=None,
                write_timeout=None,
            )
        finally:
            await reader.dispose()
            await writer.dispose()


def _path_of(url: URL) -> Path:
    if url.database in (None, "", ":memory:") or str(url.database).startswith("file:"):
        raise OperatorError("DATABASE_URL has no file name; write sqlite:///path/to/minsheng.db")
    return Path(str(url.database))


async def _ensure_files(path: Path, lock: IO[bytes], beside: "_FilesBeside", writer: AsyncEngine) -> None:
    """Raise OperatorError if the opened files no longer have their names.

    The lock lasts as long as this process, but only on the opened file; another file may have its name now. A
    write-ahead log without a name would be lost with the process, and with it everything stored since the last
    checkpoint. So it is copied into the file now, and the bot restarts with a new one. If the shared memory has lost
    its name, another program (`minsheng backup`) would create its own, and the two would not see each other's locks.
    Everything stored is then in the log, and the next start reads it from there.
    """
    if not _is_file_of(lock, path):
        raise OperatorError(
            f"The database {path} was moved, deleted or replaced while the bot was running; the bot stops. Start it"
            " again with the file that it should use."
        )
    deleted = beside.deleted()
    if deleted == "-wal":
        await _truncate_log(writer)
        raise RestartError(
            f"The write-ahead log {path}-wal was deleted while the bot was running. Its content was saved; the bot"
            " ends, so that its supervisor starts it again."
        )
    if deleted:
        raise RestartError(
            f"The file {path}{deleted} was deleted while the bot was running. Nothing was lost; the bot ends, so that"
            " its supervisor starts it again."
        )


class _FilesBeside:
    """The write-ahead log and the shared memory that SQLite keeps next to a database file."""

    def __init__(self, path: Path) -> None:
        #: suffix -> the file; built once, because this is checked before each write
        self._files = {ending: Path(f"{os.path.realpath(path)}{ending}") for ending in ("-wal", "-shm")}
        self._seen: list[int | None] = []

    def deleted(self) -> str | None:
        """The suffix of a file that this process has open although its name is gone or belongs to another file.

        None if the system does not tell. This runs before each write, so open files are only checked after a name got
        another file.
        """
        now = [_inode(file) for file in self._files.values()]
        if now == self._seen:
            return None
        descriptors = Path("/proc/self/fd")
        opened = {_target(descriptor) for descriptor in descriptors.iterdir()} if descriptors.exists() else set()
        for ending, file in self._files.items():
            if Path(f"{file} (deleted)") in opened:
                return ending
        self._seen = now
        return None


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _target(link: Path) -> Path | None:
    try:
        return link.readlink()
    except OSError:  # it was closed meanwhile
        return None


def _is_file_of(lock: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock.fileno()), path.stat())
    except OSError:
        return False


async def _truncate_log(writer: AsyncEngine) -> None:
    """Copy the write-ahead log into the file and empty it, which overwrites deleted rows (secure_delete)."""
    async with writer.connect() as connection:
        raw = await connection.get_raw_connection()
        cursor = await raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        await cursor.close()


@contextmanager
def _exclusive(path: Path) -> Iterator[IO[bytes]]:
    """Lock the database for this process; raises OperatorError if another bot holds it.

    The lock is on the database file itself, whatever name or link leads to it. It is an flock(2): unlike SQLite's fcntl
    locks, it does not end when another descriptor of the file is closed, and the two kinds do not interfere.
    """
    with _open_private(path) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise OperatorError(
                f"Another bot works on {path}; stop that one first, or give this one another DATA_DIR."
            ) from None
        yield lock


def _open_private(path: Path) -> IO[bytes]:
    """Open the file, created with mode 0600 if it is missing; SQLite gives its -wal and -shm files the same mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        return path.open("rb")
    except OSError as error:
        refused = error
    if refused.errno in _DISK_FULL_ERRNOS:
        raise AnswersOnlyError(_disk_full(path))
    if refused.errno in _PERMISSION_ERRNOS and _exists(path):
        raise AnswersOnlyError(_not_writable(path))
    raise OperatorError(f"The folder of the database {path} cannot be written: {refused.strerror}.")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _check_integrity(path: Path) -> None:
    """Raise AnswersOnlyError if the file is damaged.

    Reads the whole file, about three seconds per cached gigabyte; a city's file is far smaller. It runs before anything
    is written, because writes into a damaged file may be lost with it. The connection is read-only, so that even the
    log of a killed bot stays unchanged.
    """
    result: sqlite3.Error | str
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")
            result = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        result = error
    if isinstance(result, str) and result != "ok":
        raise AnswersOnlyError(_damaged(path))
    if isinstance(result, sqlite3.Error) and not _is_busy(result):
        raise _unusable(path, result)


async def _check_writable(writer: AsyncEngine, path: Path) -> None:
    """Start a write transaction and roll it back; a file that another program is locking is accepted."""
    try:
        async with writer.begin():
            return
    except DBAPIError as error:
        fault = error.orig
    if not _is_busy(fault):
        raise _unusable(path, fault)


def _is_busy(error: BaseException | None) -> bool:
    return _result_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _result_code(error: BaseException | None) -> int:
    """The primary result code of an error, without the extended bits."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _unusable(path: Path, error: BaseException | None) -> AnswersOnlyError:
    """What is wrong with the file, and what operators should do."""
    if _is_disk_full(error):
        return AnswersOnlyError(_disk_full(path))
    match _result_code(error):
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return AnswersOnlyError(_damaged(path))
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return AnswersOnlyError(_not_writable(path))
        case sqlite3.SQLITE_IOERR:
            return AnswersOnlyError(_unusable_text(path, f"cannot use its disk ({_name_of(error)})", _CHECK_DISK))
        case _:
            remedy = _RESTORE.format(name=path.name)
            return AnswersOnlyError(_unusable_text(path, f"cannot be used ({_name_of(error)})", remedy))


def _is_disk_full(error: BaseException | None) -> bool:
    """Whether there is no room for the -shm file; then SQLite does not report a full disk."""
    extended = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return _result_code(error) == sqlite3.SQLITE_FULL or extended == sqlite3.SQLITE_IOERR_SHMSIZE


def _name_of(error: BaseException | None) -> str:
    return getattr(error, "sqlite_errorname", type(error).__name__)


_CHECK_DISK = "The file itself may be in order: check the disk and its mount, and start the bot again."
_RESTORE = (
    "Stop the bot; move {name}, {name}-wal and {name}-shm elsewhere; copy a backup to {name}, or omit it"
    " to start with an empty one; start the bot."
)


def _damaged(path: Path) -> str:
    return _unusable_text(path, "is damaged, or is not a database", _RESTORE.format(name=path.name))


def _not_writable(path: Path) -> str:
    remedy = "Stop the bot, give its account write permission on the file and its folder, and start it again."
    return _unusable_text(path, "cannot be written", remedy)


def _disk_full(path: Path) -> str:
    return _unusable_text(path, "is on a full disk", "Free some space there, and start the bot again.")


def _unusable_text(path: Path, what: str, remedy: str) -> str:
    return f"The database {path} {what}; it was left unchanged. The bot answers, but stores nothing. {remedy}"


def _connect(url: URL, *, writes: bool) -> AsyncEngine:
    """A connection pool with one connection that writes, or two that only read.

    SQLite before 3.51.3 may damage a file if two connections of one process write at once.
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
    _pragma(connection, "PRAGMA journal_mode=WAL")
    # Overwrite deleted rows; the default depends on how SQLite was built.
    _pragma(connection, "PRAGMA secure_delete=ON")
    _pragma(connection, "PRAGMA synchronous=FULL")
    if _pragma(connection, "PRAGMA synchronous") != _SYNCHRONOUS_FULL:
        raise OperatorError("The database does not write durably (synchronous is not FULL).")


def _configure_reader(connection: Any, _record: object) -> None:
    _configure(connection)
    _pragma(connection, "PRAGMA query_only=ON")


def _configure(connection: Any) -> None:
    # Transactions start in the events below, not by the rules of Python's driver.
    connection.isolation_level = None
    _pragma(connection, f"PRAGMA busy_timeout={BUSY_TIMEOUT}")


def _pragma(connection: Any, pragma: str) -> Any:
    cursor = connection.cursor()
    cursor.execute(pragma)
    row = cursor.fetchone()
    cursor.close()
    return row[0] if row else None


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN")
