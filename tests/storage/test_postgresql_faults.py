"""A PostgreSQL server that is unreachable, restarted, or refuses connections, and two bots on one database."""

import asyncio
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from bot.errors import OperatorError, StorageError
from bot.people.ports import AuditEntry, ChatRecord
from bot.publishing.ports import Version
from bot.storage import UnreachableError, open_store
from tests.postgres import PASSWORD, Server
from tests.storage.databases import Place, server_place

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN, BEN = 11, 12
SECRET = "a-secret"


@pytest.fixture
def server(postgresql: Server) -> Iterator[Server]:
    """The server, which is started again afterwards."""
    yield postgresql
    if postgresql.running is None:
        postgresql.start()


@pytest.fixture
def place(server: Server) -> Place:
    """A database without tables."""
    return server_place(server, empty=True)


async def refusal_of(address: str) -> str:
    """Open the store; return the error that the operator reads."""
    with pytest.raises(OperatorError) as refused:
        async with open_store(address):
            pass
    report = "".join(traceback.format_exception(refused.value))
    assert "secret" not in report
    assert PASSWORD not in report
    assert str(refused.value).count("\n") == 0
    return str(refused.value)


async def test_who_is_not_let_in_reads_one_sentence_without_the_password(server: Server) -> None:
    wrong = await refusal_of(server.address("postgres", password=SECRET))
    nobody = await refusal_of(server.address("postgres", user="nobody-here", password=SECRET))
    assert wrong == nobody
    assert wrong.startswith("The server of the PostgreSQL database “postgres” does not accept the user and password")
    assert "has no such database" in await refusal_of(server.address("nowhere"))
    assert "needs a password" in await refusal_of(server.address("postgres", password=""))
    assert "does not know" in await refusal_of(f"{server.address('postgres')}&colour=blue")


@pytest.mark.parametrize("host", ["127.0.0.1:1", "no-such-host.invalid", ""])
async def test_a_server_that_is_not_there_may_be_there_later(host: str) -> None:
    with pytest.raises(UnreachableError, match="cannot be reached") as unreachable:
        async with open_store(f"postgresql+psycopg://ann:{SECRET}@{host}/minsheng?connect_timeout=2"):
            pass
    assert SECRET not in "".join(traceback.format_exception(unreachable.value))


async def test_a_database_in_which_the_bot_may_not_make_tables_is_one_sentence(server: Server, place: Place) -> None:
    server.execute("CREATE ROLE guest LOGIN PASSWORD 'for-guests'")
    address = place.address.replace(f"postgres:{PASSWORD}", "guest:for-guests")

    assert "may create tables" in await refusal_of(address)
    assert place.shape() == {}


async def test_a_database_that_only_lets_itself_be_read_leaves_the_answers(place: Place) -> None:
    name = place.address.partition("@/")[2].partition("?")[0]
    place.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    async with open_store(place.address) as store:
        assert "is read-only" in (store.failure or "")
        with pytest.raises(StorageError, match="stores nothing"):
            await store.choose_language(ANN, "ru")


async def test_a_server_that_was_read_only_for_a_while_is_written_to_again_without_a_restart(
    server: Server, place: Place
) -> None:
    name = place.address.partition("@/")[2].partition("?")[0]
    async with open_store(place.address) as store:
        server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        with pytest.raises(StorageError, match="ReadOnlySqlTransaction"):
            await store.choose_language(ANN, "ru")
        server.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await store.choose_language(ANN, "zh")
        assert (await store.read(ANN)).language == "zh"


async def test_after_a_restart_of_the_server_the_first_act_finds_it_again(server: Server, place: Place) -> None:
    async with open_store(place.address) as store:
        await store.choose_language(ANN, "ru")
        server.stop()
        server.start()
        assert await store.read(BEN) == ChatRecord(BEN, None, None)
        await store.choose_language(BEN, "zh")
        assert "Another bot works on" in await refusal_of(place.address)

        assert (await store.read(BEN)).language == "zh"


async def test_while_the_server_is_away_every_act_says_so_and_works_again_later(server: Server, place: Place) -> None:
    async with open_store(place.address) as store:
        await store.choose_language(ANN, "ru")
        server.stop()
        for act in (store.choose_language(ANN, "zh"), store.read(BEN), store.forget(ANN), store.grants()):
            with pytest.raises(StorageError, match="cannot be used at the moment"):
                await act
        server.start()
        assert (await store.read(ANN)).language == "ru"
        await store.choose_language(ANN, "zh")
        assert (await store.read(ANN)).language == "zh"


async def test_a_publication_that_the_server_interrupts_is_not_recorded(server: Server, place: Place) -> None:
    version, line = Version("d", ANN, "sent", NOON), AuditEntry(NOON, ANN, "publish", "x", "", "")
    async with open_store(place.address) as store:
        publication = store.recording(version, b"city:", line, draft=None)
        await publication.__aenter__()
        server.stop()
        server.start()
        with pytest.raises(StorageError):
            await publication.__aexit__(None, None, None)
        assert await store.versions() == []
        assert await store.audit(1) == []
        async with store.recording(version, b"city:", line, draft=None):
            pass
        assert await store.versions() == [version]


async def test_a_bot_whose_database_was_taken_over_meanwhile_writes_nothing_more(server: Server, place: Place) -> None:
    async with open_store(place.address) as first:
        await first.choose_language(ANN, "ru")
        place.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        async with open_store(place.address) as second:
            with pytest.raises(StorageError, match="Another bot works on"):
                await first.choose_language(ANN, "zh")
            with pytest.raises(OperatorError, match="Another bot works on"):
                await first.watch_lock()
            assert (await first.read(ANN)).language == "ru"
            await second.choose_language(BEN, "zh")
        await first.choose_language(ANN, "en")


async def test_a_lock_that_was_ended_is_taken_again_before_another_bot_can(server: Server, place: Place) -> None:
    async with open_store(place.address) as first:
        place.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        watching = asyncio.create_task(first.watch_lock(pause=0.05))
        while not place.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        with pytest.raises(OperatorError, match="Another bot works on"):
            async with open_store(place.address):
                pass
        watching.cancel()


async def test_a_check_of_the_lock_that_was_cancelled_is_not_the_last_one(server: Server, place: Place) -> None:
    """A write gives up when its time is over, also in the middle of this check."""
    async with open_store(place.address) as store:
        await store.choose_language(ANN, "en")
        with server.frozen(), pytest.raises(TimeoutError):
            await asyncio.wait_for(store.choose_language(ANN, "zh"), 0.5)
        await store.choose_language(ANN, "ru")
        assert (await store.read(ANN)).language == "ru"


async def test_writes_are_durable_where_the_default_of_the_server_is_not(server: Server, place: Place) -> None:
    """Without that, a crash of the server would send again what was sent in its last moments."""
    place.execute(f"ALTER DATABASE {place.name} SET synchronous_commit = off")
    async with open_store(place.address) as store, store._transactions.writing() as connection:
        assert await connection.scalar(text("SHOW synchronous_commit")) == "on"


async def test_two_databases_of_one_server_are_two_bots(server: Server, place: Place) -> None:
    async with open_store(place.address) as first, open_store(server_place(server).address) as second:
        await first.choose_language(ANN, "ru")
        assert await second.read(ANN) == ChatRecord(ANN, None, None)


async def test_a_table_that_another_program_locks_delays_no_call_for_long(
    server: Server, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.postgresql._STATEMENT_TIMEOUT", 200)
    async with open_store(place.address) as store:
        holding = asyncio.create_task(
            asyncio.to_thread(place.execute, "BEGIN; LOCK TABLE chats; SELECT pg_sleep(1.2); COMMIT")
        )
        while not place.execute("SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        for act in (store.choose_language(ANN, "ru"), store.read(BEN)):
            with pytest.raises(StorageError, match="QueryCanceled"):
                await act
        await holding
        await store.choose_language(ANN, "ru")
