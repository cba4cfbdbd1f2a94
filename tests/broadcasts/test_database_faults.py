"""The database is full, locked, restarted, or its answers are lost while a broadcast is sent."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.broadcasts.model import BroadcastClass
from bot.errors import StorageError
from bot.storage import sqlite
from tests.broadcasts.checker import records_of
from tests.broadcasts.sending_env import SendingEnv, eventually, sending_env, working
from tests.broadcasts.subscribers import CrashingQueue, CrashPoint, confirmed, opened
from tests.postgres import Server
from tests.storage.databases import Place, server_place

_Result = TypeVar("_Result")


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    """What is logged meanwhile."""
    structlog.reset_defaults()
    with capture_logs() as events:
        yield events


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try the database again soon instead of after half a minute."""
    monkeypatch.setattr("bot.broadcasts.scheduler._MIN_BACKOFF", 0.05)
    monkeypatch.setattr("bot.broadcasts.scheduler._MAX_BACKOFF", 0.1)
    monkeypatch.setattr("bot.broadcasts.worker._MIN_BACKOFF", 0.05)


@dataclass
class Disk:
    """A disk that may be full: the file cannot grow any more (`PRAGMA max_page_count`)."""

    full: bool = False

    def begin(self, connection: Any) -> None:
        """Begin a transaction that writes."""
        pages = 1 if self.full else 1_000_000
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")  # no fewer than there are
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@pytest.mark.parametrize("kind", ["notice", "once"])
async def test_on_a_full_disk_nothing_is_sent_that_was_not_claimed_and_it_goes_on_when_there_is_room(
    env: SendingEnv, kind: BroadcastClass, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    """No one presses a button; messages in flight are stored as sent, and no recipient gets two."""
    disk = Disk()
    monkeypatch.setattr(sqlite, "_begin_immediate", disk.begin)
    env.subscribe(200)
    async with opened(env.place) as store:
        broadcast = await confirmed(store, kind)
        async with working(env.life(store)) as life:
            await env.takes(50)
            await asyncio.to_thread(use_up, env.place, "deliveries", "broadcasts")
            disk.full = True
            await eventually(lambda: failures(logs) >= 3)
            claimed = {chat for chat, number in records_of(env.place, broadcast).attempts.items() if number}
            assert env.copies(broadcast).keys() <= claimed
            disk.full = False
            await life.tells("finished")

    assert any("SQLITE_FULL" in str(event.get("problem")) for event in logs)
    assert env.place.execute("PRAGMA integrity_check") == [("ok",)]
    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


async def test_a_file_that_another_program_holds_is_waited_for(
    env: SendingEnv, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    """Nothing is sent meanwhile, and nothing is doubled or unknown afterwards."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 100)
    env.subscribe(200)
    async with opened(env.place) as store:
        broadcast = await confirmed(store, "once")
        async with working(env.life(store)) as life:
            await env.takes(50)
            with closing(sqlite3.connect(env.place.path, isolation_level=None, check_same_thread=False)) as other:
                await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
                await eventually(lambda: failures(logs) >= 1)
                taken = len(env.sandbox.record.sends())
                await eventually(lambda: failures(logs) >= 3)
                assert len(env.sandbox.record.sends()) == taken
                other.execute("ROLLBACK")
            await life.tells("finished")

    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


async def test_recipients_that_cannot_be_written_down_are_tried_again_after_a_pause(
    env: SendingEnv, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    """There is room for a take-over but not for the recipients, and that does not count as a crash."""
    disk, clock = Disk(), asyncio.get_running_loop().time
    monkeypatch.setattr(sqlite, "_begin_immediate", disk.begin)
    env.subscribe(150)
    async with opened(env.place) as store:
        broadcast = await confirmed(store)
        use_up(env.place)
        disk.full = True
        async with working(env.life(store)) as life:
            await eventually(lambda: failures(logs) >= 1)
            began = clock()
            await eventually(lambda: failures(logs) >= 4)
            assert clock() - began > 0.05 + 0.1 + 0.1 - 0.05
            disk.full = False
            await life.tells("finished")
        present = await store.broadcast(broadcast.id)

    assert present
    assert present.crashes == ()
    env.check(broadcast)


@dataclass
class Forgetful(CrashingQueue):
    """A delivery queue whose connection sometimes loses the answer to a committed transaction."""

    chance: random.Random = field(default_factory=lambda: random.Random(7))
    lost: int = 0

    async def _between(self, act: Awaitable[_Result]) -> _Result:
        result = await act
        if self.chance.random() < 0.3:
            self.lost += 1
            raise StorageError("lost")
        return result


@pytest.mark.parametrize("kind", ["notice", "once"])
async def test_a_transaction_whose_answer_was_lost_loses_no_message(place: Place, kind: BroadcastClass) -> None:
    """Whatever was claimed and not sent waits again, and whatever was kept stays kept; in both databases."""
    async with opened(place) as store, sending_env(place) as env:
        env.subscribe(160)
        outbox = Forgetful(store, CrashPoint())
        broadcast = await confirmed(store, kind)
        async with working(env.life(store, deliveries=outbox)) as life:
            await life.tells("finished")
        present = await store.broadcast(broadcast.id)

    assert outbox.lost >= 4
    assert present
    records = env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}
    assert len(records.of("sent")) == 160


@pytest.fixture
async def server(postgresql: Server) -> AsyncIterator[Server]:
    """The server, which runs again afterwards."""
    yield postgresql
    if postgresql.running is None:
        postgresql.start()


@pytest.mark.parametrize(
    ("restarts", "kind"),
    [
        pytest.param(2, "once", id="short"),
        pytest.param(5, "notice", id="notice", marks=pytest.mark.soak),
        pytest.param(5, "once", id="once", marks=pytest.mark.soak),
    ],
)
async def test_a_server_that_restarts_loses_no_message(server: Server, restarts: int, kind: BroadcastClass) -> None:
    """What was claimed when the connection broke was not sent, and the bot knows; no one presses a button."""
    place = server_place(server)
    async with opened(place) as store, sending_env(place) as env:
        env.subscribe(restarts * 60)
        broadcast = await confirmed(store, kind)
        async with working(env.life(store)) as life:
            for restart in range(1, restarts + 1):
                await env.takes(restart * 50)
                await asyncio.to_thread(server.stop)
                await asyncio.to_thread(server.start)
            await life.tells("finished")

        env.check(broadcast)
        assert set(env.copies(broadcast).values()) == {1}


async def test_connections_that_the_server_ends_at_random_lose_no_message(server: Server) -> None:
    """Those that write, those that read, and that which holds the lock."""
    place = server_place(server)
    some = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND random() < 0.5"
    )
    async with opened(place) as store, sending_env(place) as env:
        env.subscribe(150)
        broadcast = await confirmed(store, "once")
        async with working(env.life(store)) as life:
            for number in range(1, 7):
                await env.takes(number * 20)
                await asyncio.to_thread(place.execute, f"{some} AND pid <> pg_backend_pid()")
            await life.tells("finished")

        env.check(broadcast)
        assert set(env.copies(broadcast).values()) == {1}


def use_up(place: Place, *tables: str) -> None:
    """Fill the free pages of the file, so that each further change of these tables needs a new one."""
    with closing(sqlite3.connect(place.path, isolation_level=None)) as other:
        other.execute("CREATE TABLE filler (content)")
        fill = "INSERT INTO filler VALUES (zeroblob(3000))"
        for table in tables:
            other.execute(f"CREATE TRIGGER fill_{table} AFTER UPDATE ON {table} BEGIN {fill}; END")
        other.execute("PRAGMA max_page_count=1")  # no fewer than there are
        with pytest.raises(sqlite3.OperationalError, match="full"):
            _repeat(other, fill)


def _repeat(connection: sqlite3.Connection, statement: str) -> None:
    while True:
        connection.execute(statement)


def failures(logs: list[EventDict]) -> int:
    """How often the sender could not use its database."""
    return sum(event["event"] == "broadcast_waits" for event in logs)
