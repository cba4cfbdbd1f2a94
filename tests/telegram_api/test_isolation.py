"""Chats do not wait for each other: others are answered soon, whatever chats do meanwhile. Real HTTP, 50 ms per call.

`make bench` (tests/bench/isolation.py) has the figures.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest
from structlog.typing import EventDict

from bot.errors import StorageError
from bot.sandbox import Limits, Sandbox
from bot.storage import Store
from bot.telegram_api.incoming import MAX_MESSAGES
from tests.quiet_time import Stopwatch
from tests.telegram_api.conftest import Echo
from tests.telegram_api.webhook_door import SECRET, opened_door

#: Seconds within which others must be answered: fewer than a chat here is stuck.
SOON = 2.0


@asynccontextmanager
async def serving(echo: Echo, way: str) -> AsyncIterator[None]:
    """The echo bot while polling, or behind a webhook."""
    if way == "polling":
        async with echo.polling():
            yield
        return
    async with opened_door(echo) as door:
        await echo.client.set_webhook(f"http://127.0.0.1:{door.port}/hook", secret_token=SECRET, max_connections=100)
        yield


async def slowest_of_others(sandbox: Sandbox, seconds: float) -> float:
    """The longest wait of the people who ask meanwhile."""
    waits = []

    async def ask() -> None:
        person, watch = sandbox.person(), Stopwatch(with_children=False)
        sandbox.write(person, "hello")
        await sandbox.wait_for_replies(person, within=150)
        waits.append(watch.seconds())

    asking = []
    for _ in range(int(seconds * 10)):
        asking.append(asyncio.create_task(ask()))
        await asyncio.sleep(0.1)
    await asyncio.gather(*asking)
    return max(waits)


def groups(sandbox: Sandbox, count: int) -> list[tuple[int, int]]:
    """Groups, with a person in each."""
    people = [sandbox.person() for _ in range(count)]
    return [(person, sandbox.group("Group", [person])) for person in people]


@pytest.mark.parametrize("way", ["polling", "webhook"])
@pytest.mark.parametrize(("kind", "count"), [("delay", 1), ("flood", 1), ("error", 1), ("delay", 150)])
async def test_chats_that_cannot_be_answered_delay_no_other_chat(
    sandbox: Sandbox, echo: Echo, way: str, kind: str, count: int
) -> None:
    sandbox.set_latency(0.05)
    stuck = groups(sandbox, count)
    sandbox.state.updates.clear()
    for _, group in stuck:
        sandbox.fault(kind, "sendMessage", chat_id=group, seconds=10)
    async with serving(echo, way):
        asking = asyncio.create_task(slowest_of_others(sandbox, 2))
        for _ in range(3):
            for person, group in stuck:
                sandbox.write(person, "hello", chat=group)
            await asyncio.sleep(0.8)
        assert await asking < SOON
        sandbox.clear_faults()


@pytest.mark.parametrize("way", ["polling", "webhook"])
@pytest.mark.parametrize("per_second", [2, 100])
async def test_a_person_who_floods_delays_no_other_and_is_notified_once(
    sandbox: Sandbox, echo: Echo, logs: list[EventDict], way: str, per_second: int
) -> None:
    sandbox.set_latency(0.05)
    sandbox.set_limits(Limits(per_second=300, burst=300, penalty=2))
    flooder = sandbox.person()
    async with serving(echo, way):
        asking = asyncio.create_task(slowest_of_others(sandbox, 2))
        for number in range(2 * per_second):
            sandbox.write(flooder, f"{number}")
            await asyncio.sleep(1 / per_second)
        assert await asking < SOON
        await sandbox.wait_until_confirmed()

    texts = [text for text in sandbox.texts(flooder) if text != "too much"]
    assert texts == sorted(texts, key=int), "in order"
    assert [event["event"] for event in logs].count("updates_dropped") == (per_second == 100)


async def test_what_is_beyond_a_backlog_is_dropped_with_one_notice_and_recorded(
    sandbox: Sandbox, echo: Echo, store: Store
) -> None:
    gate = asyncio.Event()

    async def wait(text: str) -> None:
        await gate.wait()

    echo.before = wait
    ann = sandbox.person()
    async with echo.polling():
        for number in range(2 * MAX_MESSAGES):
            sandbox.write(ann, f"{number}")
        await sandbox.wait_until_confirmed()
        gate.set()
        await sandbox.wait_for_replies(ann, MAX_MESSAGES + 1)
        await sandbox.wait_until_quiet(0.5)
    texts = sandbox.texts(ann)

    assert texts[:MAX_MESSAGES] == [f"{number}" for number in range(MAX_MESSAGES)]
    assert texts[MAX_MESSAGES:] == ["too much"]
    assert await store.unhandled(sandbox.update_ids()) == set()
    assert await store.parked() == []


@pytest.mark.parametrize("way", ["polling", "webhook"])
async def test_fifty_groups_that_ask_at_once_delay_no_other_chat(sandbox: Sandbox, echo: Echo, way: str) -> None:
    sandbox.set_latency(0.05)
    people_in_groups = groups(sandbox, 50)
    sandbox.state.updates.clear()
    sandbox.set_limits(Limits())
    async with serving(echo, way):
        for _ in range(4):
            for person, group in people_in_groups:
                sandbox.write(person, "hello", chat=group)
        assert await slowest_of_others(sandbox, 2) < SOON


@pytest.mark.parametrize("way", ["polling", "webhook"])
async def test_more_groups_than_there_are_places_leave_some_to_persons(
    sandbox: Sandbox, echo: Echo, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr("bot.telegram_api.update_queue.MAX_OPEN", 40)
    gate = asyncio.Event()

    async def wait(text: str) -> None:
        if text == "of a group":
            await gate.wait()

    echo.before = wait
    people_in_groups = groups(sandbox, 30)
    sandbox.state.updates.clear()
    async with serving(echo, way):
        for _ in range(3):
            for person, group in people_in_groups:
                sandbox.write(person, "of a group", chat=group)
        assert await slowest_of_others(sandbox, 1) < SOON
        gate.set()
        await sandbox.wait_until_confirmed()
        await sandbox.wait_until_quiet(0.5)
    texts = [text for _, group in people_in_groups for text in sandbox.texts(group)]
    assert 20 <= texts.count("of a group") < 90
    assert texts.count("too much") <= 30


@pytest.mark.parametrize("way", ["polling", "webhook"])
async def test_chats_whose_choice_cannot_be_stored_in_a_locked_database_delay_no_other_chat(
    sandbox: Sandbox, echo: Echo, store: Store, tmp_path: Path, way: str
) -> None:
    async def store_choice(text: str) -> None:
        if text == "choose":
            with suppress(StorageError):
                await store.choose_language(chooser, "en")

    echo.before = store_choice
    sandbox.set_latency(0.05)
    chooser = sandbox.person()
    async with serving(echo, way):
        await slowest_of_others(sandbox, 0.2)
        with closing(sqlite3.connect(tmp_path / "minsheng.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for _ in range(20):  # one after the other they wait longer for the lock than others may wait
                sandbox.write(chooser, "choose")
            assert await slowest_of_others(sandbox, 3) < SOON
            other.execute("ROLLBACK")
        await sandbox.wait_for_replies(chooser, within=150)
        await sandbox.wait_until_confirmed()


@pytest.mark.parametrize("element", [None, 1, "x", [], {"update_id": []}, {"update_id": 2**70}, {"update_id": None}])
async def test_elements_that_are_not_updates_are_set_aside(
    sandbox: Sandbox, echo: Echo, logs: list[EventDict], element: object
) -> None:
    ann = sandbox.person()
    async with echo.polling():
        sandbox.element(element)
        sandbox.write(ann, "hello")
        await sandbox.wait_for_replies(ann)
        await sandbox.wait_until_confirmed()

    assert [event["event"] for event in logs].count("update_set_aside") == 1
    assert not echo.health.problems
