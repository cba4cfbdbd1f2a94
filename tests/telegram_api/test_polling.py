"""The poller when Telegram misbehaves."""

import asyncio
import json
from itertools import pairwise

import pytest
from structlog.typing import EventDict

from bot.sandbox import Sandbox
from bot.storage import Store
from bot.telegram_api import retry_policy
from bot.telegram_api.client import Client
from tests.process.mean_server import MeanServer, says
from tests.quiet_time import takes_less_than
from tests.telegram_api.conftest import Echo

WRONG = "1000000001:another-token-of-the-same-bot-entirely"


async def said_hello(sandbox: Sandbox) -> None:
    """Wait until the bot serves and polls again."""
    zoe = sandbox.person("Zoe")
    sandbox.write(zoe, "hello")
    await sandbox.wait_for_replies(zoe)
    await sandbox.wait_until_confirmed()
    await asyncio.sleep(0.1)


async def test_it_asks_for_its_kinds_of_updates_and_confirms_only_what_is_handled_or_parked(
    sandbox: Sandbox, echo: Echo, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()
    park = store.park

    async def wait(text: str) -> None:
        if text == "slow":
            await gate.wait()

    async def fail(*_: object) -> None:
        raise OSError

    echo.before = wait
    monkeypatch.setattr(store, "park", fail)
    ann, ben = sandbox.person(), sandbox.person()
    async with echo.polling():
        sandbox.write(ann, "slow")
        sandbox.write(ben, "fast")
        await sandbox.wait_for_replies(ben)
        await asyncio.sleep(0.5)
        assert sandbox.pending() == sandbox.update_ids()
        monkeypatch.setattr(store, "park", park)
        await sandbox.wait_until_confirmed()
        assert [number for number, _ in await store.parked()] == sandbox.update_ids()[:1]
        gate.set()
        await sandbox.wait_for_replies(ann)
    (first, *_) = sandbox.calls(method="getUpdates")

    assert "message" in str(first.payload["allowed_updates"])
    assert sandbox.texts(ann) == ["slow"]


async def test_it_fetches_and_confirms_others_while_one_update_is_neither_handled_nor_parked(
    sandbox: Sandbox, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram_api.update_queue.MIN_GRACE", 60.0)
    monkeypatch.setattr("bot.telegram_api.update_queue.MAX_GRACE", 60.0)
    gate = asyncio.Event()

    async def wait(text: str) -> None:
        if text == "slow":
            await gate.wait()

    echo.before = wait
    ann, ben, cho = (sandbox.person() for _ in range(3))
    async with echo.polling():
        sandbox.write(ann, "before")
        await sandbox.wait_until_confirmed()
        sandbox.write(cho, "fast")
        sandbox.write(ann, "slow")
        await sandbox.wait_for_replies(cho)
        for count in range(1, 4):
            sandbox.write(ben, "fast")
            await sandbox.wait_for_replies(ben, count)
        assert sandbox.pending() == sandbox.update_ids()[2:]
        offsets = [call.payload["offset"] for call in sandbox.calls(method="getUpdates")]
        gate.set()
        await sandbox.wait_until_confirmed()

    assert all(one != next_one for one, next_one in pairwise(offsets[2:])), "the same offset gets one update only"
    assert (sandbox.texts(ann), sandbox.texts(ben)) == (["before", "slow"], ["fast"] * 3)


def _said(logs: list[EventDict]) -> list[str]:
    """What an operator reads; on a busy machine updates are also parked."""
    return [event["event"] for event in logs if event["log_level"] != "debug"]


async def test_while_nothing_happens_it_holds_one_long_call(sandbox: Sandbox, echo: Echo) -> None:
    ann = sandbox.person()
    async with echo.polling():
        sandbox.write(ann, "hello")
        await sandbox.wait_until_confirmed()
        await asyncio.sleep(0.2)
        before = sandbox.record.count("getUpdates")
        await asyncio.sleep(0.5)
        assert sandbox.record.count("getUpdates") == before


async def test_an_unreachable_telegram_is_one_sentence_and_then_goes_on(
    sandbox: Sandbox, echo: Echo, logs: list[EventDict]
) -> None:
    ann = sandbox.person()
    async with echo.polling():
        await said_hello(sandbox)
        await sandbox.close()
        await asyncio.sleep(1.2)
        assert echo.health.problems
        sandbox.write(ann, "hello")
        await sandbox.listen()
        await sandbox.wait_for_replies(ann)

    assert not echo.health.problems
    assert _said(logs) == ["unreachable", "resolved"]
    assert sandbox.token not in str(logs)


@pytest.mark.parametrize("kind", ["error", "html", "garbage", "truncated", "empty", "reset", "cut", "flood"])
async def test_every_fault_passes(sandbox: Sandbox, echo: Echo, kind: str) -> None:
    sandbox.fault(kind, "getUpdates", times=1)
    ann = sandbox.person()
    sandbox.write(ann, "hello")
    async with echo.polling():
        await sandbox.wait_for_replies(ann)
        await sandbox.wait_until_confirmed()

    assert sandbox.texts(ann) == ["hello"]


@pytest.mark.parametrize(
    "message",
    [
        '{"reply_to_message":' * 20_000 + "1" + "}" * 20_000,
        '{"message_id":' + "9" * 5_000 + "}",
        '{"text":"[\\"","x":[NULL]}',
    ],
    ids=["deeply nested", "a number of 5,000 digits", "no JSON"],
)
async def test_an_update_that_cannot_be_read_hides_no_other_and_is_confirmed(
    sandbox: Sandbox, store: Store, logs: list[EventDict], message: str
) -> None:
    ann = sandbox.person()
    sandbox.write(ann, "hello")
    (update,) = sandbox.state.updates.waiting.values()
    updates = f'{{"update_id":{update.id - 1},"message":{message}}},{json.dumps(update.body)}'
    async with MeanServer(sandbox.url).serving() as mean:
        mean.spoiled["getUpdates"].append(says(200, f'{{"ok":true,"result":[{updates}]}}'))
        client = Client(sandbox.token, mean.url)
        await client.open()
        async with Echo(client, store).polling():
            await sandbox.wait_for_replies(ann)
        await client.close_pools()

    assert await store.unhandled([update.id - 1, update.id]) == set()
    set_aside = [event for event in logs if event["event"] == "update_set_aside"]
    assert [(event["update"], event["reason"]) for event in set_aside] == [(update.id - 1, "cannot be read")]
    assert sandbox.pending() == []


async def test_a_second_bot_is_named_and_waited_for(sandbox: Sandbox, echo: Echo, logs: list[EventDict]) -> None:
    async with echo.polling():
        await said_hello(sandbox)
        await echo.client.fetch(0, wait=1)
        await asyncio.sleep(0.1)
        assert "Another program fetches" in echo.health.problems[0]

    assert _said(logs) == ["second_bot"]


async def test_a_token_that_is_revoked_meanwhile_makes_few_calls_of_the_poller_and_the_sender_together(
    sandbox: Sandbox, echo: Echo, logs: list[EventDict], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram_api.retry_policy.TOKEN_INTERVAL", 0.3)
    good = sandbox.token
    ann = sandbox.person()
    async with echo.polling():
        await said_hello(sandbox)
        sandbox.set_token(WRONG)
        sandbox.write(ann, "hello")
        before = len(sandbox.calls())
        await asyncio.sleep(1.0)
        assert len(sandbox.calls()) - before <= 6
        assert "TELEGRAM_BOT_TOKEN" in echo.health.problems[0]
        sandbox.set_token(good)
        async with takes_less_than(1):
            await sandbox.wait_for_replies(ann)

    assert [event["event"] for event in logs].count("token_refused") == 1
    assert sandbox.texts(ann) == ["hello"]


def test_a_refused_token_makes_at_most_three_calls_a_minute_and_is_tried_again_within_thirty_seconds() -> None:
    assert 60 / retry_policy.TOKEN_INTERVAL <= 3
    assert retry_policy.TOKEN_INTERVAL <= 25


async def test_leaving_finishes_what_is_in_flight_and_confirms_it(sandbox: Sandbox, echo: Echo) -> None:
    sandbox.set_latency(0.1)
    people = [sandbox.person() for _ in range(30)]
    for person in people:
        sandbox.write(person, "hello")
    async with echo.polling():
        while not echo.update_queue.in_flight:  # noqa: ASYNC110 - there is no event for "just begun"
            await asyncio.sleep(0.01)

    assert [sandbox.texts(person) for person in people] == [["hello"]] * 30
    assert sandbox.pending() == []
