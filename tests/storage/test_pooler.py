"""PgBouncer between the bot and PostgreSQL is refused with a message if it mixes sessions."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.errors import OperatorError
from bot.storage import open_store
from tests.postgres import PASSWORD, Server
from tests.scratch import temporary_root
from tests.storage.replicas import until

pytestmark = pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="PgBouncer is not installed")
_ACCOUNT = "nobody"


@contextmanager
def pgbouncer(server: Server, folder: Path, mode: str) -> Iterator[Path]:
    """PgBouncer in front of a server; the folder of its socket."""
    folder.mkdir()
    (folder / "users").write_text(f'"postgres" "{PASSWORD}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={server.folder}\n[pgbouncer]\nunix_socket_dir = {folder}\nlisten_port = 5432\n"
        f"auth_type = plain\nauth_file = {folder}/users\npool_mode = {mode}\nlisten_addr =\n"
    )
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, _ACCOUNT)
    user = ["-u", _ACCOUNT] if os.geteuid() == 0 else []
    running = subprocess.Popen(["pgbouncer", "-q", *user, str(folder / "pgbouncer.ini")], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not (folder / ".s.PGSQL.5432").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield folder
    finally:
        running.kill()
        running.wait()


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "replica"])
@pytest.mark.parametrize("mode", ["transaction", "statement", "session"])
async def test_a_pooler_that_mixes_sessions_is_refused(postgresql: Server, mode: str, *, shared: bool) -> None:
    name = postgresql.new_database()
    folder = Path(temporary_root()) / f"pool-{os.getpid()}-{name}"
    with pgbouncer(postgresql, folder, mode):
        address = f"postgresql+psycopg://postgres:{PASSWORD}@/{name}?host={folder}"
        if mode == "session":
            async with open_store(address, shared=shared) as store, store.joined():
                await store.choose_language(11, "ru")
                assert (await store.read(11)).language == "ru"
        else:
            with pytest.raises(OperatorError, match="pool_mode = session") as refused:
                async with open_store(address, shared=shared):
                    pass
            assert PASSWORD not in str(refused.value)
    shutil.rmtree(folder)
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    await until(lambda: postgresql.execute(locks, name) == [(0,)])  # the server's processes end on their own
