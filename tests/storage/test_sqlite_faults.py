"""A file that is locked, full, read-only, damaged, or on the wrong disk is not harmed, and the fault is reported."""

import asyncio
import errno
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path, PurePosixPath

import pytest

from bot.errors import EXIT_RESTART, OperatorError, StorageError
from bot.people.ports import ChatRecord
from bot.publishing.ports import Draft
from bot.storage import open_store
from bot.storage.local_disk import _shared_type
from tests.quiet_time import takes_less_than
from tests.storage.databases import Place, Update, file_place
from tests.storage.sqlite_files import ANN, BEN, NOON, fill, keeps_nothing


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """The place of a file that does not exist yet."""
    return file_place(tmp_path / "data" / "minsheng.db", empty=True)


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Hold the lock of the file, as another program that writes."""
    with closing(sqlite3.connect(place.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the time for which SQLite waits for a lock."""
    monkeypatch.setattr("bot.storage.sqlite.BUSY_TIMEOUT", 50)


async def test_while_the_file_is_locked_reading_goes_on_and_writing_says_so_until_it_is_free(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried(monkeypatch)
    async with open_store(place.address) as store:
        await store.choose_language(ANN, "ru")
        await store.handled([5], NOON)
        with locked(place):
            for act in (store.choose_language(BEN, "zh"), store.forget(ANN), store.handled([6], NOON)):
                with pytest.raises(StorageError, match="SQLITE_BUSY"):
                    await act
            assert await store.read(ANN) == ChatRecord(ANN, "ru", None)
            assert await store.read(BEN) == ChatRecord(BEN, None, None)
            assert await store.unhandled([5, 6]) == {6}
        await store.choose_language(BEN, "zh")
        assert await store.read(BEN) == ChatRecord(BEN, "zh", None)


@pytest.mark.parametrize("link", [os.link, os.symlink], ids=["hard link", "symbolic link"])
async def test_a_second_bot_is_refused_whatever_name_leads_to_the_file(
    place: Place, tmp_path: Path, link: Callable[[Path, Path], None]
) -> None:
    other = tmp_path / "elsewhere" / "other.db"
    other.parent.mkdir()
    async with open_store(place.address):
        link(place.path, other)
        for entry in place.path.parent.iterdir():
            if entry.suffix == ".lock":
                entry.unlink()
        for address in (place.address, file_place(other, empty=True).address):
            with pytest.raises(OperatorError, match="Another bot works on"):
                async with open_store(address):
                    pass
    async with open_store(place.address) as again:
        assert again.failure is None


@pytest.mark.parametrize("act", ["replaced", "deleted"])
async def test_a_bot_whose_file_was_replaced_writes_nothing_more_and_stops(place: Place, act: str) -> None:
    async with open_store(place.address) as store:
        await store.choose_language(ANN, "ru")
        place.path.rename(place.path.with_name("backup.db"))
        if act == "replaced":
            shutil.copy(place.path.with_name("backup.db"), place.path)
        with pytest.raises(StorageError, match="moved, deleted or replaced"):
            await store.choose_language(ANN, "zh")
        with pytest.raises(OperatorError, match="moved, deleted or replaced"):
            await store.watch_lock()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells of open files that were deleted")
@pytest.mark.parametrize("ending", ["-wal", "-shm"])
@pytest.mark.parametrize("other_program", [False, True])
async def test_a_file_beside_the_database_that_was_deleted_loses_nothing_and_the_bot_starts_again(
    place: Place, ending: str, *, other_program: bool
) -> None:
    """Whether nobody looked, or a backup has made a new file under that name before the bot looked."""
    after_a_kill = place.path.with_name("after-a-kill.db")
    async with open_store(place.address) as store:
        await store.choose_language(ANN, "ru")
        place.path.with_name(f"{place.path.name}{ending}").unlink()
        if other_program:
            reading = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM chats').fetchall()"
            await asyncio.to_thread(subprocess.run, [sys.executable, "-c", reading, str(place.path)], check=False)
        with pytest.raises(OperatorError, match=f"{ending} was deleted while the bot was running") as ended:
            await asyncio.wait_for(store.watch_lock(), timeout=150)
        assert ended.value.exit_code == EXIT_RESTART
        with pytest.raises(StorageError, match="was deleted while the bot was running"):
            await store.choose_language(ANN, "zh")
        for name in (place.path.name, f"{place.path.name}-wal"):
            with suppress(FileNotFoundError):
                shutil.copy(place.path.with_name(name), f"{after_a_kill}{name.removeprefix(place.path.name)}")
    async with open_store(f"sqlite+aiosqlite:///{after_a_kill}") as again:
        assert (await again.read(ANN)).language == "ru"


async def test_a_write_waits_for_a_short_lock_and_reading_does_not(place: Place) -> None:
    async with open_store(place.address) as store:
        with locked(place):
            writing = asyncio.create_task(store.choose_language(BEN, "zh"))
            async with takes_less_than(0.5):
                assert await store.read(ANN) == ChatRecord(ANN, None, None)
            assert not writing.done()
        await writing
        assert (await store.read(BEN)).language == "zh"


async def test_a_file_that_is_locked_at_the_start_still_opens(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    hurried(monkeypatch)
    async with open_store(place.address) as first:
        await first.choose_language(ANN, "ru")
    with locked(place):
        async with open_store(place.address) as store:
            assert store.failure is None
            assert (await store.read(ANN)).language == "ru"
            with pytest.raises(StorageError):
                await store.forget(ANN)


async def test_a_full_disk_keeps_nothing_half_and_goes_on_when_there_is_room(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_store(place.address):
        pass  # all tables are made
    [[pages]] = place.execute("PRAGMA page_count")
    monkeypatch.setattr("bot.storage.sqlite._configure", bounded(pages=pages + 20))
    async with open_store(place.address) as store:
        await store.choose_language(ANN, "ru")
        await store.keep_draft(a_draft(b"small"))
        with pytest.raises(StorageError, match="SQLITE_FULL"):
            await store.keep_draft(a_draft(os.urandom(300_000)))
        with pytest.raises(StorageError, match="SQLITE_FULL"):
            await store.park([Update(number, raw={"text": "x" * 5000}) for number in range(100)], NOON)

        assert await store.parked() == []
        assert (await store.read(ANN)).language == "ru"
        assert await store.draft("abcdefghijkl") == a_draft(b"small")
        await store.forget(ANN)
    monkeypatch.undo()
    assert place.execute("PRAGMA integrity_check") == [("ok",)]
    async with open_store(place.address) as store:
        await store.keep_draft(a_draft(os.urandom(300_000)))


async def test_a_disk_that_is_full_at_the_start_leaves_the_answers(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.sqlite._configure", bounded(pages=2))
    async with open_store(place.address) as store:
        assert re.search("is on a full disk; .* Free some space", store.failure or "")
        await keeps_nothing(store)


async def test_a_disk_without_room_for_the_shared_memory_is_full_and_nothing_need_be_restored(place: Place) -> None:
    async with open_store(place.address) as store:
        await store.choose_language(ANN, "ru")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        async with open_store(place.address) as store:
            failure = store.failure or ""
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert "is on a full disk" in failure
    assert "backup" not in failure


async def test_a_disk_without_room_for_the_first_file_leaves_the_answers(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "touch", no_room)
    async with open_store(place.address) as store:
        assert "is on a full disk" in (store.failure or "")


@pytest.mark.parametrize("what", ["folder", "file"])
async def test_a_file_that_cannot_be_written_leaves_the_answers_and_says_what_to_do(what: str) -> None:
    with open_folder() as folder:
        place = file_place(folder / "minsheng.db", empty=True)
        await fill(place)
        before = place.path.read_bytes()
        place.path.chmod(0o444)
        folder.chmod(0o555 if what == "folder" else 0o777)
        with without_rights():
            async with open_store(place.address) as store:
                assert re.search("cannot be written; it was left unchanged.* start it again", store.failure or "")
                await keeps_nothing(store)
        assert place.path.read_bytes() == before


async def test_a_folder_in_which_no_database_can_begin_is_a_wrong_setting() -> None:
    with open_folder() as folder:
        folder.chmod(0o555)
        with without_rights(), pytest.raises(OperatorError, match=r"folder of the database .* cannot be written"):
            async with open_store(file_place(folder / "data" / "minsheng.db", empty=True).address):
                pass


async def test_only_the_bots_account_reads_the_files(place: Place) -> None:
    async with open_store(place.address) as store:
        await store.choose_language(ANN, "ru")

        assert {path.stat().st_mode & 0o077 for path in place.path.parent.glob("minsheng.db*")} == {0}


MOUNTS = r"""overlay / overlay rw 0 0
/dev/sda1 /srv ext4 rw 0 0
server:/export /srv/city nfs4 rw 0 0
//server/share /mnt/the\040office cifs rw 0 0
old:/export /again nfs rw 0 0
/dev/sdb1 /again ext4 rw 0 0
ann@host:/ /mnt/far fuse.sshfs rw 0 0
odd
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/minsheng.db", None),
        ("/srv/minsheng.db", None),
        ("/srv/city/data/minsheng.db", "nfs4"),
        ("/srv/city2/minsheng.db", None),
        ("/mnt/the office/minsheng.db", "cifs"),
        ("/again/minsheng.db", None),
        ("/mnt/far/minsheng.db", "fuse.sshfs"),
    ],
)
def test_a_network_disk_is_known_by_the_table_of_mounts(path: str, kind: str | None) -> None:
    assert _shared_type(PurePosixPath(path), MOUNTS) == kind


async def test_a_file_on_a_network_disk_is_refused_with_a_sentence(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/export {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr("bot.storage.local_disk._MOUNTS", mounts)
    with pytest.raises(OperatorError, match=r"network disk \(nfs4\).*set DATA_DIR"):
        async with open_store(place.address):
            pass
    assert not place.path.exists()


def a_draft(content: bytes) -> Draft:
    return Draft("abcdefghijkl", ANN, "sent", "0", "1", content, NOON)


def bounded(pages: int) -> Callable[[sqlite3.Connection], None]:
    """Connections to a file with a page limit: SQLite then reports a full disk."""

    def configure(connection: sqlite3.Connection) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count={pages}")
        cursor.close()

    return configure


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that any account may enter; pytest's own is for one account."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o777)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def without_rights() -> Iterator[None]:
    """Run as an account that owns nothing, because root may write anywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
