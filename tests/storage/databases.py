"""Databases of either kind, as bots use them and as somebody sees them who looks past the program."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.postgres import Server

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Place:
    """A database: its address, and a way into it past the program."""

    address: str
    execute: Callable[[str], Rows]
    file: Path | None = None

    @property
    def is_file(self) -> bool:
        """Whether it is SQLite's."""
        return self.file is not None

    @property
    def path(self) -> Path:
        """The file."""
        assert self.file is not None
        return self.file

    def count(self, table: str) -> object:
        """How many rows a table has."""
        return self.execute(f"SELECT count(*) FROM {table}")[0][0]

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


def file_place(path: Path) -> Place:
    """A SQLite file, which may not be there yet."""

    def execute(statement: str) -> Rows:
        connection = sqlite3.connect(path)
        with connection:
            found = connection.execute(statement).fetchall()
        connection.close()
        return found

    return Place(f"sqlite+aiosqlite:///{path}", execute, path)


def server_place(server: Server, template: str = "template0") -> Place:
    """A new database of a server."""
    name = server.new_database(template)
    return Place(server.address(name), lambda statement: server.execute(statement, name))
