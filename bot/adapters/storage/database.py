"""A connection to the database: how it is opened, locked, configured, and what makes a transaction."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.core.errors import OperatorError

#: Milliseconds that a write waits for another program to finish with the file.
BUSY_TIMEOUT = 5000
_FULL = 2


def local_file(address: str) -> tuple[URL, Path]:
    """The parsed address and the SQLite file that it names; OperatorError for any other database."""
    url = make_url(address)
    if url.get_backend_name() != "sqlite":
        raise OperatorError("DATABASE_URL names PostgreSQL, which this version cannot use yet; leave it empty.")
    if url.database in (None, "", ":memory:"):
        raise OperatorError("DATABASE_URL names no file; write sqlite:///path/to/minsheng.db")
    return url, Path(str(url.database))


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the database file for this process; OperatorError when another bot has it.

    The lock stands in a file of its own: one on the database would be lost as soon as SQLite closes that.
    """
    guard = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for file in (path, guard):
            # Who asked what is nobody's business; SQLite gives the files beside its own the same rights.
            file.touch(mode=0o600)
        lock = guard.open("ab")
    except OSError as error:
        raise OperatorError(f"The folder of the database {path} cannot be written: {error.strerror}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise OperatorError(
                f"Another bot works on {path}; stop that one first, or give this one another DATA_DIR."
            ) from None
        yield


def connect(url: URL, *, writes: bool) -> AsyncEngine:
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
    _ask(connection, "PRAGMA synchronous=FULL")
    if _ask(connection, "PRAGMA synchronous") != _FULL:
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
