"""Backups: every table and the knowledge in one archive, from which either database can be restored.

The archive is a gzip-compressed tar:

    manifest.json         format of the archive, version of Minsheng, revision of the schema, time, rows of each table
    knowledge             the knowledge, as `bot.publishing.files.folder` packs it
    erasures.key          the key of the erasure ledger
    tables/NAME.jsonl     a table: its columns, then one JSON list per row

- *Consistent*: all tables are read in one transaction with one snapshot (of the write-ahead log on SQLite, REPEATABLE
  READ on PostgreSQL), while the bot continues.
- *Portable*: values are JSON, so a backup of SQLite can be restored to PostgreSQL.
- *All or nothing*: a restore is one transaction into an empty database.

Left out are parked updates, which contain citizens' texts and are handled within seconds, and the state of replicas.

A restore creates the schema in the backup's revision, fills it, migrates it to this version, and erases the chats that
asked for it after the backup was made. Before `bot.broadcasts` continues a broadcast of a restored database, it asks an
admin.

Tests: tests/storage/test_backup.py.
"""

import base64
import io
import json
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import IO, Any

from sqlalchemy import (
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    func,
    insert,
    select,
)

from bot import __version__
from bot.errors import OperatorError
from bot.storage.erasures import KEY, ErasureLedger
from bot.storage.offline import reading_offline
from bot.storage.opening import open_database, parse_address
from bot.storage.schema import leases, parked_updates, replicas, update_claims
from bot.storage.store import Store
from bot.storage.transactions import Transactions
from bot.storage.upgrade import is_current, migrate, revisions

#: The version of the archive's format.
FORM = 1
_LEFT_OUT = {parked_updates.name, update_claims.name, replicas.name, leases.name, "alembic_version"}
#: Columns with the id of a chat or person that /forget erases.
_CHAT_COLUMNS = {"chat_id", "person", "author", "card_chat"}
#: Rows in one statement.
_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of an archive."""

    made_at: datetime
    revision: str  #: of the schema
    rows: dict[str, int]  #: table -> rows
    minsheng: str = __version__

    def to_json(self) -> bytes:
        head = {"form": FORM, "minsheng": self.minsheng, "made_at": self.made_at.isoformat()}
        return json.dumps(head | {"revision": self.revision, "rows": self.rows}, indent=1).encode()


def write_backup(address: str, target: IO[bytes], *, knowledge: bytes, key: bytes) -> Manifest:
    """Write an archive of the database at an SQLAlchemy URL, which a bot may be using.

    Raises OperatorError if the database cannot be read or is not of this version.
    """
    with reading_offline(address) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")  # Python's driver begins no transaction for reading
        return _write(connection, target, knowledge=knowledge, key=key)


def read_manifest(archive: tarfile.TarFile) -> Manifest:
    """The manifest; raises OperatorError if this is not a backup, or one of a newer Minsheng."""
    try:
        head = json.loads(read_member(archive, "manifest.json"))
        made_at, rows = datetime.fromisoformat(head["made_at"]), dict(head["rows"])
        manifest = Manifest(made_at, str(head["revision"]), rows, str(head["minsheng"]))
        is_known = head["form"] == FORM
    except (OperatorError, KeyError, ValueError, TypeError):
        raise OperatorError("This is not a backup of Minsheng, or it is damaged.") from None
    if not is_known or manifest.revision not in revisions():
        raise OperatorError(
            f"The backup was made by Minsheng {manifest.minsheng}, which is newer than this program; use that version."
        )
    return manifest


def read_member(archive: tarfile.TarFile, name: str) -> bytes:
    """A file of the archive, for example `knowledge`; raises OperatorError if it cannot be read."""
    with _member(archive, name) as content:
        return content.read()


async def restore_backup(address: str, archive: tarfile.TarFile, *, ledger: ErasureLedger, key: bytes) -> int:
    """Fill the empty database at an SQLAlchemy URL from an archive; return how many chats were erased again.

    `key` is that of the ledger. Raises OperatorError, without changing the database, if it is not empty, another bot
    uses it, or the archive is damaged.
    """
    manifest = read_manifest(archive)
    async with open_database(parse_address(address)) as database:
        async with database.migrator.begin() as connection:
            await connection.run_sync(_fill, archive, manifest)
            chats = await connection.run_sync(_chats)
        store = Store(Transactions(database))
        erased = ledger.erased(chats, since=manifest.made_at, key=key)
        for chat in erased:
            await store.forget(chat)
    return len(erased)


# --- Writing ---


def _write(connection: Connection, target: IO[bytes], *, knowledge: bytes, key: bytes) -> Manifest:
    if not is_current(connection):
        raise OperatorError("The database is of an older version; start the bot once, which migrates it.")
    tables = _tables(connection)
    rows = {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}
    manifest = Manifest(datetime.now(UTC), max(revisions()), rows)
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, content in (("manifest.json", manifest.to_json()), ("knowledge", knowledge), (KEY, key)):
            _add(archive, name, io.BytesIO(content))
        for table in tables:
            with tempfile.TemporaryFile() as lines:
                _write_rows(connection, table, lines)
                _add(archive, f"tables/{table.name}.jsonl", lines)
    return manifest


def _write_rows(connection: Connection, table: Table, lines: IO[bytes]) -> None:
    lines.write(_line([column.name for column in table.columns]))
    for row in connection.execution_options(yield_per=_ROWS).execute(select(table)):
        lines.write(_line([_encoded(value) for value in row]))


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = content.seek(0, io.SEEK_END), 0o600
    content.seek(0)
    archive.addfile(member, content)


def _line(values: Sequence[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"


def _encoded(value: Any) -> Any:
    match value:
        case datetime():  # SQLite has no time zones; all times are UTC
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return value


# --- Restoring ---


def _fill(connection: Connection, archive: tarfile.TarFile, manifest: Manifest) -> None:
    if _tables(connection):
        raise OperatorError(
            "The database is not empty, and a restore overwrites nothing; move it away, or name another one in"
            " DATABASE_URL or DATA_DIR."
        )
    migrate(connection, manifest.revision)
    for table in _tables(connection):
        with _member(archive, f"tables/{table.name}.jsonl") as lines:
            restored = _insert(connection, table, lines)
        if restored != manifest.rows[table.name]:
            raise OperatorError(f"The backup is damaged: the table {table.name} is not complete.")
    migrate(connection)


def _insert(connection: Connection, table: Table, lines: IO[bytes]) -> int:
    columns = [table.columns[name] for name in json.loads(next(lines))]
    total = 0
    while chunk := list(islice(lines, _ROWS)):
        rows = [
            {column.name: _decoded(column, value) for column, value in zip(columns, json.loads(line), strict=True)}
            for line in chunk
        ]
        connection.execute(insert(table), rows)
        total += len(rows)
    _continue_numbers(connection, table)
    return total


def _decoded(column: Column[Any], value: Any) -> Any:
    match column.type:
        case _ if value is None:
            return None
        case DateTime():
            at = datetime.fromisoformat(value)
            return at if column.type.timezone else at.astimezone(UTC).replace(tzinfo=None)
        case Date():
            return date.fromisoformat(value)
        case LargeBinary():
            return base64.b64decode(value)
        case _:
            return value


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Advance a sequence of PostgreSQL past the highest inserted number."""
    if connection.dialect.name != "postgresql" or "id" not in table.columns:
        return
    sequence = connection.execute(select(func.pg_get_serial_sequence(table.name, "id"))).scalar()
    highest = connection.execute(select(func.max(table.c.id))).scalar()
    if sequence and highest:
        connection.execute(select(func.setval(sequence, highest)))


def _chats(connection: Connection) -> list[int]:
    """Every chat in any table."""
    columns = [column for table in _tables(connection) for column in table.columns if column.name in _CHAT_COLUMNS]
    return sorted({chat for column in columns for chat in connection.scalars(select(column).distinct()) if chat})


def _tables(connection: Connection) -> list[Table]:
    """The tables as they are in the database, whatever its revision."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name not in _LEFT_OUT]


@contextmanager
def _member(archive: tarfile.TarFile, name: str) -> Iterator[IO[bytes]]:
    """A file of the archive; raises OperatorError if it is unreadable."""
    try:
        content = archive.extractfile(name)
        if content is not None:
            yield content
            return
    except (KeyError, ValueError, OSError, EOFError, zlib.error, tarfile.TarError):
        pass
    raise OperatorError(f"The backup is damaged: {name} is missing or cannot be read.")
