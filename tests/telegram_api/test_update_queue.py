"""Every update is handled once, none is lost, and none blocks another."""

import asyncio
import json
import random
from typing import Any

from structlog.typing import EventDict

from bot.sandbox import Sandbox
from bot.storage import Store
from bot.telegram_api.incoming import Incoming, read_update
from tests.telegram_api.conftest import Echo, now

POISON: list[dict[str, Any]] = [
    {"message": {"chat": 3}},
    {"message": {"message_id": "one", "date": "yesterday", "chat": {"id": [], "type": 5}}},
    {"message": []},
    {"callback_query": {"id": 5}},
    {"something_new": {"of": "next year"}},
    {},
]


async def test_updates_that_come_three_times_in_any_order_are_answered_once(sandbox: Sandbox, echo: Echo) -> None:
    people = [sandbox.person() for _ in range(20)]
    async with echo.polling():
        for person in people:
            sandbox.write(person, f"I am {person}")
        await asyncio.gather(*(sandbox.wait_for_replies(person) for person in people))
        again = sandbox.update_ids() * 2
        random.Random(1).shuffle(again)
        sandbox.repeat(again)
        await sandbox.wait_until_confirmed()

    assert sandbox.record.copies() == {(person, f"I am {person}"): 1 for person in people}


async def test_updates_that_come_again_after_a_restart_are_answered_once(
    sandbox: Sandbox, echo: Echo, store: Store
) -> None:
    ann = sandbox.person()
    async with echo.polling():
        sandbox.write(ann, "once")
        await sandbox.wait_for_replies(ann)
    async with Echo(echo.client, store).polling():
        sandbox.repeat(sandbox.update_ids())
        sandbox.write(ann, "twice")
        await sandbox.wait_for_replies(ann, 2)
        await sandbox.wait_until_confirmed()

    assert sandbox.texts(ann) == ["once", "twice"]


async def test_an_update_that_cannot_be_parsed_stops_no_other_chat(
    sandbox: Sandbox, echo: Echo, logs: list[EventDict]
) -> None:
    people = [sandbox.person() for _ in range(10)]
    async with echo.polling():
        for number, person in enumerate(people):
            sandbox.raw(POISON[number % len(POISON)])
            sandbox.write(person, "hello")
        await asyncio.gather(*(sandbox.wait_for_replies(person) for person in people))
        await sandbox.wait_until_confirmed()

    assert all(sandbox.texts(person) == ["hello"] for person in people)
    assert "yesterday" not in json.dumps(logs)


async def test_a_handler_that_fails_apologises_tells_staff_once_and_logs_no_text(
    sandbox: Sandbox, echo: Echo, logs: list[EventDict]
) -> None:
    async def fail(text: str) -> None:
        raise ValueError(f"I cannot read {text}")

    echo.before = fail
    ann, ben = sandbox.person(), sandbox.person()
    async with echo.polling():
        for person in (ann, ben):
            sandbox.write(person, "canary text")
        await asyncio.gather(*(sandbox.wait_for_replies(person) for person in (ann, ben)))

    assert (sandbox.texts(ann), sandbox.texts(ben)) == (["sorry"], ["sorry"])
    assert len(echo.alerts) == 1
    assert "ValueError, test_update_queue.py:" in echo.alerts[0]
    assert [event["error"] for event in logs if event["event"] == "handler_failed"] == ["ValueError"] * 2
    assert "canary" not in json.dumps(logs) + "".join(echo.alerts)


async def test_what_takes_too_long_is_parked_and_answered_after_a_restart(
    sandbox: Sandbox, echo: Echo, store: Store
) -> None:
    async def wait_for_ever(text: str) -> None:
        await asyncio.Event().wait()

    echo.before = wait_for_ever
    ann = sandbox.person()
    sandbox.write(ann, "hello")
    receipts = asyncio.create_task(echo.update_queue.run_recorder())
    updates = await echo.update_queue.accept(await echo.client.fetch(0, wait=0))
    assert await echo.update_queue.secure(updates)
    assert len(await store.parked()) == 1
    await echo.update_queue.drain(0.05)
    receipts.cancel()
    assert len(await store.parked()) == 1
    async with Echo(echo.client, store).polling():
        await sandbox.wait_for_replies(ann)
        await sandbox.wait_until_confirmed()
        await _until_parked(store, 0)

    assert sandbox.texts(ann) == ["hello"]


async def test_a_chat_that_waits_does_not_hold_up_the_confirmation_of_others(
    sandbox: Sandbox, echo: Echo, store: Store
) -> None:
    """More than a whole window of other chats is served while one chat is stuck."""
    gate = asyncio.Event()

    async def wait(text: str) -> None:
        if text == "stuck":
            await gate.wait()

    echo.before = wait
    stuck, others = sandbox.person(), [sandbox.person() for _ in range(150)]
    async with echo.polling():
        sandbox.write(stuck, "stuck")
        for person in others:
            sandbox.write(person, "hello")
        await asyncio.gather(*(sandbox.wait_for_replies(person) for person in others))
        await sandbox.wait_until_confirmed()
        await _until_parked(store, 1)
        gate.set()
        await sandbox.wait_for_replies(stuck)
        await _until_parked(store, 0)


async def _until_parked(store: Store, number: int) -> None:
    """Wait until `number` updates are parked; one that is done while it is written is removed a little later."""
    async with asyncio.timeout(30):
        while len(await store.parked()) != number:  # noqa: ASYNC110 - the database has no event
            await asyncio.sleep(0.01)


async def test_a_database_that_fails_delays_receipts_not_answers(
    sandbox: Sandbox, echo: Echo, store: Store, logs: list[EventDict]
) -> None:
    class Broken:
        """Fails until it works again."""

        works = False

        def __getattr__(self, name: str) -> Any:
            async def fail(*_: object) -> Any:
                raise OSError("disk full, it says: canary")

            return getattr(store, name) if self.works or name == "parked" else fail

    broken = Broken()
    echo.update_queue._store = broken
    ann = sandbox.person()
    async with echo.polling():
        sandbox.write(ann, "hello")
        await sandbox.wait_for_replies(ann)
        await sandbox.wait_until_confirmed()
        sandbox.repeat(sandbox.update_ids())
        await sandbox.wait_until_confirmed()
        assert echo.health.problems
        broken.works = True

    assert sandbox.texts(ann) == ["hello"]
    assert await store.unhandled(sandbox.update_ids()) == set()
    assert not echo.health.problems
    assert "canary" not in json.dumps(logs)


async def test_which_updates_share_an_order() -> None:
    person = {"id": 7, "is_bot": False, "first_name": "Ann"}
    inline = {"update_id": 1, "inline_query": {"id": "1", "from": person, "query": "", "offset": ""}}
    chat = {"id": 7, "type": "private", "first_name": "Ann"}
    message = {"update_id": 2, "message": {"message_id": 1, "date": 1, "chat": chat}}
    keys = [
        read.chat for value in (inline, message, {"update_id": 3}) if isinstance(read := read_update(value), Incoming)
    ]

    assert keys == [("person", 7), 7, ("update", 3)]
    assert now().tzinfo
