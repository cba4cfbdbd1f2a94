"""Databases of either kind, as the bot uses them and as another program reads them."""

import sqlite3
import tempfile
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from bot.storage.upgrade import migrate
from tests.postgres import Server

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Update:
    """An update of a chat."""

    id: int
    chat: Hashable = 11
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """A database: its address, and a way to run statements in it without the program."""

    address: str
    execute: Callable[[str], Rows]
    file: Path | None = None
    name: str = ""  #: of a database of a server

    @property
    def is_file(self) -> bool:
        """Whether the database is a SQLite file."""
        return self.file is not None

    @property
    def path(self) -> Path:
        """The path of the SQLite file."""
        assert self.file is not None
        return self.file

    def count(self, table: str) -> object:
        """Count the rows of a table."""
        return self.execute(f"SELECT count(*) FROM {table}")[0][0]

    def refuse_writes(self, *tables: str, application: str) -> None:
        """Let every change of these tables fail in the sessions of one program; PostgreSQL."""
        self.execute(
            "CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN"
            f" IF current_setting('application_name') = '{application}' THEN RAISE 'refused'; END IF; RETURN NEW;"
            " END $$ LANGUAGE plpgsql"
        )
        for table in tables:
            trigger = f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW"
            self.execute(f"{trigger} EXECUTE FUNCTION refuse()")

    def shape(self) -> dict[str, set[str]]:
        """The columns of all tables."""
        query = (
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c"
            " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'"
            if self.is_file
            else "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        )
        found: dict[str, set[str]] = {}
        for table, column in self.execute(query):
            found.setdefault(table, set()).add(column)
        return found


def file_place(path: Path, *, empty: bool = False) -> Place:
    """A SQLite file with all tables, or one that does not exist yet."""
    if not empty:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_file_with_tables())

    def execute(statement: str) -> Rows:
        connection = sqlite3.connect(path)
        with connection:
            found = connection.execute(statement).fetchall()
        connection.close()
        return found

    return Place(f"sqlite+aiosqlite:///{path}", execute, path)


@cache
def _file_with_tables() -> bytes:
    """The content of a new SQLite file. Copying it is ten times faster than running the migrations."""
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/new.db")
        with engine.begin() as connection:
            migrate(connection)
        engine.dispose()
        return Path(folder, "new.db").read_bytes()


def server_place(server: Server, *, empty: bool = False) -> Place:
    """A new database of a server, with all tables or without any."""
    name = server.new_database(empty=empty)
    return Place(server.address(name), lambda statement: server.execute(statement, name), name=name)
