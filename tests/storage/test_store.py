"""What the store keeps, and how it refuses to keep it twice or half."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.storage import Store, open_store
from bot.adapters.storage.tables import metadata
from bot.core.errors import OperatorError
from bot.core.text import LANGUAGES
from bot.flows.ports import ChatRecord, Chats, Inbox

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN, BEN, GROUP = 11, 12, -100


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Where the store is."""
    return f"sqlite+aiosqlite:///{tmp_path}/data/minsheng.db"


@pytest.fixture
async def store(address: str) -> AsyncIterator[Store]:
    """A new store in a real file."""
    async with open_store(address) as opened:
        yield opened


def file_of(address: str) -> Path:
    return Path(address.removeprefix("sqlite+aiosqlite:///"))


async def test_it_fits_the_ports(store: Store) -> None:
    """The type checker proves it; here it is only said."""
    ports: tuple[Chats, Inbox] = (store, store)

    assert len(set(ports)) == 1


async def test_of_an_unknown_chat_nothing_is_known(store: Store) -> None:
    assert await store.read(ANN) == ChatRecord(ANN, None, None)


async def test_language_and_subscription_stay_when_the_program_starts_again(address: str) -> None:
    async with open_store(address) as first:
        await first.choose_language(ANN, "ru")
        await first.subscribe(ANN, NOON)
        await first.subscribe(ANN, NOON + timedelta(hours=1))
    async with open_store(address) as second:
        assert await second.read(ANN) == ChatRecord(ANN, "ru", NOON)


async def test_a_chat_of_which_nothing_is_left_has_no_row(store: Store, address: str) -> None:
    await store.choose_language(ANN, "zh")
    await store.subscribe(ANN, NOON)
    await store.choose_language(ANN, None)
    await store.unsubscribe(ANN)

    assert await store.read(ANN) == ChatRecord(ANN, None, None)
    assert rows(address, "chats") == 0


async def test_forgetting_erases_and_leaves_others_alone(store: Store) -> None:
    await store.choose_language(ANN, "zh")
    await store.choose_language(BEN, "en")
    await store.forget(ANN)

    assert await store.read(ANN) == ChatRecord(ANN, None, None)
    assert await store.read(BEN) == ChatRecord(BEN, "en", None)


async def test_a_migrated_group_has_one_row_under_its_new_id(store: Store, address: str) -> None:
    await store.subscribe(GROUP, NOON)
    await store.migrate(GROUP, -200)
    await store.migrate(GROUP, -200)

    assert await store.read(-200) == ChatRecord(-200, None, NOON)
    assert await store.read(GROUP) == ChatRecord(GROUP, None, None)
    assert rows(address, "chats") == 1


async def test_what_was_read_while_somebody_wrote_is_not_held_on_to(store: Store) -> None:
    for language in LANGUAGES * 7:
        await asyncio.gather(store.read(ANN), store.choose_language(ANN, language), store.read(ANN))
        assert (await store.read(ANN)).language == language


async def test_an_update_is_handled_once_also_after_a_restart(address: str) -> None:
    async with open_store(address) as first:
        assert await first.unhandled([5, 6, 7]) == {5, 6, 7}
        await first.handled([6, 6], NOON)
        assert await first.unhandled([5, 6, 7]) == {5, 7}
    async with open_store(address) as second:
        assert await second.unhandled([5, 6, 7]) == {5, 7}


async def test_parked_updates_stay_until_they_are_handled(address: str) -> None:
    async with open_store(address) as first:
        await first.park([(8, "eight"), (7, "seven")], NOON)
        await first.park([(7, "seven")], NOON)
    async with open_store(address) as second:
        assert await second.parked() == [(7, "seven"), (8, "eight")]
        await second.handled([7], NOON)
        assert await second.parked() == [(8, "eight")]


async def test_update_ids_are_forgotten_after_two_days(store: Store) -> None:
    await store.handled([1], NOON)
    await store.handled([2], NOON + timedelta(hours=1))
    await store.expire(NOON + timedelta(days=2, minutes=1))

    assert await store.unhandled([1, 2]) == {1}


async def test_nothing_else_is_stored_of_people(store: Store, address: str) -> None:
    """A new column is a decision: it is written into the privacy text first."""
    assert {name: set(table.columns.keys()) for name, table in metadata.tables.items()} == {
        "handled_updates": {"update_id", "handled_at"},
        "parked_updates": {"update_id", "body", "parked_at"},
        "chats": {"chat_id", "language", "subscribed_since"},
    }


async def test_the_steps_lead_to_the_tables(store: Store, address: str) -> None:
    with sqlite3.connect(file_of(address)) as connection:
        found = {
            name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")}
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    connection.close()
    del found["alembic_version"]

    assert found == {name: set(table.columns.keys()) for name, table in metadata.tables.items()}


async def test_only_the_bots_account_reads_the_files(store: Store, address: str) -> None:
    await store.choose_language(ANN, "ru")

    assert {path.stat().st_mode & 0o077 for path in file_of(address).parent.glob("minsheng.db*")} == {0}


async def test_a_second_bot_on_the_file_is_refused_with_a_sentence(store: Store, address: str) -> None:
    with pytest.raises(OperatorError, match=r"Another bot works on .*stop that one first"):
        async with open_store(address):
            pass


async def test_an_older_program_refuses_a_newer_database(address: str) -> None:
    async with open_store(address):
        pass
    execute(address, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(OperatorError, match="written by a newer Minsheng"):
        async with open_store(address):
            pass


async def test_a_file_that_is_no_database_is_left_as_it_is(address: str) -> None:
    file_of(address).parent.mkdir()
    file_of(address).write_bytes(b"a letter to the mayor" * 100)

    with pytest.raises(OperatorError, match=r"cannot be used.*file is not a database"):
        async with open_store(address):
            pass
    assert file_of(address).read_bytes() == b"a letter to the mayor" * 100


@pytest.mark.parametrize("address_of_another", ["postgresql+psycopg://u:secret@h/d", "sqlite+aiosqlite://"])
async def test_what_it_cannot_open_is_a_sentence_without_a_password(address_of_another: str) -> None:
    with pytest.raises(OperatorError) as refused:
        async with open_store(address_of_another):
            pass
    assert "secret" not in str(refused.value)


async def test_reading_never_waits_for_a_locked_file(store: Store, address: str) -> None:
    await store.choose_language(ANN, "ru")
    await store.handled([5], NOON)
    other = sqlite3.connect(file_of(address), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(store.choose_language(BEN, "zh"))
    await asyncio.sleep(0.05)
    async with asyncio.timeout(0.5):
        assert (await store.read(ANN)).language == "ru"
        assert await store.unhandled([5, 6]) == {6}
    assert not writing.done()
    other.execute("ROLLBACK")
    other.close()
    await writing

    assert (await store.read(BEN)).language == "zh"


KILLED_AT = """
import asyncio, os, sys
from sqlalchemy import Engine, event
from bot.adapters.storage import open_store

left = int(sys.argv[2])

@event.listens_for(Engine, "before_cursor_execute")
def count(connection, cursor, statement, *rest):
    global left
    if statement.strip().startswith(("CREATE", "INSERT", "UPDATE", "COMMIT")):
        left -= 1
        if left == 0:
            os._exit(137)

async def main():
    async with open_store(sys.argv[1]):
        pass

asyncio.run(main())
"""


async def test_a_migration_that_is_killed_at_any_statement_has_not_begun(address: str) -> None:
    for statement in range(1, 20):
        killed = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", KILLED_AT, address, str(statement)], check=False
        )
        if killed.returncode != 137:
            break
        assert tables(address) == []
    assert killed.returncode == 0
    assert statement > 5
    async with open_store(address) as opened:
        assert await opened.parked() == []


def execute(address: str, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(file_of(address))
    with connection:
        found = connection.execute(statement).fetchall()
    connection.close()
    return found


def rows(address: str, table: str) -> object:
    return execute(address, f"SELECT count(*) FROM {table}")[0][0]


def tables(address: str) -> list[object]:
    return [name for (name,) in execute(address, "SELECT name FROM sqlite_master")]
