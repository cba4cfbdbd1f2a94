"""Damaged database files are kept as they are, and the answers go on."""

import asyncio
import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.storage import open_store
from tests.storage.databases import Place, file_place
from tests.storage.sqlite_files import ANN, fill, keeps_nothing


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """The place of a file that does not exist yet."""
    return file_place(tmp_path / "data" / "minsheng.db", empty=True)


def overwrite(start: int, length: int) -> Callable[[Path], None]:
    """Overwrite parts of the file, as a faulty disk does."""

    def damage(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(start)
            file.write(os.urandom(length))

    return damage


def truncate(path: Path) -> None:
    """Cut the file, as an interrupted copy does."""
    os.truncate(path, 4096 * 3)


@pytest.mark.parametrize(
    "damage", [overwrite(8192, 8192), overwrite(0, 100), overwrite(0, 16), truncate], ids=lambda act: act.__name__
)
async def test_a_damaged_file_is_kept_as_it_is_and_the_answers_go_on(
    place: Place, damage: Callable[[Path], None]
) -> None:
    await fill(place)
    damage(place.path)
    before = place.path.read_bytes()
    for _ in range(2):
        async with open_store(place.address) as store:
            failure = store.failure or ""
            assert re.search(r"is damaged, or is not a database; it was left unchanged.*move minsheng\.db, ", failure)
            await keeps_nothing(store)
    assert place.path.read_bytes() == before


async def test_a_file_that_is_not_a_database_is_refused_and_left_unchanged(place: Place) -> None:
    place.path.parent.mkdir()
    place.path.write_bytes(b"a letter to the mayor" * 100)
    async with open_store(place.address) as store:
        assert "is damaged, or is not a database" in (store.failure or "")
    assert place.path.read_bytes() == b"a letter to the mayor" * 100


async def test_what_a_killed_bot_left_beside_a_damaged_file_is_kept_too(place: Place) -> None:
    await fill(place)
    place.execute("PRAGMA journal_mode=WAL")
    with closing(sqlite3.connect(place.path)) as killed:
        killed.execute("INSERT INTO chats (chat_id, language) VALUES (9000, 'zh')")
        killed.commit()
        for path in place.path.parent.glob("minsheng.db*"):  # as they lie there when no one closes them
            shutil.copy(path, path.with_name(f"copied.{path.name}"))
    copy = file_place(place.path.with_name("copied.minsheng.db"), empty=True)
    overwrite(8192, 8192)(copy.path)
    files = [copy.path, copy.path.with_name(f"{copy.path.name}-wal")]
    before = [path.read_bytes() for path in files]
    async with open_store(copy.address) as store:
        assert "is damaged" in (store.failure or "")
    assert [path.read_bytes() for path in files] == before


async def test_a_file_that_a_killed_bot_left_is_read_with_all_that_was_said_to_be_kept(place: Place) -> None:
    async with open_store(place.address) as store:
        await store.choose_language(ANN, "ru")
        for path in place.path.parent.glob("minsheng.db*"):
            shutil.copy(path, path.with_name(f"copied.{path.name}"))
    async with open_store(file_place(place.path.with_name("copied.minsheng.db"), empty=True).address) as store:
        assert store.failure is None
        assert (await store.read(ANN)).language == "ru"


async def test_a_file_that_is_damaged_while_the_bot_runs_is_a_storage_error(place: Place) -> None:
    await fill(place, chats=5000)
    async with open_store(place.address) as store:
        overwrite(8192, 4096 * 8)(place.path)
        # All of them end here: a read that outlives the store would open a connection that is never closed.
        results = await asyncio.gather(*map(store.read, range(1, 5001, 10)), return_exceptions=True)
    failures = [result for result in results if isinstance(result, BaseException)]
    assert failures
    assert all(isinstance(failure, StorageError) and "SQLITE_CORRUPT" in str(failure) for failure in failures)


async def test_after_a_backup_was_put_in_its_place_all_is_well(place: Place) -> None:
    await fill(place)
    shutil.copy(place.path, place.path.with_name("backup"))
    overwrite(0, 100)(place.path)
    async with open_store(place.address) as store:
        assert store.failure
    for path in [*place.path.parent.glob("minsheng.db-*"), place.path]:
        path.rename(path.with_name(f"damaged.{path.name}"))
    shutil.copy(place.path.with_name("backup"), place.path)
    async with open_store(place.address) as store:
        assert store.failure is None
        assert (await store.read(ANN)).language == "ru"
